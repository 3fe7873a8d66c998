// The fake door 4: there are no processes.
#include "kernel/fake_doors.h"
#include "kernel/names.h"

namespace vinet::kernel {

Result<std::vector<pid_t>> FakeProcesses::list(const std::vector<std::string>&) {
  return std::vector<pid_t>{};
}

Status FakeProcesses::end_all(const std::vector<std::string>& namespaces,
                              std::chrono::milliseconds) {
  return state_.calls.count("processes.end_all " + std::to_string(namespaces.size()));
}

Error FakeProcesses::become(const Execution& execution) {
  return Error{Errc::kUnimplemented, "run a program in " + execution.netns + ": a fake kernel"};
}

Status FakeProcesses::remove_cgroups(const std::string& owner) {
  TRY(state_.calls.count("processes.remove_cgroups " + owner));
  return check_namespace_name(owner);
}

}  // namespace vinet::kernel
