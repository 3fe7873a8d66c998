// Reach: the steps of a transition by which nodes reach each other, addresses and routes.
//
// Invariant: no packet is without a route that it had before and has after.
#pragma once

#include <string>
#include <vector>

#include "kernel/links.h"
#include "machine/steps.h"
#include "slice/diff.h"

namespace vinet::machine {

class Reach {
 public:
  Reach(kernel::Links& links, const std::vector<slice::Diff>& diffs, Steps& steps)
      : links_(links), diffs_(diffs), steps_(steps) {}

  void change_addresses();
  /// After the addresses: next hops are reached by them.
  void change_routes();

 private:
  template <typename Change, typename Act>
  void for_each_namespace(const std::vector<Change>& changes, Act act);
  Result<bool> renew_peers(const std::string& netns, const std::vector<net::NextHop>& hops);
  Status put_again(const std::string& netns, const kernel::RouteChange& change, Status answer);
  void ask_for_routes(const std::string& netns, const std::vector<kernel::RouteChange>& asked);

  kernel::Links& links_;
  const std::vector<slice::Diff>& diffs_;
  Steps& steps_;
};

}  // namespace vinet::machine
