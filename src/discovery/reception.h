// Reception: which invitations a daemon answers.
//
// Problem:   anybody on the network can send a datagram, many of them, and an old one again. What a
//            stranger hears must be nothing, and what a flood costs must be bounded.
// Approach:  first what costs nothing: the form, that it comes from where it says, that it is not
//            one that was answered before. Then, so many times a second for each address and for
//            all, the two signatures. Then the role, and the time.
// Invariant: an answer goes only to where the invitation was signed for, by an operator or a
//            machine of our authority, within kFresh, and not more than kMostAnswers times.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "discovery/message.h"
#include "pki/identity.h"

namespace vinet::discovery {

class Reception {
 public:
  /// Told of invitations that are refused after their signatures were looked at: the peer's
  /// address, who it says it is, why.
  using Tell = std::function<void(const std::string& address, const std::string& subject,
                                  const std::string& why)>;
  struct Now {
    uint64_t wall_s = 0;                 ///< since 1970
    std::chrono::milliseconds steady{};  ///< of a clock that never goes back
  };

  /// Looks at signatures, each second: of one address, and of all. A look takes some 0.3 ms.
  static constexpr int kMostLooksOfOne = 10;
  static constexpr int kMostLooks = 100;
  /// Clocks of computers differ, by as much as certificates allow.
  static constexpr uint64_t kOldestS = 3600;
  /// One search sends its invitation with growing TTLs. Then it is nobody's wish any more.
  static constexpr std::chrono::seconds kFresh{60};
  static constexpr int kMostAnswers = 16;
  /// Invitations that are remembered; more are not answered until the oldest are too old to be
  /// repeated.
  static constexpr size_t kMostRemembered = 10'000;

  /// `daemon`: where it listens; address 0.0.0.0: at all of the computer's.
  Reception(std::shared_ptr<pki::Identity> self, Endpoint daemon, Tell tell)
      : self_(std::move(self)), daemon_(daemon), tell_(std::move(tell)) {}

  /// What is answered to a datagram that came `from` there; nothing to most.
  std::optional<std::string> answer(std::string_view text, const Endpoint& from, const Now& now);

 private:
  struct Known {
    std::chrono::milliseconds since{};
    int answers = 0;
  };
  bool may_look(net::Ipv4 address, const Now& now);
  bool may_answer_again(const std::string& nonce, const Now& now);

  const std::shared_ptr<pki::Identity> self_;
  const Endpoint daemon_;
  const Tell tell_;
  std::chrono::milliseconds second_{};  ///< in which looks are counted
  int looks_ = 0;
  std::map<net::Ipv4, int> looks_of_;
  std::map<std::string, Known> known_;  ///< by nonce; only of good invitations
};

}  // namespace vinet::discovery
