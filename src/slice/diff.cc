// Compares two slices, kind of object by kind of object.
//
// Namespaces are the same if name and machine (in the mark) are; veths if both ends have the same
// names in the same namespaces; link ends if the backside is. What stands in `have` as half a veth
// (one end's namespace empty) matches nothing and is deleted. Invariant: an object inside one that
// is made anew is made anew too.
#include "slice/diff.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace vinet::slice {
namespace {

template <typename T>
bool holds(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What is in `all` and not in `others`; both sorted.
template <typename T>
std::vector<T> difference(const std::vector<T>& all, const std::vector<T>& others) {
  std::vector<T> rest;
  std::set_difference(all.begin(), all.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

template <typename T, typename Key>
auto index(const std::vector<T>& all, Key key) {
  std::map<decltype(key(all.front())), const T*> by_key;
  for (const T& one : all) by_key.emplace(key(one), &one);
  return by_key;
}

struct VethKey {
  std::string a_namespace, a, b_namespace, b;
  friend auto operator<=>(const VethKey&, const VethKey&) = default;
};

VethKey key_of(const Veth& veth) {
  return {veth.a_namespace, veth.a.name, veth.b_namespace, veth.b.name};
}

/// Where addresses are compared: a device, or lo.
struct Place {
  const std::string& netns;
  const std::string& device;
  bool is_lo;
};

bool is_old_identity(const net::InterfaceAddress& extra,
                     const std::vector<net::InterfaceAddress>& want,
                     const std::vector<net::InterfaceAddress>& have) {
  const bool host = extra.prefix_length == (net::is_ipv6(extra.local) ? 128 : 32);
  return host && std::any_of(want.begin(), want.end(), [&](const net::InterfaceAddress& wanted) {
           return net::is_ipv6(wanted.local) == net::is_ipv6(extra.local) && !holds(have, wanted);
         });
}

void diff_addresses(const Place& place, const std::vector<net::InterfaceAddress>& want,
                    const std::vector<net::InterfaceAddress>& have, Tolerance tolerance,
                    Diff& out) {
  for (const auto& address : want) {
    if (!holds(have, address)) out.addresses_added.push_back({place.netns, place.device, address});
  }
  for (const auto& address : have) {
    if (holds(want, address)) continue;
    const bool ours = place.is_lo ? is_old_identity(address, want, have) : address.peer.has_value();
    if (ours || tolerance == Tolerance::kExact) {
      out.addresses_deleted.push_back({place.netns, place.device, address});
    }
  }
}

void diff_namespace(const Namespace& want, const Namespace& have, Tolerance tolerance, Diff& out) {
  static const std::string kLo = "lo";
  if (want.settings != have.settings || want.mark != have.mark ||
      want.lo_forwarding != have.lo_forwarding || want.reassembly != have.reassembly) {
    out.namespaces_changed.push_back(want);
  }
  diff_addresses({want.name, kLo, true}, want.lo_addresses, have.lo_addresses, tolerance, out);
  for (auto& route : difference(want.routes, have.routes)) {
    out.routes_added.push_back({want.name, std::move(route)});
  }
  for (auto& route : difference(have.routes, want.routes)) {
    out.routes_deleted.push_back({want.name, std::move(route)});
  }
}

void diff_namespaces(const Slice& want, const Slice& have, Tolerance tolerance, Diff& out) {
  const auto name = [](const Namespace& space) { return space.name; };
  const auto wanted = index(want.namespaces, name), held = index(have.namespaces, name);
  for (const Namespace& space : want.namespaces) {
    const auto it = held.find(space.name);
    if (it != held.end()) {
      diff_namespace(space, *it->second, tolerance, out);
      continue;
    }
    out.namespaces_made.push_back(space);
    diff_namespace(space,
                   {.name = space.name,
                    .mark = space.mark,
                    .settings = space.settings,
                    .lo_forwarding = space.lo_forwarding,
                    .reassembly = space.reassembly,
                    .lo_addresses = {},
                    .routes = {}},
                   tolerance, out);
  }
  for (const Namespace& space : have.namespaces) {
    if (!wanted.contains(space.name)) out.namespaces_deleted.push_back(space);
  }
}

/// What configure_device sets: all but addresses and shaping.
net::Device settings_of(net::Device device) {
  device.addresses.clear();
  device.shaping = {};
  return device;
}

void diff_device(const std::string& netns, const net::Device& want, const net::Device& have,
                 Tolerance tolerance, Diff& out) {
  if (settings_of(want) != settings_of(have)) out.devices_changed.push_back({netns, want});
  if (want.shaping != have.shaping) out.shaping_changed.push_back({netns, want});
  diff_addresses({netns, want.name, false}, want.addresses, have.addresses, tolerance, out);
}

/// The device as create_veth leaves it, as far as the diff is concerned.
net::Device fresh(net::Device device) {
  device.addresses.clear();
  device.shaping = {};
  return device;
}

/// Returns the backsides whose veth is made anew.
std::set<std::string> diff_veths(const Slice& want, const Slice& have, Tolerance tolerance,
                                 Diff& out) {
  const auto wanted = index(want.veths, key_of), held = index(have.veths, key_of);
  std::set<std::string> made;
  for (const Veth& veth : want.veths) {
    const auto it = held.find(key_of(veth));
    if (it == held.end()) {
      out.veths_made.push_back(veth);
      made.insert(veth.b.name);
    }
    const net::Device a = it == held.end() ? fresh(veth.a) : it->second->a;
    const net::Device b = it == held.end() ? fresh(veth.b) : it->second->b;
    diff_device(veth.b_namespace, veth.b, b, tolerance, out);
    diff_device(veth.a_namespace, veth.a, a, tolerance, out);
  }
  for (const Veth& veth : have.veths) {
    if (!wanted.contains(key_of(veth))) out.veths_deleted.push_back(veth);
  }
  return made;
}

void diff_link_ends(const Slice& want, const Slice& have, const std::set<std::string>& made,
                    Diff& out) {
  const auto backside = [](const LinkEnd& end) { return end.backside; };
  const auto wanted = index(want.link_ends, backside), held = index(have.link_ends, backside);
  for (const LinkEnd& end : want.link_ends) {
    const auto it = held.find(end.backside);
    if (it == held.end() || *it->second != end || made.contains(end.backside)) {
      out.link_ends_put.push_back(end);
    }
  }
  for (const LinkEnd& end : have.link_ends) {
    if (!wanted.contains(end.backside)) out.link_ends_erased.push_back(end);
  }
}

}  // namespace

size_t Diff::count() const {
  return namespaces_made.size() + namespaces_changed.size() + namespaces_deleted.size() +
         veths_made.size() + veths_deleted.size() + devices_changed.size() +
         shaping_changed.size() + addresses_added.size() + addresses_deleted.size() +
         routes_added.size() + routes_deleted.size() + link_ends_put.size() +
         link_ends_erased.size() + base_devices_attached.size() + base_devices_detached.size() +
         shares_put.size() + shares_erased.size();
}

Diff diff(const Slice& want, const Slice& have, Tolerance tolerance) {
  Diff out;
  out.owner = want.owner;
  out.machine = want.machine;
  out.base_address = want.base_address;
  diff_namespaces(want, have, tolerance, out);
  diff_link_ends(want, have, diff_veths(want, have, tolerance, out), out);
  out.base_devices_attached = difference(want.base_devices, have.base_devices);
  out.shares_put = difference(want.shares, have.shares);
  for (const DeviceShare& held : have.shares) {
    const bool stays = std::any_of(want.shares.begin(), want.shares.end(), [&](const auto& one) {
      return one.device == held.device && one.share.id == held.share.id;
    });
    if (!stays) out.shares_erased.push_back(held);
  }
  // A base filter serves all internets of its machine: only going back to a state takes one off.
  if (tolerance == Tolerance::kExact) {
    out.base_devices_detached = difference(have.base_devices, want.base_devices);
  }
  return out;
}

std::set<std::string> touched(const std::vector<Slice>& want, const std::vector<Slice>& have) {
  const Slice nothing;
  std::map<std::string, std::pair<const Slice*, const Slice*>> by_machine;
  for (const Slice& slice : want) by_machine[slice.machine].first = &slice;
  for (const Slice& slice : have) by_machine[slice.machine].second = &slice;
  std::set<std::string> names;
  for (const auto& [machine, pair] : by_machine) {
    const Slice& now = pair.first != nullptr ? *pair.first : nothing;
    const Slice& then = pair.second != nullptr ? *pair.second : nothing;
    names.insert(machine);
    const Diff changes = diff(now, then, Tolerance::kExact);
    std::set<std::string> backsides;  // of links that differ
    for (const auto* spaces :
         {&changes.namespaces_made, &changes.namespaces_changed, &changes.namespaces_deleted}) {
      for (const Namespace& space : *spaces) names.insert(space.name);
    }
    for (const auto* veths : {&changes.veths_made, &changes.veths_deleted}) {
      for (const Veth& veth : *veths) names.insert({veth.a_namespace, veth.b_namespace});
    }
    for (const auto* devices : {&changes.devices_changed, &changes.shaping_changed}) {
      for (const DeviceChange& change : *devices) {
        names.insert(change.netns);
        if (change.netns == machine) backsides.insert(change.device.name);
      }
    }
    for (const auto* addresses : {&changes.addresses_added, &changes.addresses_deleted}) {
      for (const AddressChange& change : *addresses) names.insert(change.netns);
    }
    for (const auto* routes : {&changes.routes_added, &changes.routes_deleted}) {
      for (const RouteChange& change : *routes) names.insert(change.netns);
    }
    for (const auto* ends : {&changes.link_ends_put, &changes.link_ends_erased}) {
      for (const LinkEnd& end : *ends) backsides.insert(end.backside);
    }
    for (const Slice* slice : {&now, &then}) {
      for (const Veth& veth : slice->veths) {
        if (backsides.contains(veth.b.name)) names.insert(veth.a_namespace);
      }
    }
  }
  return names;
}

}  // namespace vinet::slice
