// View -> slices.
#include "machine/observe.h"

#include <algorithm>
#include <tuple>

#include "machine/entry_index.h"
#include "plan/share.h"

namespace vinet::machine {
namespace {

using kernel::ObservedDevice;
using slice::Slice;

class Observer {
 public:
  Observer(const View& view, const std::string& owner, const std::set<std::string>& only)
      : view_(view), owner_(owner), only_(only) {}

  std::map<std::string, Slice> run() {
    for (const auto& [name, space] : view_.spaces) {
      if (space.mark.owner == owner_) add_namespace(name, space);
    }
    for (const auto& [name, space] : view_.spaces) {
      if (view_.is_anchor(name)) add_devices_of_machine(name, space);
      if (space.is_machine() && space.mark.owner != owner_) add_shares(name, space);
    }
    for (const auto& [name, space] : view_.spaces) {
      if (space.mark.owner == owner_ && !space.is_machine()) add_rest_of_node(name, space);
    }
    for (auto& [machine, slice] : slices_) finish(slice);
    return std::move(slices_);
  }

 private:
  Slice& slice(const std::string& machine) {
    auto it = slices_.find(machine);
    if (it == slices_.end())
      it = slices_.emplace(machine, empty_slice(view_, owner_, machine)).first;
    return it->second;
  }

  void add_namespace(const std::string& name, const NamespaceView& space) {
    slice::Namespace out;
    out.name = name;
    out.mark = space.alias;
    out.own = space.own;
    out.settings = space.settings;
    out.routes = space.routes;
    if (const ObservedDevice* lo = space.find("lo")) {
      out.lo_forwarding = lo->device.forwarding;
      if (!space.own) out.lo_addresses = lo->device.addresses;
    }
    if (space.is_machine()) out.reassembly = kernel::reassembles(space.devices);
    slice(space.is_machine() ? name : space.mark.machine).namespaces.push_back(std::move(out));
  }

  void add_devices_of_machine(const std::string& name, const NamespaceView& machine) {
    for (const ObservedDevice& device : machine.devices) {
      const auto mark = slice::parse_device_mark(device.device.alias);
      if (!mark || mark->owner != owner_ || device.device.name == "lo") continue;
      if (machine.mark.owner == owner_ && !machine.is_machine()) continue;  // its own links
      if (machine.mark.owner == owner_) {
        add_base_device(name, device, *mark);
      } else if (only_.empty() || only_.contains(slice::namespace_name(owner_, mark->at))) {
        add_backside(name, device, *mark);
      }
    }
  }

  /// The other end of `device` in namespace `name`: mutual ifindexes, and a mark that fits.
  template <typename Fits>
  const ObservedDevice* peer_in(const std::string& name, const ObservedDevice& device,
                                Fits fits) const {
    const auto it = view_.spaces.find(name);
    if (it == view_.spaces.end()) return nullptr;
    for (const ObservedDevice& other : it->second.devices) {
      if (other.kind == "veth" && other.ifindex == device.peer_ifindex &&
          other.peer_ifindex == device.ifindex && fits(other.device.alias)) {
        return &other;
      }
    }
    return nullptr;
  }

  void add_backside(const std::string& machine, const ObservedDevice& backside,
                    const slice::DeviceMark& mark) {
    const std::string node = slice::namespace_name(owner_, mark.at);
    // Root in the node may have taken the alias away; the pair is still ours.
    const ObservedDevice* vl = peer_in(node, backside, [&](const std::string& alias) {
      return alias.empty() || alias == backside.device.alias;
    });
    slice::Veth veth{slice::VethRole::kLink, vl ? node : "", machine, {}, backside.device};
    if (vl != nullptr) {
      veth.a = vl->device;
      paired_.insert(vl);
    }
    slice(machine).veths.push_back(std::move(veth));
    add_link_end(machine, backside);
  }

  void add_base_device(const std::string& machine, const ObservedDevice& device,
                       const slice::DeviceMark& mark) {
    if (paired_.contains(&device)) return;
    for (const auto& [other_name, other] : view_.spaces) {
      if (!other.is_machine() || other.mark.owner != owner_ || other_name == machine) continue;
      const std::string expected = to_string(slice::DeviceMark{owner_, mark.link, other.mark.name});
      const ObservedDevice* peer =
          peer_in(other_name, device, [&](const std::string& alias) { return alias == expected; });
      if (peer == nullptr) continue;
      // Spaces are walked in the order of names, so this end sorts first and is `a`
      // (slice/lower.h).
      paired_.insert(peer);
      slice(machine).veths.push_back(
          {slice::VethRole::kBase, machine, other_name, device.device, peer->device});
      return;
    }
    slice(machine).veths.push_back({slice::VethRole::kBase, machine, "", device.device, {}});
  }

  /// Devices of a node that carry our mark but belong to no marked backside: the pair is ours all
  /// the same if the other end is in the machine; else it is half a pair.
  void add_rest_of_node(const std::string& name, const NamespaceView& node) {
    for (const ObservedDevice& device : node.devices) {
      const auto mark = slice::parse_device_mark(device.device.alias);
      if (!mark || mark->owner != owner_ || device.kind != "veth" || paired_.contains(&device))
        continue;
      const std::string& machine = node.mark.machine;
      const ObservedDevice* backside =
          peer_in(machine, device, [](const std::string&) { return true; });
      if (backside != nullptr) {
        slice(machine).veths.push_back(
            {slice::VethRole::kLink, name, machine, device.device, backside->device});
        add_link_end(machine, *backside);
      } else {
        slice(machine).veths.push_back({slice::VethRole::kLink, name, "", device.device, {}});
      }
    }
  }

  void add_link_end(const std::string& machine, const ObservedDevice& backside) {
    const auto programs = view_.programs.find(machine);
    if (programs == view_.programs.end()) return;
    const ProgramsView& held = programs->second;
    const auto& bound = held.attachment.backsides;
    if (!held.attachment.block_filter ||
        !std::binary_search(bound.begin(), bound.end(), backside.device.name)) {
      return;
    }
    const EntryIndex& index = entries_.try_emplace(machine, held).first->second;
    const auto entries = index.of(backside.ifindex);
    if (!entries) return;
    slice::LinkEnd end = decode(backside.device.name, *entries, view_.names);
    if (same(encode(end, backside.ifindex), *entries)) {
      slice(machine).link_ends.push_back(std::move(end));
    }
  }

  void add_shares(const std::string& machine, const NamespaceView& space) {
    for (const ObservedDevice& device : space.devices) {
      for (const net::Share& share : device.shares) {
        if (share.id == plan::share_id(owner_)) {
          slice(machine).shares.push_back({device.device.name, share});
        }
      }
    }
  }

  static void finish(Slice& slice) {
    std::sort(slice.veths.begin(), slice.veths.end(),
              [](const slice::Veth& x, const slice::Veth& y) {
                return std::tie(x.b_namespace, x.b.name) < std::tie(y.b_namespace, y.b.name);
              });
    std::sort(slice.shares.begin(), slice.shares.end());
    std::sort(slice.link_ends.begin(), slice.link_ends.end(),
              [](const auto& x, const auto& y) { return x.backside < y.backside; });
  }

  const View& view_;
  const std::string& owner_;
  const std::set<std::string>& only_;
  std::map<std::string, Slice> slices_;
  std::set<const ObservedDevice*> paired_;
  std::map<std::string, EntryIndex> entries_;
};

}  // namespace

Slice empty_slice(const View& view, const std::string& owner, const std::string& machine) {
  Slice slice;
  slice.owner = owner;
  slice.machine = machine;
  const auto space = view.spaces.find(machine);
  if (space == view.spaces.end()) return slice;
  const ObservedDevice* lo = space->second.find("lo");
  if (space->second.is_machine() && !space->second.own && lo != nullptr) {
    for (const auto& address : lo->device.addresses) {
      if (slice.base_address == net::Ipv4{} && !net::is_ipv6(address.local)) {
        slice.base_address = std::get<net::Ipv4>(address.local);
      }
    }
  }
  const auto programs = view.programs.find(machine);
  if (programs != view.programs.end() && space->second.mark.owner != owner) {
    slice.base_devices = programs->second.attachment.base_devices;
  }
  return slice;
}

std::map<std::string, slice::Slice> slices_of(const View& view, const std::string& owner,
                                              const std::set<std::string>& only) {
  return Observer(view, owner, only).run();
}

Slice narrowed(Slice slice, const std::set<std::string>& only) {
  if (only.empty()) return slice;
  std::erase_if(slice.namespaces, [&](const auto& space) { return !only.contains(space.name); });
  std::erase_if(slice.veths, [&](const auto& veth) { return !only.contains(veth.a_namespace); });
  std::set<std::string> backsides;
  for (const slice::Veth& veth : slice.veths) backsides.insert(veth.b.name);
  std::erase_if(slice.link_ends,
                [&](const auto& end) { return !backsides.contains(end.backside); });
  return slice;
}

void add_base_devices(const View& view, Slice& slice) {
  const auto machine = view.spaces.find(slice.machine);
  if (machine == view.spaces.end() || !machine->second.own || slice.link_ends.empty()) return;
  std::set<std::string> devices(slice.base_devices.begin(), slice.base_devices.end());
  for (std::string& device : base_devices_of(machine->second)) devices.insert(std::move(device));
  devices.insert(net::kWholeDevice);
  slice.base_devices.assign(devices.begin(), devices.end());
}

}  // namespace vinet::machine
