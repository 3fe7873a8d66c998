// The real route watch: one rtnetlink socket in each namespace, all of them in one epoll.
#pragma once

#include <sys/stat.h>

#include <map>
#include <vector>

#include "kernel/linux_context.h"
#include "kernel/route_watch.h"
#include "support/fd.h"

namespace vinet::kernel {

class LinuxRouteWatch final : public RouteWatch {
 public:
  explicit LinuxRouteWatch(LinuxContext& context) : context_(context) {}

  void watch(const std::set<std::string>& namespaces) override;
  std::set<std::string> take_changed() override;

 private:
  struct Watched {
    Fd socket;
    dev_t device = 0;  ///< with inode: which namespace it is, whatever its name
    ino_t inode = 0;
  };
  void open_all(const std::vector<std::string>& names);

  LinuxContext& context_;
  Fd epoll_;
  std::map<std::string, Watched> watched_;
};

}  // namespace vinet::kernel
