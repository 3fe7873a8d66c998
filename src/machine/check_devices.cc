// Veth pairs: both ends where they belong, and set as planned.
#include <fmt/format.h>

#include <algorithm>

#include "machine/check_context.h"
#include "machine/encode.h"
#include "slice/key_check.h"
#include "slice/path_mtu.h"
#include "slice/text.h"
#include "support/units.h"

namespace vinet::machine {
namespace {

using kernel::ObservedDevice;

const char* on_off(bool on) {
  return on ? "on" : "off";
}

std::string text_of(const net::Shaping& shaping) {
  std::string text;
  if (shaping.rate_bps != 0) text += "rate " + to_string(Rate{shaping.rate_bps});
  if (shaping.delay_us != 0)
    text += (text.empty() ? "delay " : " delay ") + to_string(Duration{shaping.delay_us});
  return text.empty() ? "none" : text;
}

class DeviceCheck {
 public:
  /// `is_backside`: in a machine, where nothing may be added.
  DeviceCheck(CheckContext& context, const std::string& owner, const std::string& netns,
              const net::Device& want, std::string title)
      : context_(context), owner_(owner), netns_(netns), want_(want), title_(std::move(title)) {}

  /// The MTU of a link is compared elsewhere, with that of its other end.
  void run(const net::Device& have, bool is_node, bool is_link) {
    // Root in a node may take the alias away; that changes nothing.
    if (!is_node || !have.alias.empty()) compare("alias", want_.alias, have.alias);
    compare("MAC", net::to_string(want_.mac), net::to_string(have.mac));
    if (!is_link) compare_number("mtu", want_.mtu_bytes, have.mtu_bytes);
    compare("state", want_.up ? "up" : "down", have.up ? "up" : "down");
    compare("ARP", on_off(want_.arp), on_off(have.arp));
    compare("forwarding", on_off(want_.forwarding), on_off(have.forwarding));
    compare("ignore_routes_with_linkdown", on_off(want_.ignore_linkdown),
            on_off(have.ignore_linkdown));
    // What bounds super-packets of a link with loss is its mtu, which may have shrunk.
    if (have.gso_max_bytes != have.mtu_bytes || want_.gso_max_bytes != want_.mtu_bytes) {
      compare_number("gso_max_size", want_.gso_max_bytes, have.gso_max_bytes);
    }
    compare("shaping", text_of(want_.shaping), text_of(have.shaping));
    for (const auto& address : want_.addresses) {
      ++context_.compared[owner_].addresses;
      if (std::find(have.addresses.begin(), have.addresses.end(), address) == have.addresses.end())
        fault("address " + slice::to_string(address), "on it", "");
    }
    for (const auto& address : have.addresses) {
      if (std::find(want_.addresses.begin(), want_.addresses.end(), address) !=
          want_.addresses.end())
        continue;
      if (is_node) {
        context_.note(owner_, netns_, title_ + ": address " + slice::to_string(address), "",
                      "on it");
      } else {
        fault("address " + slice::to_string(address), "", "on it");
      }
    }
  }

 private:
  void fault(const std::string& what, const std::string& planned, const std::string& found) {
    context_.fault(owner_, netns_, title_ + ": " + what, planned, found);
  }
  void compare(const std::string& what, const std::string& planned, const std::string& found) {
    if (planned != found) fault(what, planned, found);
  }
  void compare_number(const std::string& what, uint32_t planned, uint32_t found) {
    compare(what, std::to_string(planned), std::to_string(found));
  }

  CheckContext& context_;
  const std::string& owner_;
  const std::string& netns_;
  const net::Device& want_;
  const std::string title_;
};

std::string title_of(const net::Device& device, const char* kind) {
  const auto mark = slice::parse_device_mark(device.alias);
  if (!mark) return fmt::format("{} {}", kind, device.name);
  return fmt::format("{} {} (link {})", kind, device.name, mark->link);
}

/// One end of a pair; null if it is not there, which is told.
const ObservedDevice* find_end(CheckContext& context, const std::string& owner,
                               const std::string& netns, const net::Device& want,
                               const std::string& title) {
  const NamespaceView* space = context.space(netns);
  if (space == nullptr) return nullptr;  // told, or another owner's to tell
  ++context.compared[owner].devices;
  const ObservedDevice* have = space->find(want.name);
  if (have == nullptr) {
    context.fault(owner, netns, title, "is there", "");
  } else if (have->kind != "veth") {
    context.fault(owner, netns, title, "veth", have->kind);
    have = nullptr;
  }
  return have;
}

void check_pair(CheckContext& context, const std::string& owner, const slice::Veth& veth) {
  const bool is_link = veth.role == slice::VethRole::kLink;
  const std::string a_title = title_of(veth.a, is_link ? "interface" : "base device");
  const std::string b_title = title_of(veth.b, is_link ? "backside" : "base device");
  const ObservedDevice* a = find_end(context, owner, veth.a_namespace, veth.a, a_title);
  const ObservedDevice* b = find_end(context, owner, veth.b_namespace, veth.b, b_title);
  if (a != nullptr && b != nullptr &&
      (a->peer_ifindex != b->ifindex || b->peer_ifindex != a->ifindex)) {
    context.fault(owner, veth.a_namespace, a_title,
                  fmt::format("one pair with {} in {}", veth.b.name, veth.b_namespace),
                  "the other end is elsewhere");
  }
  if (a != nullptr) {
    DeviceCheck(context, owner, veth.a_namespace, veth.a, a_title).run(a->device, is_link, is_link);
  }
  if (b != nullptr) {
    DeviceCheck(context, owner, veth.b_namespace, veth.b, b_title).run(b->device, false, is_link);
  }
}

bool is_for_reassembly(const std::string& device) {
  return device == net::kPartsDevice || device == net::kPartsPeerDevice ||
         device == net::kWholeDevice;
}

/// The devices of a machine that put fragments together; no plan names them.
void check_reassembly(CheckContext& context, const std::string& owner,
                      const slice::Namespace& want) {
  const NamespaceView* space = context.space(want.name);
  if (space == nullptr || !want.reassembly || kernel::reassembles(space->devices)) return;
  context.fault(owner, want.name, "devices that put fragments together", "are there and up", "");
}

/// Devices of a namespace that are in no plan.
void check_unknown(CheckContext& context, const slice::Slice& want, const std::string& netns) {
  const NamespaceView* space = context.space(netns);
  if (space == nullptr || space->own) return;  // its owner's
  const auto planned = context.devices.find(netns);
  for (const ObservedDevice& device : space->devices) {
    const std::string& name = device.device.name;
    if (name == "lo" || (space->is_machine() && is_for_reassembly(name))) continue;
    const bool known =
        planned != context.devices.end() &&
        std::any_of(planned->second.begin(), planned->second.end(),
                    [&](const net::Device* one) { return one->name == device.device.name; });
    if (known) continue;
    const std::string what = "device " + device.device.name;
    const auto mark = slice::parse_device_mark(device.device.alias);
    if (mark && space->is_machine()) {
      context.fault(want.owner, netns, what, "", "marked as " + device.device.alias);
    } else {
      context.note(want.owner, netns, what, "", "a " + device.kind);
    }
  }
}

/// What a link end has for an MTU, in its three places.
struct FoundMtu {
  std::string netns, name;  ///< of the place
  uint32_t bytes = 0;
  uint32_t in_force = 0;  ///< what it should be by what is known of its base path
};

}  // namespace

void check_devices(CheckContext& context, const slice::Slice& want) {
  for (const slice::Veth& veth : want.veths) check_pair(context, want.owner, veth);
  // The machine's own devices are its base's to tell.
  for (const slice::Namespace& space : want.namespaces) {
    check_unknown(context, want, space.name);
    check_reassembly(context, want.owner, space);
  }
  for (const slice::DeviceShare& share : want.shares) {
    const NamespaceView* space = context.space(want.machine);
    const ObservedDevice* device = space == nullptr ? nullptr : space->find(share.device);
    if (device == nullptr) continue;
    const auto held = std::find_if(device->shares.begin(), device->shares.end(),
                                   [&](const net::Share& one) { return one.id == share.share.id; });
    const std::string planned = to_string(Rate{share.share.rate_bps});
    if (held == device->shares.end()) {
      context.fault(want.owner, want.machine, "share on " + share.device, planned, "");
    } else {
      context.compare(want.owner, want.machine, "share on " + share.device, planned,
                      to_string(Rate{held->rate_bps}));
    }
  }
}

void check_mtus(CheckContext& context, const std::vector<const slice::Slice*>& of_owner) {
  struct Link {
    uint32_t planned = 0;
    std::vector<FoundMtu> found;
  };
  std::map<std::string, Link> links;  // by the link's name
  for (const slice::Slice* slice : of_owner) {
    const NamespaceView* machine = context.space(slice->machine);
    const auto programs = context.view.programs.find(slice->machine);
    slice::Slice shrunk = *slice;
    if (programs != context.view.programs.end()) {
      slice::shrink_to_paths(shrunk, programs->second.path_mtus);
    }
    for (size_t i = 0; i < slice->veths.size(); ++i) {
      const slice::Veth& veth = slice->veths[i];
      const uint32_t in_force = shrunk.veths[i].a.mtu_bytes;
      const auto mark = slice::parse_device_mark(veth.a.alias);
      if (veth.role != slice::VethRole::kLink || !mark) continue;
      Link& link = links[mark->link];
      link.planned = veth.a.mtu_bytes;
      if (const NamespaceView* node = context.space(veth.a_namespace)) {
        if (const auto* vl = node->find(veth.a.name))
          link.found.push_back({veth.a_namespace, title_of(veth.a, "interface") + ": mtu",
                                vl->device.mtu_bytes, in_force});
      }
      const auto* backside = machine == nullptr ? nullptr : machine->find(veth.b.name);
      if (backside == nullptr) continue;
      link.found.push_back({slice->machine, title_of(veth.b, "backside") + ": mtu",
                            backside->device.mtu_bytes, in_force});
      if (programs == context.view.programs.end()) continue;
      const auto entry = programs->second.links.find(backside->ifindex);
      if (entry == programs->second.links.end()) continue;
      link.found.push_back({slice->machine,
                            "vi_links entry of " + slice::name_of_end(veth) + ": mtu",
                            entry->second.mtu_bytes, in_force});
    }
  }
  const std::string& owner = of_owner.front()->owner;
  for (const auto& [name, link] : links) {
    if (link.found.empty()) continue;
    const uint32_t first = link.found.front().bytes;
    const bool alike = std::all_of(link.found.begin(), link.found.end(),
                                   [&](const FoundMtu& one) { return one.bytes == first; });
    if (alike && first < link.planned) {
      context.note(owner, owner + "." + name, "mtu", std::to_string(link.planned),
                   fmt::format("{} at both ends: the base path carries less than planned", first));
      continue;
    }
    // One end may know of its path before the other does.
    const auto smallest =
        std::min_element(link.found.begin(), link.found.end(),
                         [](const FoundMtu& x, const FoundMtu& y) { return x.bytes < y.bytes; });
    const bool known = std::all_of(link.found.begin(), link.found.end(),
                                   [](const FoundMtu& one) { return one.bytes == one.in_force; });
    if (known && smallest->bytes < link.planned) {
      context.note(
          owner, owner + "." + name, "mtu", std::to_string(link.planned),
          fmt::format("{} at one end: the base path carries less than planned", smallest->bytes));
      continue;
    }
    for (const FoundMtu& one : link.found) {
      context.compare(owner, one.netns, one.name, std::to_string(link.planned),
                      std::to_string(one.bytes));
    }
  }
}

}  // namespace vinet::machine
