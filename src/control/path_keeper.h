// PathKeeper: keeps the MTUs of links at what their base paths carry (control/path_search.h), for
// all machines of one daemon.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/path_search.h"
#include "machine/machine.h"
#include "slice/slice.h"

namespace vinet::control {

class PathKeeper {
 public:
  using Clock = std::chrono::steady_clock;
  /// Machine, and what happened to a path of it.
  using Tell = std::function<void(const std::string& machine, const std::string& text)>;

  explicit PathKeeper(Tell tell) : tell_(std::move(tell)) {}

  /// One round: takes in what was heard, sends the echoes that are due, puts sizes in force. To be
  /// followed by an `apply` of `slices`, which are those of all internets, as planned.
  Status tend(machine::Machine& machine, const std::vector<slice::Slice>& slices,
              Clock::time_point now);
  /// Does a search wait for answers?
  bool searching() const;

 private:
  struct Name {
    std::string machine;
    net::Ipv4 far;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  /// What links count on.
  struct Wanted {
    uint32_t planned_bytes = 0;
    std::vector<const slice::LinkEnd*> ends;  ///< any of them can carry echoes
    std::string far_machine;
  };
  struct Path {
    PathSearch search;
    uint64_t nonce = 0;
    uint32_t answered_bytes = 0;  ///< of the echoes with that nonce
    size_t rounds = 0;
  };
  static std::map<Name, Wanted> wanted_of(const std::vector<slice::Slice>& slices);
  void tend_one(const Name& name, const Wanted& wanted, const machine::PathReport& report,
                Clock::time_point now, std::vector<machine::PathOrder>& orders);

  Tell tell_;
  std::map<Name, Path> paths_;
};

}  // namespace vinet::control
