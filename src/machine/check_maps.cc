// Map entries of one machine: each as planned, and none that no plan knows. An entry too many is
// the worst of faults: it is a way into a node.
#include <fmt/format.h>

#include <algorithm>

#include "machine/check_context.h"
#include "machine/entry_index.h"
#include "slice/key_check.h"
#include "slice/path_mtu.h"
#include "support/units.h"

namespace vinet::machine {
namespace {

std::string text_of(const vi_key& key) {
  return fmt::format("base {} -> {} link {} -> {}", net::to_string(from_be(key.base_src_be)),
                     net::to_string(from_be(key.base_dst_be)),
                     net::to_string(from_be(key.link_src_be)),
                     net::to_string(from_be(key.link_dst_be)));
}

std::string text_of(const vi_upper& key) {
  return fmt::format("link {} -> {} on a node", net::to_string(from_be(key.src_be)),
                     net::to_string(from_be(key.dst_be)));
}

std::string text_of(const std::variant<vi_key, vi_upper>& key) {
  return std::visit([](const auto& one) { return text_of(one); }, key);
}

std::string text_of(const vi_address& address) {
  return net::to_string(from_be(address.addr_be)) + (address.node == 0 ? "" : " on a node");
}

/// Where a link sends to.
std::string text_of_way(const vi_link& link) {
  if ((link.flags & VI_LINK_NO_ROUTE) != 0) return "no way";
  return (link.flags & VI_LINK_UPPER) != 0 ? text_of(link.upper) : text_of(link.key);
}

std::string text_of(const vi_end& end) {
  return fmt::format("MAC {} neighbour {}", net::to_string(mac_of(end.vl_mac)),
                     net::to_string(mac_of(end.neighbour_mac)));
}

/// The parts of an egress entry that differ.
struct Part {
  const char* name;
  std::string planned, found;
};

std::vector<Part> parts_of(const vi_link& want, const vi_link& have) {
  std::vector<Part> parts;
  const auto add = [&](const char* name, const std::string& planned, const std::string& found) {
    if (planned != found) parts.push_back({name, planned, found});
  };
  const auto loss = [](const vi_link& link) { return fmt::format("{} of 2^32", link.loss_of_4g); };
  const auto rate = [](const vi_link& link) {
    return link.rate_bytes_per_s == 0 ? "none" : to_string(Rate{link.rate_bytes_per_s * 8});
  };
  const auto kind = [](const vi_link& link) {
    return fmt::format("{}{}{} headers", (link.flags & VI_LINK_LOCAL) != 0 ? "local, " : "",
                       (link.flags & VI_LINK_NO_IPV6) != 0 ? "no IPv6, " : "", link.header_count);
  };
  add("addresses", text_of_way(want), text_of_way(have));
  add("kind", kind(want), kind(have));
  add("largest packet in one piece", std::to_string(want.whole_bytes),
      std::to_string(have.whole_bytes));
  add("loss", loss(want), loss(have));
  add("rate", rate(want), rate(have));
  add("priority", std::to_string(want.priority), std::to_string(have.priority));
  if (parts.empty()) parts.push_back({"", "as the plan makes it", "other header bytes or MACs"});
  return parts;
}

class MapCheck {
 public:
  MapCheck(CheckContext& context, const std::string& machine, const ProgramsView& held)
      : context_(context),
        machine_(machine),
        held_(held),
        index_(held),
        space_(*context.space(machine)) {}

  void run() {
    for (const slice::Slice& planned : context_.request.want) {
      if (planned.machine != machine_) continue;
      slice::Slice slice = planned;
      slice::shrink_to_paths(slice, held_.path_mtus);
      std::map<std::string, const slice::Veth*> veths;
      for (const slice::Veth& veth : slice.veths) veths[veth.b.name] = &veth;
      for (const slice::LinkEnd& end : slice.link_ends) {
        const auto veth = veths.find(end.backside);
        const auto* device = space_.find(end.backside);
        if (veth == veths.end() || device == nullptr) continue;  // told of the device
        known_.insert(device->ifindex);
        if (any_asked_.empty() && context_.is_asked_for(slice.owner)) any_asked_ = slice.owner;
        check_end(slice.owner, *veth->second, end, device->ifindex);
      }
    }
    check_strangers();
    check_config();
  }

 private:
  void fault(const std::string& owner, std::string what, std::string planned, std::string found) {
    if (!context_.is_asked_for(owner)) return;
    context_.fault(owner, machine_, std::move(what), std::move(planned), std::move(found));
  }
  void count(const std::string& owner) {
    if (context_.is_asked_for(owner)) ++context_.compared[owner].map_entries;
  }

  void check_end(const std::string& owner, const slice::Veth& veth, const slice::LinkEnd& end,
                 uint32_t ifindex) {
    const std::string of = " entry of " + slice::name_of_end(veth);
    LinkEntries expected = encode(end, ifindex);
    count(owner);
    const auto link = held_.links.find(ifindex);
    if (link == held_.links.end()) {
      fault(owner, "vi_links" + of, text_of_way(expected.link), "");
    } else {
      expected.link.mtu_bytes = link->second.mtu_bytes;  // compared with the devices' (check_mtus)
      if (!same(expected.link, link->second)) {
        for (const Part& part : parts_of(expected.link, link->second)) {
          fault(owner, "vi_links" + of + (*part.name != 0 ? ": " : "") + part.name, part.planned,
                part.found);
        }
      }
      check_stack(owner, of, expected, ifindex);
    }
    count(owner);
    const std::string map = expected.is_first_layer() ? "vi_keys" : "vi_uppers";
    bool has_key = false;
    for (const auto& [key, value] : index_.keys(ifindex)) {
      if (!same(key, expected.key)) {
        add_way_in(owner, veth, key);
        continue;
      }
      has_key = true;
      if (!same(value, expected.end)) fault(owner, map + of, text_of(expected.end), text_of(value));
    }
    if (!has_key) fault(owner, map + of, text_of(expected.key), where_it_leads(expected.key));
    count(owner);
    bool has_own = false;
    for (const vi_address& address : index_.own(ifindex)) {
      if (same(address, expected.own)) {
        has_own = true;
      } else {
        fault(owner, "vi_own" + of, "", text_of(address) + " too");
      }
    }
    if (!has_own) {
      const auto other = held_.own.find(expected.own);
      fault(owner, "vi_own" + of, text_of(expected.own),
            other == held_.own.end() ? "" : "leads to " + name_of_backside(other->second));
    }
    count(owner);
    if (!held_.counted.contains(ifindex)) fault(owner, "vi_counts" + of, "is there", "");
    if (end.rate_bps != 0 || end.loss_ppb != 0) check_shape(owner, of, ifindex);
  }

  void check_stack(const std::string& owner, const std::string& of, const LinkEntries& expected,
                   uint32_t ifindex) {
    const auto stack = held_.stacks.find(ifindex);
    const bool is_there = stack != held_.stacks.end();
    if (!expected.stack && !is_there) return;
    count(owner);
    if (expected.stack && is_there && same(*expected.stack, stack->second)) return;
    fault(owner, "vi_stacks" + of, expected.stack ? "the headers of all layers" : "",
          is_there ? "other headers" : "");
  }

  void check_shape(const std::string& owner, const std::string& of, uint32_t ifindex) {
    count(owner);
    if (!shapes_) {
      const auto shapes = context_.kernel.programs().list_shapes(machine_);
      shapes_ = shapes ? *shapes : std::set<uint32_t>{};
    }
    if (!shapes_->contains(ifindex)) fault(owner, "vi_shapes" + of, "is there", "");
  }

  /// A key that leads into a node, and that is not its link's.
  void add_way_in(const std::string& owner, const slice::Veth& veth, const EntryIndex::Key& key) {
    const std::string found = fmt::format("{} leads there", text_of(key));
    const std::string what = fmt::format(
        "{} entry of a stranger into {}",
        std::holds_alternative<vi_key>(key) ? "vi_keys" : "vi_uppers", slice::name_of_end(veth));
    if (context_.is_asked_for(owner)) {
      context_.fault(owner, machine_, what, "", found);
    } else if (!any_asked_.empty()) {
      context_.fault(any_asked_, machine_, what, "", found);
    }
  }

  std::string name_of_backside(uint32_t backside) const {
    for (const auto& device : space_.devices) {
      if (device.ifindex != backside) continue;
      return device.device.alias.empty() ? device.device.name : device.device.alias;
    }
    return fmt::format("device number {}", backside);
  }

  std::string where_it_leads(const EntryIndex::Key& wanted) const {
    for (const auto& [key, end] : held_.keys) {
      if (same(key, wanted)) return "leads to " + name_of_backside(end.backside);
    }
    for (const auto& [key, end] : held_.uppers) {
      if (same(key, wanted)) return "leads to " + name_of_backside(end.backside);
    }
    return "";
  }

  /// Entries of devices that are no planned link end's. Of a device that is gone they lead nowhere,
  /// but a device to come may get its number.
  void check_strangers() {
    if (any_asked_.empty()) return;
    const auto tell = [&](const char* map, uint32_t backside, const std::string& found) {
      if (backside == 0 || known_.contains(backside)) return;
      const bool is_there =
          std::any_of(space_.devices.begin(), space_.devices.end(),
                      [&](const auto& device) { return device.ifindex == backside; });
      context_.fault(
          any_asked_, machine_,
          fmt::format("{} entry of {}", map, is_there ? "a stranger" : "a device that is gone"), "",
          fmt::format("{}{}of {}", found, found.empty() ? "" : ", ", name_of_backside(backside)));
    };
    for (const auto& [backside, link] : held_.links) tell("vi_links", backside, text_of_way(link));
    for (const auto& [backside, stack] : held_.stacks) tell("vi_stacks", backside, "");
    for (const auto& [key, end] : held_.keys) tell("vi_keys", end.backside, text_of(key));
    for (const auto& [key, end] : held_.uppers) tell("vi_uppers", end.backside, text_of(key));
    for (const auto& [address, backside] : held_.own) tell("vi_own", backside, text_of(address));
    for (const uint32_t backside : held_.counted) tell("vi_counts", backside, "");
  }

  void check_config() {
    if (any_asked_.empty()) return;
    const auto config = context_.kernel.programs().read_config(machine_);
    if (!config) return;  // the filters are told as missing
    std::string planned;
    for (const slice::Slice& slice : context_.request.want) {
      if (slice.machine == machine_) planned = net::to_string(slice.base_address);
    }
    context_.compare(any_asked_, machine_, "vi_config: base address", planned,
                     net::to_string(from_be(config->base_addr_be)));
    if (config->probe_nonce != 0) {
      context_.note(any_asked_, machine_, "vi_config: probe", "none", "a packet is being traced");
    }
  }

  CheckContext& context_;
  const std::string& machine_;
  const ProgramsView& held_;
  const EntryIndex index_;
  const NamespaceView& space_;
  std::set<uint32_t> known_;  // backsides of planned link ends
  std::string any_asked_;     // an owner that was asked for, to tell what is nobody's
  std::optional<std::set<uint32_t>> shapes_;
};

}  // namespace

void check_maps(CheckContext& context, const std::string& machine) {
  static const ProgramsView kNothing;
  const auto held = context.view.programs.find(machine);
  MapCheck(context, machine, held == context.view.programs.end() ? kNothing : held->second).run();
}

}  // namespace vinet::machine
