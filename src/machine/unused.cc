// Looks for machines whose base filters serve nobody.
#include "machine/unused.h"

#include "machine/view.h"

namespace vinet::machine {

Result<size_t> detach_unused(kernel::Kernel& kernel, const View& before, Steps& steps,
                             std::set<uint32_t>& ids) {
  Sight sight;
  for (const auto& [machine, held] : before.programs) sight.only.insert(machine);
  sight.anchors = sight.only;
  if (sight.only.empty()) return size_t{0};
  ASSIGN_OR_RETURN(const View view, look(kernel, sight));
  const auto used = view.owners_by_machine();
  size_t detached = 0;
  for (const auto& [machine, held] : view.programs) {
    if (!held.attachment.loaded || used.contains(machine)) continue;
    for (const std::string& device : held.attachment.base_devices) {
      ++detached;
      const auto detach = [&, &at = machine] { return kernel.programs().detach_base(at, device); };
      if (!steps.run(Effect::kDeleted, "detach " + machine + " " + device, detach)) return detached;
    }
    kernel.programs().forget(machine);
    ids.insert(held.attachment.program_ids.begin(), held.attachment.program_ids.end());
  }
  return detached;
}

}  // namespace vinet::machine
