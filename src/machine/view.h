// View: one look at what the kernel holds of vinet's, raw. observe.h makes slices from it; apply
// and remove also need what no slice says: ifindexes, empty files, strangers, entries of link ends
// that are gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kernel/kernel.h"
#include "machine/encode.h"
#include "slice/marks.h"
#include "slice/path_mtu.h"
#include "support/result.h"

namespace vinet::machine {

struct NamespaceView {
  slice::NamespaceMark mark;
  bool own = false;   ///< a machine of a fleet: the namespace in which this process is
  std::string alias;  ///< of lo, as it is
  std::vector<kernel::ObservedDevice>
      devices;                      ///< of machines and of the owners looked for, lo among them
  net::NamespaceSettings settings;  ///< this and routes: of the owners looked for
  std::vector<net::Route> routes;

  bool is_machine() const { return mark.machine.empty(); }
  const kernel::ObservedDevice* find(const std::string& device) const;
};

/// Programs and maps of one machine.
struct ProgramsView {
  kernel::Attachment attachment;
  std::map<uint32_t, vi_link> links;  ///< by backside, as the rest
  std::map<uint32_t, vi_stack> stacks;
  std::vector<std::pair<vi_key, vi_end>> keys;
  std::vector<std::pair<vi_upper, vi_end>> uppers;
  kernel::OwnMap own;
  kernel::SourceSet sources;
  std::set<uint32_t> counted;
  slice::PathMtus path_mtus;  ///< in force: smaller than the plan counts on

  /// All backsides that an entry names.
  std::set<uint32_t> backsides() const;
};

struct View {
  std::map<std::string, NamespaceView> spaces;   ///< with a mark of ours, by name
  std::map<std::string, ProgramsView> programs;  ///< by anchor
  std::set<std::string> empty_files;             ///< names without a namespace
  std::set<std::string> strangers;               ///< namespaces without a mark of ours
  NodeNames names;                               ///< of all namespaces, looked at or not
  std::set<std::string> outdated;  ///< anchors with programs of another build, if asked

  /// Do backsides lie there? In all machines, and in nodes on which links stand that are not
  /// flattened.
  bool is_anchor(const std::string& name) const;

  /// Anchors that hold a backside of some owner, with the owners.
  std::map<std::string, std::set<std::string>> owners_by_machine() const;
};

/// What of it is looked at.
struct Sight {
  std::set<std::string> owners;   ///< in full; other nodes by mark only
  std::set<std::string> only;     ///< namespaces beside which none is looked at; empty: all are
  std::set<std::string> anchors;  ///< nodes where backsides of the owners may lie, besides those
                                  ///< that marks name
  bool named_only = false;        ///< and only machines, anchors, and what is named after an owner
  bool details = true;            ///< settings and routes too
  std::function<bool()> stop;     ///< polled between namespaces; true: Errc::kCancelled
};

/// Looks at everything marked as ours, machines in full. Changes nothing. What vanishes while it
/// looks is left out. Cost: of a thousand nodes in full, about as much as a fifth of making them.
Result<View> look(kernel::Kernel& kernel, const Sight& sight);

/// Fills View::outdated.
Status note_outdated(kernel::Programs& programs, View& view);

/// Programs, maps and attachments of one machine.
Result<ProgramsView> look_at_programs(kernel::Programs& programs, const std::string& machine);

/// Devices of a machine of a fleet by which packets of others may come in: all that are up, speak
/// Ethernet and have an IPv4 address, and are not vinet's. Sorted. A port of a bridge or bond hands
/// its packets to that, and is none.
std::vector<std::string> base_devices_of(const NamespaceView& machine);

/// A backside's owner, link and node, if the device of a machine is one.
std::optional<slice::DeviceMark> backside_mark(const NamespaceView& machine,
                                               const kernel::ObservedDevice& device);

}  // namespace vinet::machine
