// Plan -> Slices: names, marks, devices and link-layer entries of each machine.
#include "slice/lower.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "plan/share.h"
#include "slice/layer.h"
#include "slice/marks.h"
#include "support/check.h"
#include "support/hash.h"

namespace vinet::slice {
namespace {

// A packet that a socket owns can take on so many headers: then it needs a new head, whose memory
// the kernel would miscount (docs/dataplane.md).
constexpr uint32_t kMostHeadersAtOnce = 5;

net::InterfaceAddress host_address(const net::IpAddress& address) {
  return {address, std::nullopt, static_cast<uint8_t>(net::is_ipv6(address) ? 128 : 32)};
}

net::InterfaceAddress point_to_point(const net::IpAddress& local, const net::IpAddress& peer) {
  return {local, peer, static_cast<uint8_t>(net::is_ipv6(local) ? 128 : 32)};
}

/// The kernel and the programs count whole bytes per second; not less than one, because 0 is no
/// limit.
uint64_t whole_bytes(uint64_t rate_bps) {
  return rate_bps == 0 ? 0 : std::max<uint64_t>(8, rate_bps - rate_bps % 8);
}

template <typename T>
std::vector<T> sorted(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return values;
}

void sort_slice(Slice& slice) {
  std::sort(slice.namespaces.begin(), slice.namespaces.end(),
            [](const Namespace& x, const Namespace& y) { return x.name < y.name; });
  std::sort(slice.veths.begin(), slice.veths.end(), [](const Veth& x, const Veth& y) {
    return std::tie(x.b_namespace, x.b.name) < std::tie(y.b_namespace, y.b.name);
  });
  std::sort(slice.link_ends.begin(), slice.link_ends.end(),
            [](const LinkEnd& x, const LinkEnd& y) { return x.backside < y.backside; });
  std::sort(slice.base_devices.begin(), slice.base_devices.end());
}

Namespace machine_namespace(const plan::BasePlan& base, const plan::MachinePlan& machine) {
  Namespace space;
  space.name = namespace_name(base.name, machine.name);
  space.mark = to_string(NamespaceMark{base.name, machine.name, ""});
  if (base.fleet) {
    space.own = true;
    space.settings = kOwnersSettings;
    space.lo_forwarding = true;
    space.reassembly = true;
    return space;
  }
  // Base devices and backsides carry no IPv6: fail closed (DESIGN §4).
  space.settings = {
      .ipv6 = false, .ipv6_forwarding = false, .icmp_unlimited = false, .rp_filter_off = true};
  space.lo_forwarding = true;
  space.lo_addresses = {host_address(machine.base_address)};
  space.routes = sorted(machine.routes);
  return space;
}

net::Device base_device(const plan::BasePlan& base, const plan::BaseLinkPlan& link,
                        const plan::BaseLinkEnd& end, const plan::BaseLinkEnd& other) {
  net::Device device;
  device.name = end.device;
  device.alias = to_string(DeviceMark{base.name, link.name, base.machines[end.machine.index].name});
  device.mac = end.mac;
  device.mtu_bytes = link.mtu_bytes;
  device.forwarding = true;
  device.ignore_linkdown = true;
  device.shaping.rate_bps = whole_bytes(link.rate_bps);
  device.addresses = {point_to_point(end.address, other.address)};
  return device;
}

/// One link end's device in its node.
net::Device node_device(const plan::InternetPlan& internet, const Layer& layer,
                        const plan::LinkPlan& link, const plan::LinkEndPlan& end,
                        const plan::LinkEndPlan& other) {
  const plan::NodePlan& node = internet.nodes[end.node.index];
  const plan::Interface& mine = node.interfaces[end.interface];
  const plan::Interface& theirs = internet.nodes[other.node.index].interfaces[other.interface];
  net::Device device;
  device.name = mine.device;
  device.alias = to_string(DeviceMark{internet.name, link.name, node.name});
  device.mac = mine.mac;
  device.mtu_bytes = link.mtu_bytes;
  device.arp = false;
  device.forwarding = node.transit;
  // Loss is drawn once for what the program sees as one packet: no super-packets where there is
  // loss.
  device.gso_max_bytes = link.loss_ppb == 0 ? gso_max_bytes(layer.headers) : link.mtu_bytes;
  device.shaping = {whole_bytes(link.rate_bps), link.delay_us};
  device.addresses.push_back(point_to_point(mine.address, theirs.address));
  if (mine.address6 && theirs.address6) {
    device.addresses.push_back(point_to_point(*mine.address6, *theirs.address6));
  }
  return device;
}

/// The other end of its veth, in the machine: no address, no forwarding, and up only after its
/// filter is there. Its MTU is the vl's: larger packets would be dropped here silently, and for the
/// segments of super-packets the program asks the kernel about this very device.
net::Device backside_device(const std::string& name, const std::string& alias, uint32_t mtu_bytes) {
  net::Device device;
  device.name = name;
  device.alias = alias;
  device.mac = net::mac_from("backside " + alias);
  device.mtu_bytes = mtu_bytes;
  device.arp = false;
  return device;
}

/// `v` and 14 hex digits of the alias's hash; other digits while that name is taken.
std::string backside_name(const std::string& alias, std::set<std::string>& taken) {
  for (uint32_t salt = 0;; ++salt) {
    const uint64_t hash = stable_hash(salt == 0 ? alias : alias + "#" + std::to_string(salt));
    char name[16];
    std::snprintf(name, sizeof name, "v%014llx", static_cast<unsigned long long>(hash >> 8));
    if (taken.insert(name).second) return name;
  }
}

Namespace node_namespace(const plan::InternetPlan& internet, const plan::NodePlan& node,
                         const std::string& machine) {
  Namespace space;
  space.name = namespace_name(internet.name, node.name);
  space.mark = to_string(NamespaceMark{internet.name, node.name, machine});
  const bool ipv6 = node.identity6.has_value();
  space.lo_forwarding = true;  // its FIB may be asked as lo, for links that stand on it
  space.settings = {.ipv6 = ipv6,
                    .ipv6_forwarding = ipv6 && node.transit,
                    .icmp_unlimited = true,
                    .rp_filter_off = true};
  space.lo_addresses.push_back(host_address(node.identity));
  if (ipv6) space.lo_addresses.push_back(host_address(*node.identity6));
  space.routes = sorted(node.routes);
  return space;
}

/// Base and link header; inside one machine the key alone.
Way first_layer_way(const LinkEnd& end, bool local) {
  const Header link{end.link_source, end.link_destination};
  Way way;
  if (local) {
    way.inside = true;
    way.inside_base = end.base_source;
    way.inside_link = link;
  } else {
    way.headers = {{end.base_source, end.base_destination}, link};
  }
  return way;
}

/// Inside one lower node the key alone; not flattened the link's own header, which that node's
/// stack sends on; flattened it is still to be found out.
Way upper_way(const LinkEnd& end, bool local, bool flattened) {
  const Header link{end.link_source, end.link_destination};
  Way way;
  if (local) {
    way.inside = true;
    way.inside_on = end.on;
    way.inside_link = link;
  } else if (flattened) {
    way.open = false;
  } else {
    way.headers = {link};
  }
  return way;
}

/// Adds one end of a link to the slice of its machine.
void lower_end(const plan::InternetPlan& internet, const Layer& layer, const plan::LinkPlan& link,
               const plan::LinkEndPlan& end, const plan::LinkEndPlan& other, Slice& slice,
               std::set<std::string>& taken) {
  const plan::NodePlan& node = internet.nodes[end.node.index];
  Veth veth;
  veth.role = VethRole::kLink;
  veth.a_namespace = namespace_name(internet.name, node.name);
  veth.b_namespace = slice.machine;
  veth.a = node_device(internet, layer, link, end, other);
  veth.b = backside_device(backside_name(veth.a.alias, taken), veth.a.alias, veth.a.mtu_bytes);

  LinkEnd entry;
  entry.backside = veth.b.name;
  entry.node = veth.a_namespace;
  entry.link_source = end.link_address;
  entry.link_destination = other.link_address;
  if (layer.lower == nullptr) {
    entry.base_source = end.base_address;
    entry.base_destination = other.base_address;
    entry.way = first_layer_way(entry, link.local);
  } else {
    entry.on = namespace_name(layer.lower->name, layer.lower->nodes[node.machine.index].name);
    entry.way = upper_way(entry, link.local, internet.flattened);
  }
  entry.via_lo = layer.headers > kMostHeadersAtOnce;
  entry.source_check = layer.check_of(node);
  entry.floor_bytes = layer.floor_bytes;
  entry.mtu_bytes = link.mtu_bytes;
  entry.whole_bytes = link.mtu_bytes;
  entry.rate_bps = whole_bytes(link.rate_bps);
  entry.loss_ppb = link.loss_ppb;
  entry.ipv6 = link.ipv6;
  entry.local = link.local;
  entry.share = link.local ? 0 : layer.share;
  entry.mac = veth.a.mac;
  entry.neighbour_mac = internet.nodes[other.node.index].interfaces[other.interface].mac;

  slice.veths.push_back(std::move(veth));
  slice.link_ends.push_back(std::move(entry));
}

}  // namespace

std::vector<Slice> lower(const plan::BasePlan& base) {
  std::vector<Slice> slices;
  for (const plan::MachinePlan& machine : base.machines) {
    Slice slice;
    slice.owner = base.name;
    slice.machine = namespace_name(base.name, machine.name);
    slice.base_address = machine.base_address;
    slice.namespaces = {machine_namespace(base, machine)};
    slices.push_back(std::move(slice));
  }
  for (const plan::BaseLinkPlan& link : base.links) {
    const bool in_order =
        slices[link.a.machine.index].machine < slices[link.b.machine.index].machine;
    const plan::BaseLinkEnd& first = in_order ? link.a : link.b;
    const plan::BaseLinkEnd& second = in_order ? link.b : link.a;
    for (const uint32_t machine : {first.machine.index, second.machine.index}) {
      slices[machine].namespaces.front().reassembly = true;
    }
    Slice& slice = slices[first.machine.index];
    slice.veths.push_back({VethRole::kBase, slice.machine, slices[second.machine.index].machine,
                           base_device(base, link, first, second),
                           base_device(base, link, second, first)});
  }
  for (Slice& slice : slices) sort_slice(slice);
  return slices;
}

std::vector<Slice> lower(const plan::InternetPlan& internet, const plan::BasePlan& base) {
  plan::Plan world;
  world.bases = {base};
  world.internets = {internet};
  return lower(world.internets.front(), world);
}

std::vector<Slice> lower(const plan::InternetPlan& internet, const plan::Plan& world) {
  const Layer layer = layer_of(internet, world);
  std::vector<Slice> by_anchor;
  std::vector<std::set<std::string>> taken;
  std::vector<size_t> number;             // of each machine: where its anchor is in by_anchor
  std::map<std::string, size_t> numbers;  // the same, by the anchor's namespace
  for (const Anchor& anchor : layer.anchors) {
    const auto [known, is_new] = numbers.emplace(anchor.space, by_anchor.size());
    number.push_back(known->second);
    if (!is_new) continue;
    Slice& slice = by_anchor.emplace_back();
    slice.owner = internet.name;
    slice.machine = anchor.space;
    slice.base_address = anchor.base_address;
    slice.base_devices = anchor.base_devices;
    taken.emplace_back(anchor.base_devices.begin(), anchor.base_devices.end());
  }
  for (const plan::NodePlan& node : internet.nodes) {
    VINET_CHECK(node.machine.index < number.size());
    Slice& slice = by_anchor[number[node.machine.index]];
    slice.namespaces.push_back(node_namespace(internet, node, slice.machine));
  }
  for (const plan::LinkPlan& link : internet.links) {
    for (const auto& [end, other] : {std::pair(&link.a, &link.b), std::pair(&link.b, &link.a)}) {
      const size_t at = number[internet.nodes[end->node.index].machine.index];
      lower_end(internet, layer, link, *end, *other, by_anchor[at], taken[at]);
    }
  }
  std::vector<Slice> slices;
  for (Slice& slice : by_anchor) {
    if (slice.namespaces.empty()) continue;
    if (slice.link_ends.empty()) slice.base_devices.clear();  // nothing of ours crosses them
    const bool via_lo = std::any_of(slice.link_ends.begin(), slice.link_ends.end(),
                                    [](const LinkEnd& end) { return end.via_lo; });
    for (const std::string& device : slice.base_devices) {
      if (internet.share_bps == 0) break;
      if (device == net::kWholeDevice) continue;
      slice.shares.push_back(
          {device, {plan::share_id(internet.name), whole_bytes(internet.share_bps)}});
    }
    if (via_lo) slice.base_devices.push_back("lo");
    sort_slice(slice);
    slices.push_back(std::move(slice));
  }
  return slices;
}

std::string hosts_text(const plan::InternetPlan& internet) {
  std::string text = "127.0.0.1 localhost\n::1 localhost\n";
  for (const plan::NodePlan& node : internet.nodes) {
    const std::string names = " " + node.name + " " + node.name + "." + internet.name + "\n";
    text += net::to_string(node.identity) + names;
    if (node.identity6) text += net::to_string(*node.identity6) + names;
  }
  return text;
}

}  // namespace vinet::slice
