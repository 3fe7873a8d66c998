// link_layer: the steps of a transition that concern programs and maps, machine by machine.
//
// Invariant (fail closed, DESIGN §4): a backside is bound to the block while it is down, and who
// raises devices asks `is_open` first.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "machine/entries.h"
#include "machine/steps.h"
#include "machine/view.h"
#include "slice/diff.h"

namespace vinet::machine {

class LinkLayer {
 public:
  LinkLayer(kernel::Kernel& kernel, const View& view, const std::vector<slice::Diff>& diffs,
            Steps& steps)
      : kernel_(kernel), view_(view), diffs_(diffs), steps_(steps), held_(view.programs) {}

  /// Entries of what goes, and of what is put and was altered: all erased before the first put, so
  /// that no put is undone by a later erase; and what sends before what is known.
  void erase_entries();
  /// To be called after devices of these machines were deleted: with the last backside its block
  /// and filter go.
  void look_again(const std::set<std::string>& machines);
  /// Renews programs of other builds, loads, binds, and attaches to the block and to base devices;
  /// detaches from base devices.
  void attach();
  /// Entries of all link ends that are put: what is known before what sends.
  void put_entries();

  /// Is it a backside without a filter, so that it must stay down?
  bool is_open(const std::string& machine, const std::string& device) const;
  /// Backsides that were up and had to be taken down to be bound: as they shall be again.
  const std::vector<slice::DeviceChange>& lowered() const { return lowered_; }

 private:
  /// A link end whose entries are erased, all but those of `keep`.
  struct Going {
    Effect effect = Effect::kDeleted;
    std::string machine;
    uint32_t backside = 0;
    std::optional<LinkEntries> keep;
    std::string what() const;
  };
  void erase_sources(const std::vector<Going>& all);
  Status put_half(decltype(put_known) half, const slice::Diff& diff, const slice::LinkEnd& end);
  void renew(const std::string& machine);
  void detach(const slice::Diff& diff);
  void attach(const slice::Diff& diff);
  Status look_at_devices(const std::string& machine);
  Result<const kernel::ObservedDevice*> find_device(const std::string& machine,
                                                    const std::string& name) const;
  bool bind(const std::string& machine, const std::string& backside, kernel::Attachment& held);

  kernel::Kernel& kernel_;
  const View& view_;
  const std::vector<slice::Diff>& diffs_;
  Steps& steps_;
  std::map<std::string, ProgramsView> held_;  // by machine, kept up to date
  std::map<std::string, std::map<std::string, kernel::ObservedDevice>> devices_;  // by machine
  std::vector<slice::DeviceChange> lowered_;
};

/// Backsides whose entries lead nowhere, because the device is gone.
std::vector<uint32_t> dead_backsides(const View& view, const std::string& machine);

}  // namespace vinet::machine
