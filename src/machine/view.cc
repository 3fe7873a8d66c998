// Reads the kernel through the doors, without changing it.
#include "machine/view.h"

#include <algorithm>

#include "machine/encode.h"
#include "slice/slice.h"

namespace vinet::machine {
namespace {

bool has_owner_prefix(const std::string& name, const std::set<std::string>& owners) {
  return owners.contains(name.substr(0, name.find('.')));
}

bool vanished(const Error& error) {
  return error.code == Errc::kNotFound;
}

/// `fleet.x` is the machine x of the base fleet. Its own lo bears no mark: it is its owner's.
std::optional<slice::NamespaceMark> mark_of_own(const std::string& name) {
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return std::nullopt;
  return slice::parse_namespace_mark(
      to_string(slice::NamespaceMark{name.substr(0, dot), name.substr(dot + 1), ""}));
}

Status look_at_own(kernel::Kernel& kernel, const std::string& name, View& view) {
  const auto mark = mark_of_own(name);
  if (!mark) {
    view.strangers.insert(name);
    return ok();
  }
  NamespaceView space;
  space.mark = *mark;
  space.own = true;
  space.alias = to_string(*mark);
  space.settings = slice::kOwnersSettings;
  ASSIGN_OR_RETURN(space.devices, kernel.links().list_devices(name));
  ASSIGN_OR_RETURN(auto programs, look_at_programs(kernel.programs(), name));
  view.programs.emplace(name, std::move(programs));
  view.spaces.emplace(name, std::move(space));
  return ok();
}

/// Devices, and for owners looked for the rest, of a live namespace. `view` gets the namespace if
/// it is ours.
Status look_at_space(kernel::Kernel& kernel, const std::string& name, const Sight& sight,
                     View& view) {
  ASSIGN_OR_RETURN(const bool own, kernel.namespaces().is_own(name));
  if (own) return look_at_own(kernel, name, view);
  NamespaceView space;
  const bool listed = has_owner_prefix(name, sight.owners);
  if (listed) {
    ASSIGN_OR_RETURN(space.devices, kernel.links().list_devices(name));
  } else {
    ASSIGN_OR_RETURN(auto lo, kernel.links().find_device(name, "lo"));
    space.devices.push_back(std::move(lo));
  }
  if (const auto* lo = space.find("lo")) space.alias = lo->device.alias;
  const auto mark = slice::parse_namespace_mark(space.alias);
  if (!mark) {
    view.strangers.insert(name);
    return ok();
  }
  space.mark = *mark;
  const bool wanted = sight.owners.contains(mark->owner);
  const bool is_anchor = space.is_machine() || sight.anchors.contains(name);
  if (!listed && (wanted || is_anchor)) {
    ASSIGN_OR_RETURN(space.devices, kernel.links().list_devices(name));
  }
  if (wanted && sight.details) {
    ASSIGN_OR_RETURN(space.routes, kernel.links().list_routes(name));
    ASSIGN_OR_RETURN(space.settings, kernel.namespaces().read_settings(name));
  }
  if (is_anchor) {
    ASSIGN_OR_RETURN(auto programs, look_at_programs(kernel.programs(), name));
    view.programs.emplace(name, std::move(programs));
  }
  view.spaces.emplace(name, std::move(space));
  return ok();
}

/// Nodes that marks of others name as the place of their backsides.
Status look_at_node_anchors(kernel::Kernel& kernel, View& view) {
  std::set<std::string> anchors;
  for (const auto& [name, space] : view.spaces) {
    if (!space.is_machine() && !view.programs.contains(space.mark.machine)) {
      anchors.insert(space.mark.machine);
    }
  }
  for (const std::string& name : anchors) {
    const auto space = view.spaces.find(name);
    if (space == view.spaces.end()) continue;
    ASSIGN_OR_RETURN(space->second.devices, kernel.links().list_devices(name));
    ASSIGN_OR_RETURN(auto programs, look_at_programs(kernel.programs(), name));
    view.programs.emplace(name, std::move(programs));
  }
  return ok();
}

}  // namespace

Result<ProgramsView> look_at_programs(kernel::Programs& programs, const std::string& machine) {
  ProgramsView view;
  ASSIGN_OR_RETURN(view.attachment, programs.observe(machine));
  if (!view.attachment.loaded) return view;
  ASSIGN_OR_RETURN(view.links, programs.list_links(machine));
  ASSIGN_OR_RETURN(view.stacks, programs.list_stacks(machine));
  ASSIGN_OR_RETURN(view.keys, programs.list_keys(machine));
  ASSIGN_OR_RETURN(view.uppers, programs.list_uppers(machine));
  ASSIGN_OR_RETURN(view.own, programs.list_own(machine));
  ASSIGN_OR_RETURN(view.sources, programs.list_sources(machine));
  ASSIGN_OR_RETURN(const auto counters, programs.list_counters(machine));
  for (const auto& [backside, unused] : counters) view.counted.insert(backside);
  ASSIGN_OR_RETURN(const auto paths, programs.list_paths(machine));
  for (const auto& [far_be, path] : paths) {
    if (path.mtu_bytes != 0) view.path_mtus[from_be(far_be)] = path.mtu_bytes;
  }
  return view;
}

Status note_outdated(kernel::Programs& programs, View& view) {
  for (const auto& [machine, held] : view.programs) {
    ASSIGN_OR_RETURN(const auto others, programs.of_other_builds(held.attachment.program_ids));
    if (!others.empty()) view.outdated.insert(machine);
  }
  return ok();
}

const kernel::ObservedDevice* NamespaceView::find(const std::string& device) const {
  const auto it = std::find_if(devices.begin(), devices.end(),
                               [&](const auto& one) { return one.device.name == device; });
  return it == devices.end() ? nullptr : &*it;
}

std::set<uint32_t> ProgramsView::backsides() const {
  std::set<uint32_t> all = counted;
  all.erase(0);  // what belongs to no link
  for (const auto& [backside, link] : links) all.insert(backside);
  for (const auto& [backside, stack] : stacks) all.insert(backside);
  for (const auto& [key, end] : keys) all.insert(end.backside);
  for (const auto& [key, end] : uppers) all.insert(end.backside);
  for (const auto& [address, backside] : own) all.insert(backside);
  return all;
}

bool View::is_anchor(const std::string& name) const {
  const auto space = spaces.find(name);
  return space != spaces.end() && (space->second.is_machine() || programs.contains(name));
}

std::map<std::string, std::set<std::string>> View::owners_by_machine() const {
  std::map<std::string, std::set<std::string>> owners;
  for (const auto& [name, space] : spaces) {
    if (!is_anchor(name)) continue;
    for (const auto& device : space.devices) {
      if (const auto mark = backside_mark(space, device)) owners[name].insert(mark->owner);
    }
  }
  return owners;
}

std::vector<std::string> base_devices_of(const NamespaceView& machine) {
  std::vector<std::string> names;
  for (const kernel::ObservedDevice& one : machine.devices) {
    const net::Device& device = one.device;
    const bool ours = device.alias.starts_with("vinet:") || device.name == net::kPartsDevice ||
                      device.name == net::kPartsPeerDevice || device.name == net::kWholeDevice;
    const bool has_address =
        std::any_of(device.addresses.begin(), device.addresses.end(),
                    [](const auto& address) { return !net::is_ipv6(address.local); });
    if (one.kind == "loopback" || device.name == "lo" || ours || !device.up || !has_address ||
        device.mac == net::Mac{}) {
      continue;
    }
    names.push_back(device.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<slice::DeviceMark> backside_mark(const NamespaceView& machine,
                                               const kernel::ObservedDevice& device) {
  if (device.device.name == "lo") return std::nullopt;
  auto mark = slice::parse_device_mark(device.device.alias);
  return mark && mark->owner != machine.mark.owner ? mark : std::nullopt;
}

Result<View> look(kernel::Kernel& kernel, const Sight& sight) {
  View view;
  ASSIGN_OR_RETURN(const auto names, kernel.namespaces().list());
  for (const std::string& name : names) {
    view.names.emplace(node_number(name), name);
    if (!sight.only.empty() && !sight.only.contains(name)) continue;
    const bool is_named = sight.anchors.contains(name) || has_owner_prefix(name, sight.owners);
    if (sight.named_only && !is_named) continue;
    if (sight.stop && sight.stop()) {
      return Error{Errc::kCancelled, "look at namespace " + name + ": interrupted", 0};
    }
    ASSIGN_OR_RETURN(const bool alive, kernel.namespaces().alive(name));
    if (!alive) {
      view.empty_files.insert(name);
      continue;
    }
    if (Status seen = look_at_space(kernel, name, sight, view); !seen && !vanished(seen.error())) {
      return std::move(seen).error().within("look at namespace " + name);
    }
  }
  if (Status seen = look_at_node_anchors(kernel, view); !seen && !vanished(seen.error())) {
    return std::move(seen).error().within("look at nodes on which links stand");
  }
  return view;
}

}  // namespace vinet::machine
