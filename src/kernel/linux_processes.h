// The real door 4. Finding and ending processes is in linux_processes.cc, becoming one in
// linux_become.cc, control groups in linux_cgroup.cc.
#pragma once

#include <set>

#include "kernel/linux_context.h"
#include "kernel/processes.h"

namespace vinet::kernel {

class LinuxProcesses final : public Processes {
 public:
  explicit LinuxProcesses(LinuxContext& context) : context_(context) {}

  Result<std::vector<pid_t>> list(const std::vector<std::string>& namespaces) override;
  Status end_all(const std::vector<std::string>& namespaces,
                 std::chrono::milliseconds deadline) override;
  Error become(const Execution& execution) override;
  Status remove_cgroups(const std::string& owner) override;

 private:
  LinuxContext& context_;
};

/// A line of a mount table (/proc/self/mountinfo).
struct MountPoint {
  std::string path;
  std::string type;  ///< of the file system: `nsfs`, `cgroup2`
};
Result<std::vector<MountPoint>> list_mounts();

/// Where cgroup2 is mounted, or "".
std::string cgroup_mount();

}  // namespace vinet::kernel
