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

std::string name_of(uint64_t node, const NodeNames& names) {
  if (node == 0) return "no node";
  const auto name = names.find(node);
  return name == names.end() ? fmt::format("an unknown node, {:#x}", node) : name->second;
}

std::string text_of(const vi_upper& key, const NodeNames& names) {
  return fmt::format("link {} -> {} on {}", net::to_string(from_be(key.src_be)),
                     net::to_string(from_be(key.dst_be)), name_of(key.node, names));
}

std::string text_of(const std::variant<vi_key, vi_upper>& key, const NodeNames& names) {
  const auto* upper = std::get_if<vi_upper>(&key);
  return upper != nullptr ? text_of(*upper, names) : text_of(std::get<vi_key>(key));
}

std::string text_of(const vi_address& address, const NodeNames& names) {
  return net::to_string(from_be(address.addr_be)) +
         (address.node == 0 ? "" : " on " + name_of(address.node, names));
}

/// How a link sends, as far as the entry says it: the headers, outermost first.
std::string text_of_way(const LinkEntries& entries, const NodeNames& names) {
  const vi_link& link = entries.link;
  if ((link.flags & VI_LINK_NO_ROUTE) != 0) return "no way";
  const slice::LinkEnd end = decode("", entries, names);
  std::string text;
  if ((link.flags & VI_LINK_LOCAL) != 0) {
    const bool upper = (link.flags & VI_LINK_UPPER) != 0;
    text = "inside, " + (upper ? text_of(link.upper, names) : text_of(link.key));
  }
  constexpr size_t kMostShown = 4;  // and the innermost, which is the link's own
  const auto& headers = end.way.headers;
  for (size_t i = 0; i < headers.size(); ++i) {
    if (i >= kMostShown && i + 1 < headers.size()) {
      if (i == kMostShown) text += fmt::format(" | {} more", headers.size() - kMostShown - 1);
      continue;
    }
    text += fmt::format("{}{} -> {}", text.empty() ? "" : " | ", net::to_string(headers[i].source),
                        net::to_string(headers[i].destination));
  }
  return text;
}

std::string text_of_sources(const vi_link& link) {
  if ((link.flags & VI_LINK_CHECK_SOURCE) == 0) return "any";
  return fmt::format("{} mask {}", net::to_string(from_be(link.source_be)),
                     net::to_string(from_be(link.source_mask_be)));
}

std::string text_of(const vi_end& end, const NodeNames& names) {
  return fmt::format("to {}, MAC {} neighbour {}", name_of(end.node, names),
                     net::to_string(mac_of(end.vl_mac)), net::to_string(mac_of(end.neighbour_mac)));
}

/// The parts of an egress entry that differ.
struct Part {
  const char* name;
  std::string planned, found;
};

std::vector<Part> parts_of(const LinkEntries& wanted, const LinkEntries& held,
                           const NodeNames& names) {
  const vi_link &want = wanted.link, &have = held.link;
  std::vector<Part> parts;
  const auto add = [&](const char* name, const std::string& planned, const std::string& found) {
    if (planned != found) parts.push_back({name, planned, found});
  };
  const auto loss = [](const vi_link& link) { return fmt::format("{} of 2^32", link.loss_of_4g); };
  const auto rate = [](const vi_link& link) {
    return link.rate_bytes_per_s == 0 ? "none" : to_string(Rate{link.rate_bytes_per_s * 8});
  };
  const auto kind = [](const vi_link& link) {
    return fmt::format("{}{}{}{} headers", (link.flags & VI_LINK_LOCAL) != 0 ? "local, " : "",
                       (link.flags & VI_LINK_NO_IPV6) != 0 ? "no IPv6, " : "",
                       (link.flags & VI_LINK_VIA_LO) != 0 ? "through lo, " : "", link.header_count);
  };
  add("way", text_of_way(wanted, names), text_of_way(held, names));
  add("node that sends", name_of(want.node, names), name_of(have.node, names));
  add("sources let through", text_of_sources(want), text_of_sources(have));
  add("least MTU", std::to_string(want.floor_bytes), std::to_string(have.floor_bytes));
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
        space_(*context.space(machine)),
        names_(context.view.names) {}

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
      fault(owner, "vi_links" + of, text_of_way(expected, names_), "");
    } else {
      expected.link.mtu_bytes = link->second.mtu_bytes;  // compared with the devices' (check_mtus)
      if (!same(expected.link, link->second)) {
        LinkEntries held;
        held.link = link->second;
        if (const auto stack = held_.stacks.find(ifindex); stack != held_.stacks.end()) {
          held.stack = stack->second;
        }
        for (const Part& part : parts_of(expected, held, names_)) {
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
      if (!same(value, expected.end)) {
        fault(owner, map + of, text_of(expected.end, names_), text_of(value, names_));
      }
    }
    if (!has_key) {
      fault(owner, map + of, text_of(expected.key, names_), where_it_leads(expected.key));
    }
    count(owner);
    bool has_own = false;
    for (const vi_address& address : index_.own(ifindex)) {
      if (same(address, expected.own)) {
        has_own = true;
      } else {
        fault(owner, "vi_own" + of, "", text_of(address, names_) + " too");
      }
    }
    if (!has_own) {
      const auto other = held_.own.find(expected.own);
      fault(owner, "vi_own" + of, text_of(expected.own, names_),
            other == held_.own.end() ? "" : "leads to " + name_of_backside(other->second));
    }
    count(owner);
    if (!held_.counted.contains(ifindex)) fault(owner, "vi_counts" + of, "is there", "");
    if (end.rate_bps != 0 || end.loss_ppb != 0) check_shape(owner, of, ifindex);
    check_sources(owner, of, expected);
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

  /// Addresses outside its block that a node may send from.
  void check_sources(const std::string& owner, const std::string& of, const LinkEntries& expected) {
    for (const vi_address& source : expected.sources) {
      sources_.insert(source);
      count(owner);
      if (held_.sources.contains(source)) continue;
      fault(owner, "vi_sources" + of, text_of(source, names_), "");
    }
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
    const std::string found = fmt::format("{} leads there", text_of(key, names_));
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
    for (const auto& [backside, link] : held_.links) {
      LinkEntries entries;
      entries.link = link;
      tell("vi_links", backside, text_of_way(entries, names_));
    }
    for (const auto& [backside, stack] : held_.stacks) tell("vi_stacks", backside, "");
    for (const auto& [key, end] : held_.keys) tell("vi_keys", end.backside, text_of(key));
    for (const auto& [key, end] : held_.uppers) {
      tell("vi_uppers", end.backside, text_of(key, names_));
    }
    for (const auto& [address, backside] : held_.own) {
      tell("vi_own", backside, text_of(address, names_));
    }
    for (const vi_address& source : held_.sources) {
      if (sources_.contains(source)) continue;
      context_.fault(any_asked_, machine_, "vi_sources entry of a stranger", "",
                     "may send from " + text_of(source, names_));
    }
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
    const uint64_t node = space_.is_machine() ? 0 : node_number(machine_);
    context_.compare(any_asked_, machine_, "vi_config: node", name_of(node, names_),
                     name_of(config->node, names_));
    if (config->probe_nonce != 0) {
      context_.note(any_asked_, machine_, "vi_config: probe", "none", "a packet is being traced");
    }
  }

  CheckContext& context_;
  const std::string& machine_;
  const ProgramsView& held_;
  const EntryIndex index_;
  const NamespaceView& space_;
  const NodeNames& names_;
  std::set<uint32_t> known_;   // backsides of planned link ends
  std::string any_asked_;      // an owner that was asked for, to tell what is nobody's
  kernel::SourceSet sources_;  // planned
  std::optional<std::set<uint32_t>> shapes_;
};

}  // namespace

void check_maps(CheckContext& context, const std::string& machine) {
  static const ProgramsView kNothing;
  const auto held = context.view.programs.find(machine);
  MapCheck(context, machine, held == context.view.programs.end() ? kNothing : held->second).run();
}

}  // namespace vinet::machine
