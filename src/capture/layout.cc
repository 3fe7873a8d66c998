#include "capture/layout.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "capture/address_names.h"
#include "slice/marks.h"

namespace vinet::capture {
namespace {

constexpr size_t kMostNamed = 20;  // links, in the comment of a base interface

/// What a link's packets carry, from its end a to its end b: on the first layer base and link
/// header, from the outermost on; above it the link's own, below any.
Headers key_of(const plan::LinkPlan& link, bool first_layer) {
  const Header own{link.a.link_address, link.b.link_address};
  return first_layer ? Headers{{link.a.base_address, link.b.base_address}, own} : Headers{own};
}

/// The packets with a key under so many headers, as libpcap puts it: each header of 20 bytes in the
/// one before.
std::string filter_of(const Headers& key, size_t under) {
  const auto one_way = [&](const Headers& headers) {
    std::string text;
    for (size_t i = 0; i < headers.size(); ++i) {
      const size_t at = 20 * (under + i);
      text += fmt::format("{}ip[{}:4] = {:#010x} and ip[{}:4] = {:#010x}", i == 0 ? "" : " and ",
                          at + 12, headers[i].source.bits, at + 16, headers[i].destination.bits);
    }
    return text;
  };
  // Right under the link's own header there may be IPv6.
  const bool outermost = under == 0 && key.size() == 1;
  return fmt::format("{} and (({}) or ({}))",
                     outermost ? "(ip proto 4 or ip proto 41)" : "ip proto 4", one_way(key),
                     one_way(reversed(key)));
}

std::string text_of(const Headers& key) {
  std::string text;
  for (const Header& header : key) {
    text += fmt::format("{}{} - {}", text.empty() ? "" : ", ", net::to_string(header.source),
                        net::to_string(header.destination));
  }
  return text;
}

class Maker {
 public:
  explicit Maker(const std::vector<const plan::InternetPlan*>& internets) : internets_(internets) {}

  void add_link(const Wish::Link& wish) {
    const plan::LinkPlan& link = wish.internet->links[wish.index];
    if (wish.at_a) add_end(wish, link.a);
    if (wish.at_b) add_end(wish, link.b);
    if (link.local) return;
    const Stack stack = stack_of(*wish.base, *wish.internet, internets_);
    for (const LayerEnd& end : lower_ways(stack, wish.index)) add_on_node(wish, stack, end);
    for (const BaseEnd& end : base_ways(stack, wish.index)) add_on_wire(wish, stack, end);
  }

  void add_base_interface(const Wish::BaseInterface& wish) {
    Tap& tap = tap_on(*wish.base, wish.end);
    Interface interface = base_interface(*wish.base, wish.end);
    interface.name = tap.netns + ":" + tap.device;
    interface.comment =
        fmt::format("base layer: everything on base interface {} of {}{}; {}", tap.device,
                    tap.netns, tap.claims.empty() ? "" : " that no other interface has",
                    who_is_on(*wish.base, end_of(*wish.base, wish.end).machine));
    tap.rest = put(std::move(interface));
  }

  Layout take() { return std::move(layout_); }

 private:
  static std::string name_of(const Wish::Link& wish) {
    return wish.internet->name + "." + wish.internet->links[wish.index].name;
  }
  std::string machine_of(const Wish::Link& wish, const plan::LinkEndPlan& end) const {
    const uint32_t machine = wish.internet->nodes[end.node.index].machine.index;
    const Stack stack = stack_of(*wish.base, *wish.internet, internets_);
    if (stack.top() == 1) {
      return slice::namespace_name(wish.base->name, wish.base->machines[machine].name);
    }
    const plan::InternetPlan& lower = stack.internet(stack.top() - 1);
    return slice::namespace_name(lower.name, lower.nodes[machine].name);
  }

  /// Of packets of the topmost layer where those of a layer are the outermost: what may be over
  /// their own header. `lowest`: 0 on the base, whose headers are not looked at.
  std::vector<HeaderSet> over(const Stack& stack, size_t lowest) {
    std::vector<HeaderSet> headers;
    for (size_t layer = lowest; layer < stack.top(); ++layer) {
      headers.push_back(layer == 0 ? nullptr : links_of(stack.internet(layer)));
    }
    return headers;
  }
  HeaderSet links_of(const plan::InternetPlan& internet) {
    HeaderSet& headers = links_[&internet];
    if (headers == nullptr) headers = headers_of_links(internet);
    return headers;
  }

  void add_end(const Wish::Link& wish, const plan::LinkEndPlan& end) {
    const plan::LinkPlan& link = wish.internet->links[wish.index];
    const plan::NodePlan& node = wish.internet->nodes[end.node.index];
    const plan::Interface& at = node.interfaces[end.interface];
    const std::string netns = slice::namespace_name(wish.internet->name, node.name);
    Interface interface;
    interface.name = name_of(wish) + " at " + node.name;
    interface.description = "end layer";
    interface.comment = fmt::format("end layer: packets of {} as node {} sees them, on {}{}",
                                    name_of(wish), netns, machine_of(wish, end),
                                    link.local ? "; both ends are there, so that nothing of this "
                                                 "link goes over a wire, and it has no base layer"
                                               : "");
    interface.speed_bps = link.rate_bps;
    interface.mac = at.mac;
    Tap& tap = tap_at(netns, at.device);
    tap.layer = static_cast<uint32_t>(stack_of(*wish.base, *wish.internet, internets_).top());
    tap.rest = put(std::move(interface));
  }

  /// In a node of an internet below, which forwards them, or sends them if nothing is flattened.
  void add_on_node(const Wish::Link& wish, const Stack& stack, const LayerEnd& end) {
    const plan::InternetPlan& lower = stack.internet(end.layer);
    const plan::LinkPlan& carrier = lower.links[end.link];
    const plan::LinkEndPlan& at = end.at_a ? carrier.a : carrier.b;
    const plan::NodePlan& node = lower.nodes[at.node.index];
    const plan::Interface& device = node.interfaces[at.interface];
    const Headers key = key_of(wish.internet->links[wish.index], false);
    std::vector<HeaderSet> under = over(stack, end.layer + 1);
    Tap& tap = tap_at(slice::namespace_name(lower.name, node.name), device.device);
    tap.layer = static_cast<uint32_t>(end.layer);
    Interface interface;
    interface.name = fmt::format("{} on {}:{}", name_of(wish), tap.netns, tap.device);
    interface.description = "layer of " + lower.name;
    interface.comment = fmt::format(
        "layer of {}: packets of {} (header {}, under {} others) as node {} of it sees them, on "
        "its link {}",
        lower.name, name_of(wish), text_of(key), under.size(), tap.netns, carrier.name);
    interface.speed_bps = carrier.rate_bps;
    interface.mac = device.mac;
    interface.filter = filter_of(key, under.size());
    tap.claims.push_back({key, put(std::move(interface)), std::move(under)});
  }

  void add_on_wire(const Wish::Link& wish, const Stack& stack, const BaseEnd& end) {
    const bool first_layer = stack.top() == 1;
    const Headers key = key_of(wish.internet->links[wish.index], first_layer);
    std::vector<HeaderSet> under = first_layer ? std::vector<HeaderSet>{} : over(stack, 0);
    Tap& tap = tap_on(*wish.base, end);
    Interface interface = base_interface(*wish.base, end);
    interface.name = fmt::format("{} on {}:{}", name_of(wish), tap.netns, tap.device);
    interface.comment = fmt::format(
        "base layer: packets of {} with all headers ({}{}) on base interface {} of {}, with their "
        "fragments and the ICMP errors that quote them",
        name_of(wish), text_of(key),
        first_layer ? "" : fmt::format(", under {} others", under.size()), tap.device, tap.netns);
    interface.filter = filter_of(key, under.size());
    tap.claims.push_back({key, put(std::move(interface)), std::move(under)});
  }

  /// What is the same whatever is captured there.
  static Interface base_interface(const plan::BasePlan& base, const BaseEnd& end) {
    Interface interface;
    interface.description = "base layer";
    interface.speed_bps = base.links[end.link].rate_bps;
    interface.mac = end_of(base, end).mac;
    return interface;
  }

  /// `nodes here: fig11 A, F (links A-B, E-F)`: internets with nodes on the machine.
  std::string who_is_on(const plan::BasePlan& base, plan::MachineId machine) const {
    std::string text;
    size_t named = 0, left_out = 0;
    for (const plan::InternetPlan* internet : internets_) {
      const Stack stack = stack_of(base, *internet, internets_);
      if (stack.internets.empty() || stack.internet(1).base != base.name) continue;
      std::string links;
      for (const plan::LinkPlan& link : internet->links) {
        const auto is_here = [&](const plan::LinkEndPlan& end) {
          return stack.bottom(stack.top(), end.node) == machine;
        };
        if (!is_here(link.a) && !is_here(link.b)) continue;
        if (++named > kMostNamed) {
          ++left_out;
        } else {
          links += fmt::format("{}{}.{}", links.empty() ? "" : ", ", internet->name, link.name);
        }
      }
      if (!links.empty()) text += (text.empty() ? "" : ", ") + links;
    }
    if (text.empty()) return "no link ends here";
    return "links that end here: " + text +
           (left_out == 0 ? "" : fmt::format(" and {} more", left_out));
  }

  Tap& tap_at(const std::string& netns, const std::string& device) {
    const auto [at, is_new] = taps_.try_emplace({netns, device}, layout_.taps.size());
    if (is_new) {
      Tap tap;
      tap.netns = netns;
      tap.device = device;
      layout_.taps.push_back(std::move(tap));
    }
    return layout_.taps[at->second];
  }
  Tap& tap_on(const plan::BasePlan& base, const BaseEnd& end) {
    const plan::BaseLinkEnd& at = end_of(base, end);
    return tap_at(slice::namespace_name(base.name, base.machines[at.machine.index].name),
                  at.device);
  }
  uint32_t put(Interface interface) {
    layout_.interfaces.push_back(std::move(interface));
    return static_cast<uint32_t>(layout_.interfaces.size() - 1);
  }

  const std::vector<const plan::InternetPlan*>& internets_;
  Layout layout_;
  std::map<std::pair<std::string, std::string>, size_t> taps_;
  std::map<const plan::InternetPlan*, HeaderSet> links_;
};

}  // namespace

namespace {

std::string subject_of(const Wish& wish) {
  std::set<std::string> internets, bases;
  for (const Wish::Link& link : wish.links) {
    internets.insert("internet " + link.internet->name + " on " + link.internet->base);
  }
  for (const Wish::BaseInterface& interface : wish.base_interfaces) {
    bases.insert("base " + interface.base->name);
  }
  internets.merge(bases);
  return fmt::format("{}", fmt::join(internets, ", "));
}

}  // namespace

Layout make_layout(const Wish& wish, const std::vector<const plan::InternetPlan*>& internets) {
  Maker maker(internets);
  AddressNames names;
  for (const Wish::Link& link : wish.links) {
    maker.add_link(link);
    names.add(*link.base);
    for (const plan::InternetPlan* layer :
         stack_of(*link.base, *link.internet, internets).internets) {
      names.add(*layer);
    }
  }
  for (const Wish::BaseInterface& interface : wish.base_interfaces) {
    maker.add_base_interface(interface);
    names.add(*interface.base);
    for (const plan::InternetPlan* internet : internets) {
      const Stack stack = stack_of(*interface.base, *internet, internets);
      if (stack.internet(1).base == interface.base->name) names.add(*internet);
    }
  }
  Layout layout = maker.take();
  layout.names = names.records();
  layout.subject = subject_of(wish);
  return layout;
}

}  // namespace vinet::capture
