// Problem: many kernel calls must look like one. Approach: look, compare, act; when an act fails,
// look again and act towards what was seen first. Invariant: after a return with an error, what the
// kernel holds of the owner is what it held before, or the error says what could not be undone.
#include "machine/apply.h"

#include <algorithm>
#include <map>
#include <set>

#include "machine/as_set.h"
#include "machine/link_layer.h"
#include "machine/observe.h"
#include "machine/refuse.h"
#include "machine/resolve.h"
#include "machine/transition.h"
#include "machine/unused.h"
#include "machine/view.h"
#include "machine/wait.h"
#include "slice/diff.h"
#include "slice/path_mtu.h"

namespace vinet::machine {
namespace {

using slice::Diff;
using slice::Slice;
using slice::Tolerance;
using Slices = std::map<std::string, Slice>;  // by machine

// What a change takes away with it (routes of an address, addresses of a device) is seen in a
// second look.
constexpr int kMaxLooks = 4;

std::vector<Diff> diff_all(const Slices& want, const Slices& have, const View& view,
                           const std::string& owner, Tolerance tolerance) {
  std::set<std::string> machines;
  for (const auto& [machine, slice] : want) machines.insert(machine);
  for (const auto& [machine, slice] : have) machines.insert(machine);
  std::vector<Diff> diffs;
  for (const std::string& machine : machines) {
    const auto wanted = want.find(machine), held = have.find(machine);
    const Slice nothing = empty_slice(view, owner, machine);
    Diff diff = slice::diff(wanted == want.end() ? nothing : wanted->second,
                            held == have.end() ? nothing : held->second, tolerance);
    const bool nothing_to_do =
        diff.empty() && dead_backsides(view, machine).empty() && !view.outdated.contains(machine);
    if (!nothing_to_do) diffs.push_back(std::move(diff));
  }
  return diffs;
}

/// A state that can be gone back to: without halves of veths, whose other ends no name leads to.
Slices without_halves(Slices slices) {
  for (auto& [machine, slice] : slices) {
    std::erase_if(slice.veths, [](const slice::Veth& veth) {
      return veth.a_namespace.empty() || veth.b_namespace.empty();
    });
    std::erase_if(slice.link_ends, [&veths = slice.veths](const slice::LinkEnd& end) {
      return std::none_of(veths.begin(), veths.end(),
                          [&](const slice::Veth& veth) { return veth.b.name == end.backside; });
    });
  }
  return slices;
}

/// What `view` shows of the owner, plus the base filters of every machine that is to be touched.
Slices state_of(const View& view, const std::string& owner, const Sight& sight,
                const std::vector<Slice>& touched) {
  Slices state = slices_of(view, owner, sight.only);
  for (const Slice& slice : touched) {
    state.try_emplace(slice.machine, empty_slice(view, owner, slice.machine));
  }
  return state;
}

/// Lets go of programs that were loaded since `before`; their ids are added to `ids`.
void release_programs(kernel::Kernel& kernel, const View& before, const View& now,
                      std::set<uint32_t>& ids) {
  for (const auto& [machine, held] : now.programs) {
    const auto then = before.programs.find(machine);
    if (then != before.programs.end() && then->second.attachment.loaded) continue;
    kernel.programs().forget(machine);
    ids.insert(held.attachment.program_ids.begin(), held.attachment.program_ids.end());
  }
}

Error still_changed(std::optional<Error> cause, const std::vector<Diff>& diffs) {
  size_t left = 0;
  for (const Diff& diff : diffs) left += diff.count();
  Error error =
      cause ? *std::move(cause) : Error{Errc::kInternal, "the kernel does not go back", 0};
  return std::move(error).within(std::to_string(left) + " objects remain changed");
}

/// Machines, and nodes if not all shall be looked at.
Sight sight_of(const std::string& owner, const std::vector<Slice>& want,
               const std::set<std::string>& only, bool named_only) {
  Sight sight;
  sight.owners = {owner};
  sight.only = only;
  for (const Slice& slice : want) sight.anchors.insert(slice.machine);
  sight.named_only = named_only;
  if (only.empty()) return sight;
  for (const Slice& slice : want) sight.only.insert(slice.machine);
  return sight;
}

/// Goes back to the state `before`. Meets errors by going on, and says what is left.
Status undo(kernel::Kernel& kernel, const View& before, const Slices& state,
            const std::string& owner, const Sight& sight) {
  const Options quietly;
  const Slices goal = without_halves(state);
  std::set<uint32_t> program_ids;
  Steps steps(quietly, Steps::OnError::kGoOn);
  for (int look_number = 0;; ++look_number) {
    ASSIGN_OR_RETURN(const View now, look(kernel, sight));
    release_programs(kernel, before, now, program_ids);
    const auto diffs =
        diff_all(goal, slices_of(now, owner, sight.only), now, owner, Tolerance::kExact);
    if (diffs.empty()) return wait_for_programs(kernel, program_ids);
    if (look_number == kMaxLooks) return still_changed(steps.error(), diffs);
    make_transition(kernel, now, diffs, steps);
  }
}

Error with_undo(Error error, const Status& undone) {
  if (!undone) error.message += "; undo: " + undone.error().message;
  return error;
}

/// Does making these things also touch things that were there?
bool changes_what_is_there(const std::vector<Diff>& diffs) {
  return std::any_of(diffs.begin(), diffs.end(), [](const Diff& diff) {
    return !diff.namespaces_deleted.empty() || !diff.veths_deleted.empty() ||
           !diff.devices_changed.empty() || !diff.namespaces_changed.empty() ||
           !diff.addresses_deleted.empty();
  });
}

/// Goes on until the kernel holds what is wanted, and then lets go of programs that nobody needs.
Status converge(kernel::Kernel& kernel, const View& before, const Slices& wanted,
                std::vector<Diff> diffs, const std::string& owner, const Sight& sight,
                Steps& steps) {
  const bool lets_go = std::any_of(diffs.begin(), diffs.end(),
                                   [](const Diff& diff) { return !diff.veths_deleted.empty(); });
  make_transition(kernel, before, diffs, steps);
  for (int look_number = 1; !steps.error() && changes_what_is_there(diffs); ++look_number) {
    ASSIGN_OR_RETURN(const View now, look(kernel, sight));
    diffs =
        diff_all(wanted, slices_of(now, owner, sight.only), now, owner, Tolerance::kKeepTenants);
    if (diffs.empty()) break;
    if (look_number == kMaxLooks) {
      return Error{
          Errc::kInternal,
          "the kernel does not keep what '" + owner + "' needs in " + diffs.front().machine, 0};
    }
    make_transition(kernel, now, diffs, steps);
  }
  std::set<uint32_t> program_ids;
  if (!steps.error() && lets_go) TRY(detach_unused(kernel, before, steps, program_ids));
  if (steps.error()) return *steps.error();
  return wait_for_programs(kernel, program_ids);
}

/// What is wanted as it can be now: base paths may carry less, and ways follow the lower nodes.
Result<Slices> wanted_now(kernel::Kernel& kernel, const View& view,
                          const std::vector<const Slice*>& want,
                          const std::set<std::string>& only) {
  Slices wanted;
  for (const Slice* slice : want) {
    Slice& now = wanted[slice->machine] = narrowed(*slice, only);
    add_base_devices(view, now);
    const auto programs = view.programs.find(slice->machine);
    if (programs != view.programs.end()) {
      slice::shrink_to_paths(now, programs->second.path_mtus);
    }
    TRY(resolve(kernel, view, now));
  }
  return wanted;
}

/// Names without a namespace that are neither wanted nor anybody else's.
std::vector<std::string> half_made_in(const View& view, const Slices& wanted,
                                      const Options& options) {
  std::set<std::string> kept;
  for (const auto& [machine, slice] : wanted) {
    for (const slice::Namespace& space : slice.namespaces) kept.insert(space.name);
  }
  std::vector<std::string> names;
  for (const std::string& name : options.half_made) {
    if (view.empty_files.contains(name) && !kept.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace

Result<std::set<std::string>> strayed(kernel::Kernel& kernel, const std::vector<Slice>& want,
                                      const Options& options) {
  Sight sight;
  sight.stop = options.stop;
  std::map<std::string, std::vector<const Slice*>> by_owner;
  for (const Slice& slice : want) {
    by_owner[slice.owner].push_back(&slice);
    sight.owners.insert(slice.owner);
    sight.anchors.insert(slice.machine);
  }
  ASSIGN_OR_RETURN(View view, look(kernel, sight));
  TRY(note_outdated(kernel.programs(), view));
  std::set<std::string> others;
  for (const auto& [owner, slices] : by_owner) {
    ASSIGN_OR_RETURN(Slices wanted, wanted_now(kernel, view, slices, {}));
    const Slices seen = slices_of(view, owner);
    if (options.leave_base_devices) leave_as_set(seen, wanted);
    if (!diff_all(wanted, seen, view, owner, Tolerance::kKeepTenants).empty()) others.insert(owner);
  }
  return others;
}

Result<ApplyReport> apply(kernel::Kernel& kernel, const std::vector<Slice>& want,
                          const Options& options) {
  if (want.empty()) return ApplyReport{};
  const std::string& owner = want.front().owner;
  const Sight sight = sight_of(owner, want, options.only, options.named_only);
  Sight first = sight;
  first.stop = options.stop;
  ASSIGN_OR_RETURN(View before, look(kernel, first));
  TRY(note_outdated(kernel.programs(), before));
  TRY(refuse_impossible(before, want, kernel.programs().most_links()));
  const Slices state = state_of(before, owner, sight, want);
  std::vector<const Slice*> each;
  for (const Slice& slice : want) each.push_back(&slice);
  ASSIGN_OR_RETURN(Slices wanted, wanted_now(kernel, before, each, sight.only));

  const Slices seen = slices_of(before, owner, sight.only);
  if (options.leave_base_devices) leave_as_set(seen, wanted);
  auto diffs = diff_all(wanted, seen, before, owner, Tolerance::kKeepTenants);
  const std::vector<std::string> half_made = half_made_in(before, wanted, options);
  if (diffs.empty() && half_made.empty()) return ApplyReport{};
  Steps steps(options, Steps::OnError::kStop);
  for (const std::string& name : half_made) {
    steps.run(Effect::kDeleted, "remove empty file of namespace " + name,
              [&] { return kernel.namespaces().remove(name); });
  }
  Status done = converge(kernel, before, wanted, std::move(diffs), owner, sight, steps);
  if (!done) return with_undo(std::move(done).error(), undo(kernel, before, state, owner, sight));
  return steps.report();
}

}  // namespace vinet::machine
