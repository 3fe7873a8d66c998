// Removal is a transition to nothing, plus what no slice says: empty files, programs without a
// backside, control groups, directories.
//
// The kernel destroys namespaces in the background, in batches and in order, and tells nobody. A
// backside that has vanished from its machine says that its node is gone. Machines have no such
// witness, so one machine of a base stays until the devices of its neighbours, whose names are
// removed last, have vanished from it.
#include "machine/remove.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "machine/observe.h"
#include "machine/paths.h"
#include "machine/transition.h"
#include "machine/unused.h"
#include "machine/view.h"
#include "machine/wait.h"
#include "slice/diff.h"

namespace vinet::machine {
namespace {

using slice::Diff;

constexpr int kMaxLooks = 4;

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Others whose nodes or backsides are on machines of `owner`.
std::set<std::string> others_on(const View& view, const std::string& owner) {
  std::set<std::string> others;
  const auto is_of_owner = [&](const std::string& machine) {
    const auto space = view.spaces.find(machine);
    return space != view.spaces.end() && space->second.mark.owner == owner;
  };
  for (const auto& [name, space] : view.spaces) {
    if (!space.is_machine() && space.mark.owner != owner && is_of_owner(space.mark.machine)) {
      others.insert(space.mark.owner);
    }
  }
  for (const auto& [machine, owners] : view.owners_by_machine()) {
    if (is_of_owner(machine)) others.insert(owners.begin(), owners.end());
  }
  others.erase(owner);
  return others;
}

class Removal {
 public:
  Removal(kernel::Kernel& kernel, const std::string& owner, const std::vector<std::string>& names,
          const Options& options)
      : kernel_(kernel), owner_(owner), names_(names), steps_(options, Steps::OnError::kGoOn) {}

  /// True if nothing was left to do.
  Result<bool> pass(const View& view) {
    std::vector<Diff> diffs;
    for (const auto& [machine, held] : slices_of(view, owner_)) {
      slice::Slice nothing = empty_slice(view, owner_, machine);
      nothing.base_devices = held.base_devices;
      diffs.push_back(slice::diff(nothing, held));
    }
    keep_a_witness(view, diffs);
    std::erase_if(diffs, [](const Diff& diff) { return diff.empty(); });
    note_programs(view);
    if (!diffs.empty()) make_transition(kernel_, view, diffs, steps_);

    size_t others = 0;
    for (const std::string& name : names_) {
      if (!view.empty_files.contains(name)) continue;
      ++others;
      steps_.run(Effect::kDeleted, "remove empty file of namespace " + name,
                 [&] { return kernel_.namespaces().remove(name); });
    }
    ASSIGN_OR_RETURN(const size_t detached, detach_unused(kernel_, view, steps_, program_ids_));
    return diffs.empty() && others + detached == 0;
  }

  Status wait() { return wait_for_programs(kernel_, program_ids_); }
  const Steps& steps() const { return steps_; }

 private:
  /// Of several machines, leaves the one with most base links for the next pass, and puts its
  /// neighbours last.
  static void keep_a_witness(const View& view, std::vector<Diff>& diffs) {
    std::map<std::string, size_t> links;
    for (const Diff& diff : diffs) {
      for (const auto& space : diff.namespaces_deleted) {
        if (view.spaces.at(space.name).is_machine()) links[space.name];
      }
    }
    if (links.size() < 2) return;
    std::set<std::pair<std::string, std::string>> pairs;
    for (const Diff& diff : diffs) {
      for (const auto& veth : diff.veths_deleted) {
        if (!links.contains(veth.a_namespace) || !links.contains(veth.b_namespace)) continue;
        ++links[veth.a_namespace];
        ++links[veth.b_namespace];
        pairs.insert({veth.a_namespace, veth.b_namespace});
        pairs.insert({veth.b_namespace, veth.a_namespace});
      }
    }
    const auto witness =
        std::max_element(links.begin(), links.end(),
                         [](const auto& x, const auto& y) { return x.second < y.second; });
    for (Diff& diff : diffs) {
      if (diff.machine == witness->first) diff.namespaces_deleted.clear();
    }
    std::stable_partition(diffs.begin(), diffs.end(), [&](const Diff& diff) {
      return !pairs.contains({witness->first, diff.machine});
    });
  }

  void note_programs(const View& view) {
    for (const auto& [machine, held] : view.programs) {
      if (view.spaces.at(machine).mark.owner != owner_) continue;
      program_ids_.insert(held.attachment.program_ids.begin(), held.attachment.program_ids.end());
    }
  }

  kernel::Kernel& kernel_;
  const std::string& owner_;
  const std::vector<std::string>& names_;
  Steps steps_;
  std::set<uint32_t> program_ids_;
};

Status remove_directories(const std::string& root, const std::string& owner) {
  const std::filesystem::path directory = owner_directory(root, owner);
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (error) return errno_error("remove " + directory.string(), error.value());
  std::filesystem::remove(directory.parent_path(),
                          error);  // fails, as it should, while others use it
  return ok();
}

}  // namespace

Result<ApplyReport> remove(kernel::Kernel& kernel, const std::string& root,
                           const std::string& owner, const std::vector<std::string>& names,
                           const Options& options) {
  Options without_stop;
  without_stop.progress = options.progress;
  const std::string incomplete = "not all of '" + owner + "' is removed";
  Removal removal(kernel, owner, names, without_stop);
  Sight sight;
  sight.owners = {owner};
  sight.details = false;
  bool clean = false;
  for (int look_number = 0; !clean && look_number < kMaxLooks; ++look_number) {
    ASSIGN_OR_RETURN(const View view, look(kernel, sight));
    const auto others = others_on(view, owner);
    if (look_number == 0 && !others.empty()) {
      return Error{Errc::kFailedPrecondition, "'" + owner + "' still carries " + joined(others), 0};
    }
    ASSIGN_OR_RETURN(clean, removal.pass(view));
  }
  if (!clean) {
    Error error{Errc::kUnavailable, "the kernel does not let go", 0};
    if (removal.steps().error()) error = *removal.steps().error();
    return std::move(error).within(incomplete);
  }
  TRY_IN(incomplete, removal.wait());
  const std::string groups = cgroup_owner(root, owner);
  if (!kernel.processes().remove_cgroups(groups))
    TRY_IN(incomplete, kernel.processes().remove_cgroups(groups));
  TRY_IN(incomplete, remove_directories(root, owner));
  return removal.steps().report();
}

}  // namespace vinet::machine
