// Door 5: what tells of changes of routes, addresses and devices in namespaces, as they happen.
//
// Links of an internet that stands on another follow the routes of the nodes below. Whoever writes
// these routes, a person or a routing daemon, tells nobody but the kernel.
#pragma once

#include <set>
#include <string>

namespace vinet::kernel {

class RouteWatch {
 public:
  virtual ~RouteWatch() = default;

  /// From now on these namespaces are watched, and no others; one that was replaced under its name
  /// is watched anew. What is not there, or cannot be watched, is left out, and tried again by the
  /// next call. A namespace that is watched ends only once it is not any more, even if its name is
  /// gone before. Cost: one stat for each namespace.
  virtual void watch(const std::set<std::string>& namespaces) = 0;

  /// Those of them in which something has changed since the last call, IPv4 routes and rules,
  /// addresses or devices. Never waits. Cost: one system call while nothing has.
  virtual std::set<std::string> take_changed() = 0;
};

}  // namespace vinet::kernel
