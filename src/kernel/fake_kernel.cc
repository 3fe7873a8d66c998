// Joins the fake doors.
#include "kernel/fake.h"
#include "kernel/fake_doors.h"
#include "support/check.h"

namespace vinet::kernel {
namespace {

class FakeKernel final : public Kernel {
 public:
  FakeKernel()
      : namespaces_(state_),
        links_(state_),
        programs_(state_),
        processes_(state_),
        route_watch_(state_) {}

  Namespaces& namespaces() override { return namespaces_; }
  Links& links() override { return links_; }
  Programs& programs() override { return programs_; }
  Processes& processes() override { return processes_; }
  RouteWatch& route_watch() override { return route_watch_; }
  CallCounter& calls() override { return state_.calls; }
  FakeState& state() { return state_; }

 private:
  FakeState state_;
  FakeNamespaces namespaces_;
  FakeLinks links_;
  FakePrograms programs_;
  FakeProcesses processes_;
  FakeRouteWatch route_watch_;
};

}  // namespace

std::unique_ptr<Kernel> make_fake() {
  return std::make_unique<FakeKernel>();
}

void leave_empty_file(Kernel& fake, const std::string& name) {
  auto* kernel = dynamic_cast<FakeKernel*>(&fake);
  VINET_CHECK(kernel != nullptr);
  kernel->state().names[name] = nullptr;
}

void limit_links(Kernel& fake, size_t most_links) {
  auto* kernel = dynamic_cast<FakeKernel*>(&fake);
  VINET_CHECK(kernel != nullptr);
  kernel->state().most_links = most_links;
}

void alter_programs(Kernel& fake, const std::string& machine) {
  auto* kernel = dynamic_cast<FakeKernel*>(&fake);
  VINET_CHECK(kernel != nullptr);
  const auto space = kernel->state().open(machine);
  VINET_CHECK(space);
  if ((*space)->block_filter) (*space)->block_filter->altered = true;
  for (auto& [ifindex, device] : (*space)->devices) {
    if (device.base_filter) device.base_filter->altered = true;
  }
}

}  // namespace vinet::kernel
