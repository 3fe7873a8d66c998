// The only file that knows that the machine is local and the kernel is Linux.
#include "cli/compose.h"

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
  control::Store& store() override { return store_; }
  control::Controller& controller() override { return controller_; }

 private:
  std::unique_ptr<kernel::Kernel> kernel_;
  std::unique_ptr<machine::Machine> machine_;
  control::Store store_;
  control::Controller controller_;
};

}  // namespace

std::unique_ptr<World> compose(const std::string& root) {
  return std::make_unique<LocalWorld>(root);
}

}  // namespace vinet::cli
