// Looks for names that others have taken and for machines that are missing.
#include "machine/refuse.h"

#include <algorithm>

#include "machine/observe.h"

namespace vinet::machine {
namespace {

using slice::Slice;

Error taken(const std::string& what, const std::string& by) {
  return {Errc::kAlreadyExists, what + " exists and is " + by + ", not touched", 0};
}

Status refuse_namespace(const View& view, const std::string& owner, const std::string& name) {
  if (view.strangers.contains(name)) return taken("namespace " + name, "not vinet's");
  const auto space = view.spaces.find(name);
  if (space == view.spaces.end() || space->second.mark.owner == owner) return ok();
  return taken("namespace " + name, "of '" + space->second.mark.owner + "'");
}

Status refuse_device(const View& view, const std::string& owner, const std::string& netns,
                     const std::string& name) {
  const auto space = view.spaces.find(netns);
  const auto* device = space == view.spaces.end() ? nullptr : space->second.find(name);
  if (device == nullptr) return ok();
  const auto mark = slice::parse_device_mark(device->device.alias);
  if (mark && mark->owner == owner) return ok();
  return taken("device " + name + " in namespace " + netns,
               mark ? "of '" + mark->owner + "'" : "not vinet's");
}

bool makes_its_machine(const Slice& slice) {
  return std::any_of(slice.namespaces.begin(), slice.namespaces.end(),
                     [&](const slice::Namespace& space) { return space.name == slice.machine; });
}

/// Of a machine of a fleet, whose addresses are its owner's.
Status refuse_address(const NamespaceView& machine, const Slice& slice) {
  for (const auto& device : machine.devices) {
    for (const auto& address : device.device.addresses) {
      if (address.local == net::IpAddress(slice.base_address)) return ok();
    }
  }
  return Error{Errc::kFailedPrecondition,
               "machine " + slice.machine + " has no address " +
                   net::to_string(slice.base_address) + ", which the plan says is its base address",
               0};
}

Status refuse_machine(const View& view, const Slice& slice) {
  if (makes_its_machine(slice)) return ok();
  const auto machine = view.spaces.find(slice.machine);
  if (machine == view.spaces.end() ||
      machine->second.is_machine() == (slice.base_address == net::Ipv4{})) {
    return Error{
        Errc::kFailedPrecondition,
        "machine " + slice.machine + " is not there, '" + slice.owner + "' cannot stand on it", 0};
  }
  if (machine->second.own) return refuse_address(machine->second, slice);
  const net::Ipv4 base_address = empty_slice(view, slice.owner, slice.machine).base_address;
  if (base_address != slice.base_address) {
    return Error{Errc::kFailedPrecondition,
                 "machine " + slice.machine + " has base address " + net::to_string(base_address) +
                     ", the plan says " + net::to_string(slice.base_address),
                 0};
  }
  return ok();
}

/// Link ends of other owners in a machine.
size_t links_of_others(const View& view, const Slice& slice) {
  const auto machine = view.spaces.find(slice.machine);
  if (machine == view.spaces.end()) return 0;
  return static_cast<size_t>(std::count_if(
      machine->second.devices.begin(), machine->second.devices.end(), [&](const auto& device) {
        const auto mark = backside_mark(machine->second, device);
        return mark && mark->owner != slice.owner;
      }));
}

/// faults.md F-94.
Status refuse_full(const View& view, const Slice& slice, size_t most_links) {
  const size_t others = links_of_others(view, slice);
  if (slice.link_ends.size() + others <= most_links) return ok();
  return Error{Errc::kResourceExhausted,
               "machine " + slice.machine + " can hold " + std::to_string(most_links) +
                   " ends of links: '" + slice.owner + "' has " +
                   std::to_string(slice.link_ends.size()) + " there and others have " +
                   std::to_string(others) + "; put nodes on further machines",
               0};
}

/// Is this pair there already, so that its names are its own? A device whose alias someone changed
/// is then repaired.
bool has_veth(const std::map<std::string, Slice>& have, const slice::Veth& veth) {
  for (const auto& [machine, slice] : have) {
    for (const slice::Veth& one : slice.veths) {
      if (one.a_namespace == veth.a_namespace && one.a.name == veth.a.name &&
          one.b_namespace == veth.b_namespace && one.b.name == veth.b.name) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

Status refuse_impossible(const View& view, const std::vector<Slice>& want, size_t most_links) {
  for (const Slice& slice : want) {
    if (slice.owner != want.front().owner) {
      return Error{Errc::kInvalidArgument,
                   "slices of '" + want.front().owner + "' and '" + slice.owner + "' in one apply",
                   0};
    }
    TRY(refuse_machine(view, slice));
    TRY(refuse_full(view, slice, most_links));
    for (const auto& space : slice.namespaces) TRY(refuse_namespace(view, slice.owner, space.name));
    for (const auto& veth : slice.veths) {
      Status a = refuse_device(view, slice.owner, veth.a_namespace, veth.a.name);
      Status b = refuse_device(view, slice.owner, veth.b_namespace, veth.b.name);
      if (a && b) continue;
      if (!has_veth(slices_of(view, slice.owner), veth)) return !a ? std::move(a) : std::move(b);
    }
  }
  return ok();
}

}  // namespace vinet::machine
