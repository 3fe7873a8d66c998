// The only file that knows that the machine is local and the kernel is Linux.
#include "cli/compose.h"

#include "control/store.h"
#include "kernel/linux.h"
#include "machine/local.h"

namespace vinet::cli {
namespace {

class LocalWorld : public World {
 public:
  explicit LocalWorld(const std::string& root)
      : kernel_(kernel::open_linux(root)),
        machine_(machine::make_local(*kernel_, root)),
        store_(root),
        controller_(*machine_, store_) {}

  machine::Machine& machine() override { return *machine_; }
  control::Controller& controller() override { return controller_; }
  const std::string& state_directory() const override { return store_.directory(); }

 private:
  std::unique_ptr<kernel::Kernel> kernel_;
  std::unique_ptr<machine::Machine> machine_;
  control::Store store_;
  control::LocalController controller_;
};

}  // namespace

control::State current_state(World& world, std::vector<std::string>& damaged) {
  Result<control::State> state = world.controller().state(damaged);
  if (!state) {
    damaged.push_back(state.error().message);
    return {};
  }
  return *std::move(state);
}

std::unique_ptr<World> compose(const std::string& root) {
  return std::make_unique<LocalWorld>(root);
}

}  // namespace vinet::cli
