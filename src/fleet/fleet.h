// Fleet: the machines that a controller knows, how they are, and what all of them do or none.
//
// Problem:   machines fail one by one, answers are lost, and nothing may be half made.
// Approach:  X-Bone's locks: every machine reserves (prepare), the caller stores its decision, then
//            every machine realises (commit). What was decided is carried on until it is so
//            (carry_out, which may be repeated), whoever was away meanwhile.
// Invariant: before the decision no machine has changed anything, and what is reserved goes by
//            itself.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "fleet/directory.h"
#include "fleet/member.h"

namespace vinet::fleet {

/// One machine's part of what is to change.
struct Share {
  Place place;
  std::vector<Holding> puts;         ///< lower before upper
  std::vector<std::string> removes;  ///< upper before lower
  bool empty() const { return puts.empty() && removes.empty(); }
};

/// How a machine's daemon is, as far as it was seen.
struct Health {
  std::string daemon;
  std::optional<MemberReport> report;  ///< the last that came
  bool away = false;                   ///< did not answer, again and again, for kAwayAfter
  std::string why;                     ///< the last error; empty where the last call was answered
  std::chrono::steady_clock::time_point since{};  ///< when `away` became what it is
};

/// What a machine could not do.
struct Failure {
  Place place;
  Error error;
};

class Fleet {
 public:
  using Clock = std::chrono::steady_clock;
  /// A connection to a daemon; made at once, whether it answers or not.
  using Connect = std::function<std::shared_ptr<Member>(const std::string& daemon)>;

  /// How long a reservation lasts without a commit (faults.md P).
  static constexpr std::chrono::seconds kPatience{30};
  /// So long a daemon may be silent before it is called away (faults.md U and F-96).
  static constexpr std::chrono::seconds kAwayAfter{5};

  /// `ready`: why no machine at all can be asked, as for want of an identity.
  explicit Fleet(Connect connect, std::function<Status()> ready = ok)
      : connect_(std::move(connect)), ready_(std::move(ready)) {}
  Status ready() const { return ready_(); }

  /// The machines are these from now on.
  void know(Directory directory);
  std::shared_ptr<const Directory> directory() const;
  /// The connection to a daemon, made when first asked for.
  std::shared_ptr<Member> member(const std::string& daemon);

  /// Asks each, all at once, and notes how they are.
  std::map<std::string, Result<MemberReport>> ask(const std::vector<std::string>& daemons);
  /// As last asked; `away` also where that is long ago.
  std::optional<Health> health(const std::string& daemon) const;
  /// Programs of the nodes that are known, as their machines last said; nothing of machines away.
  std::vector<RunReport> runs() const;

  /// Reserves everywhere, or nowhere: then the first refusal, with its machine. Where something is
  /// only removed, nothing need be reserved, and nobody is asked.
  Status prepare(const Order& order, const std::vector<Share>& shares);
  /// Tells machines who speaks from now on, so that they refuse whoever did before. Who does not
  /// hear it is told again when asked next.
  void announce(const Order& order, const std::vector<Place>& places);
  void abort(const Order& order, const std::vector<Share>& shares);
  /// What was prepared; returns those that could not.
  std::vector<Failure> commit(const Order& order, const std::vector<Share>& shares,
                              const machine::Options& options);
  /// What was decided, without reservations. May be repeated.
  std::vector<Failure> carry_out(const Order& order, const std::vector<Share>& shares,
                                 const machine::Options& options);

 private:
  void note(const std::string& daemon, const Result<MemberReport>& answer);

  const Connect connect_;
  const std::function<Status()> ready_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Directory> directory_ = std::make_shared<Directory>();
  std::map<std::string, std::shared_ptr<Member>> members_;
  std::map<std::string, Health> healths_;
};

/// `fleet.x (192.0.2.10:7411): why`.
Error at(const Place& place, Error error);

}  // namespace vinet::fleet
