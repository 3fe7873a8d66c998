#include "machine/canary_upper.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace vinet::machine {
namespace {

using Headers = std::vector<std::pair<net::Ipv4, net::Ipv4>>;
// Addresses that no machine and no link has (RFC 5737).
constexpr net::Ipv4 kNobodyOne{0xc6336401};  // 198.51.100.1
constexpr net::Ipv4 kNobodyTwo{0xcb007101};  // 203.0.113.1

class Forger {
 public:
  Forger(const CanaryStage& stage, const std::vector<bool>& listened, size_t node, size_t interface,
         CanaryTasks& out)
      : stage_(stage),
        listened_(listened),
        node_(stage.nodes[node]),
        from_(node_.interfaces[interface]),
        peer_(stage.nodes[from_.peer_node]),
        end_(*from_.end),
        peer_end_(*peer_.interfaces[from_.peer_interface].end),
        own_(end_.link_source, end_.link_destination),
        of_(fmt::format("key of link {}.{} to {}", node_.owner, from_.link, peer_.netns)),
        out_(out) {}

  void run() {
    if (end_.on != node_.anchor) {
      from_anchor();
      from_node_below(end_.on, "the", own_, VI_DROP_SOURCE);
    } else {
      exact_from_node_below();
      const auto wrong = std::pair(kNobodyOne, own_.second);
      from_node_below(end_.on, "the source wrong in the", wrong, VI_DROP_SOURCE);
    }
    if (const CanaryNode* other = other_below()) {
      from_node_below(other->netns, "another node's", own_, VI_DROP_SOURCE);
    }
  }

 private:
  CanaryTask task(CanaryTry kind, Headers headers, std::string what) const {
    CanaryTask task;
    task.kind = kind;
    task.owner = node_.owner;
    task.source = node_.addresses.front();
    task.destination = peer_.addresses.front();
    task.headers = std::move(headers);
    task.what = std::move(what);
    if (shall_arrive(kind)) {
      task.to_node = from_.peer_node;
      task.to_interface = from_.peer_interface;
    }
    return task;
  }

  void put(CanaryTask task, const std::string& counted_at, vi_reason reason) {
    task.counted_at = counted_at;
    task.reason = reason;
    out_.tasks.push_back(std::move(task));
  }

  /// All headers, as the anchor's program pushes them: in the bottom machine, or in a node on which
  /// something stands that is not flattened.
  void from_anchor() {
    const slice::Way& way = end_.way;
    const bool is_machine = stage_.machines.contains(node_.anchor);
    const auto anchor = index_of(node_.anchor);
    if (!way.open || way.inside || way.headers.size() < (is_machine ? 3 : 2)) return;
    // Which of several interfaces leads there only the node's routes know.
    if (!is_machine &&
        (!anchor || !listened_[*anchor] || stage_.nodes[*anchor].interfaces.size() != 1)) {
      return;
    }
    Headers exact;
    for (const slice::Header& header : way.headers) {
      exact.emplace_back(header.source, header.destination);
    }
    const auto copy = [&](CanaryTry kind, const Headers& headers, std::string what,
                          const std::string& counted_at, vi_reason reason) {
      CanaryTask one = task(kind, headers, std::move(what));
      if (is_machine) {
        one.from_machine = node_.machine;
      } else {
        one.from_node = anchor;
      }
      // From a node, routers below may have dropped it before it comes to be counted.
      put(std::move(one), is_machine ? counted_at : "", reason);
    };
    const auto wrong = [&](const char* what, const Headers& headers, const std::string& counted_at,
                           vi_reason reason) {
      copy(CanaryTry::kWrongKey, headers, fmt::format("with {} wrong in the {}", what, of_),
           counted_at, reason);
    };
    copy(CanaryTry::kExactCopy, exact, "with the exact " + of_, "", VI_DROP_NONE);
    Headers forged = exact;
    forged.back().first = kNobodyOne;
    wrong("the link source", forged, peer_.anchor, VI_DROP_UNKNOWN_KEY);
    forged = exact;
    forged.back().second = kNobodyTwo;
    wrong("the link destination", forged, "", VI_DROP_NONE);
    if (const slice::LinkEnd* other = other_on(peer_end_.on)) {
      forged = exact;
      forged.back().second = other->link_source;
      if (!is_key(peer_end_.on, forged.back())) {
        wrong("the link destination", forged, peer_.anchor, VI_DROP_UNKNOWN_KEY);
      }
    }
    // Layers mixed up: its own header in the first layer, the lower link's in its own.
    if (!is_machine) return;
    forged = {exact.front(), own_};
    wrong("the layer", forged, machine_of(exact.front().second), VI_DROP_NOT_OURS);
    forged = exact;
    forged.back() = exact[exact.size() - 2];
    wrong("the header of the layer", forged, "", VI_DROP_NONE);
    to_wrong_node(exact, wrong);
  }

  /// By a lower link to a host that is not the one on which the other end stands.
  template <typename Wrong>
  void to_wrong_node(const Headers& exact, Wrong wrong) {
    const CanaryNode* below = node_called(end_.on);
    if (below == nullptr || exact.size() != 3) return;
    for (const CanaryInterface& interface : below->interfaces) {
      const slice::LinkEnd& lower = *interface.end;
      if (!interface.has_peer || lower.way.inside || lower.way.headers.size() != 2) continue;
      const CanaryNode& far = stage_.nodes[interface.peer_node];
      if (far.netns == peer_end_.on || far.interfaces[interface.peer_interface].forwards) continue;
      Headers forged;
      for (const slice::Header& header : lower.way.headers) {
        forged.emplace_back(header.source, header.destination);
      }
      forged.push_back(own_);
      wrong("the lower node", forged, "", VI_DROP_NONE);
      return;
    }
  }

  /// By root in a lower node, which the link layer keeps from it where that is no router.
  void from_node_below(const std::string& netns, const char* what,
                       const std::pair<net::Ipv4, net::Ipv4>& header, vi_reason reason) {
    const auto index = index_of(netns);
    if (!index || !listened_[*index]) return;
    const CanaryNode& below = stage_.nodes[*index];
    if (below.interfaces.empty()) return;
    const slice::SourceCheck& check = below.interfaces.front().end->source_check;
    if (!check.on) return;
    CanaryTask one = task(CanaryTry::kForgedBelow, {header}, fmt::format("with {} {}", what, of_));
    one.from_node = *index;
    put(std::move(one), below.anchor, reason);
  }

  void exact_from_node_below() {
    const auto index = index_of(end_.on);
    // Which of several interfaces leads there only its routes know.
    if (!index || !listened_[*index] || stage_.nodes[*index].interfaces.size() != 1) return;
    CanaryTask one = task(CanaryTry::kExactCopy, {own_}, "with the exact " + of_);
    one.from_node = *index;
    put(std::move(one), "", VI_DROP_NONE);
  }

  /// Another node of the internet below, whose sources are looked at.
  const CanaryNode* other_below() const {
    const std::string lower = end_.on.substr(0, end_.on.find('.'));
    for (const CanaryNode& node : stage_.nodes) {
      if (node.owner == lower && node.netns != end_.on && !node.interfaces.empty() &&
          node.interfaces.front().end->source_check.on) {
        return &node;
      }
    }
    return nullptr;
  }

  const slice::LinkEnd* other_on(const std::string& on) const {
    for (const CanaryNode& node : stage_.nodes) {
      for (const CanaryInterface& interface : node.interfaces) {
        if (interface.end->on == on && interface.end != &peer_end_) return interface.end;
      }
    }
    return nullptr;
  }

  /// Does a link take packets with this header on that node?
  bool is_key(const std::string& on, const std::pair<net::Ipv4, net::Ipv4>& header) const {
    for (const CanaryNode& node : stage_.nodes) {
      for (const CanaryInterface& interface : node.interfaces) {
        const slice::LinkEnd& end = *interface.end;
        if (end.on == on && end.link_destination == header.first &&
            end.link_source == header.second) {
          return true;
        }
      }
    }
    return false;
  }

  std::string machine_of(net::Ipv4 base_address) const {
    for (const auto& [machine, address] : stage_.machines) {
      if (address == base_address) return machine;
    }
    return "";
  }

  std::optional<size_t> index_of(const std::string& netns) const {
    for (size_t i = 0; i < stage_.nodes.size(); ++i) {
      if (stage_.nodes[i].netns == netns) return i;
    }
    return std::nullopt;
  }
  const CanaryNode* node_called(const std::string& netns) const {
    const auto index = index_of(netns);
    return index ? &stage_.nodes[*index] : nullptr;
  }

  const CanaryStage& stage_;
  const std::vector<bool>& listened_;
  const CanaryNode& node_;
  const CanaryInterface& from_;
  const CanaryNode& peer_;
  const slice::LinkEnd &end_, &peer_end_;
  const std::pair<net::Ipv4, net::Ipv4> own_;
  const std::string of_;
  CanaryTasks& out_;
};

}  // namespace

void forge_upper(const CanaryStage& stage, const std::vector<bool>& listened, size_t node,
                 size_t interface, CanaryTasks& out) {
  Forger(stage, listened, node, interface, out).run();
}

}  // namespace vinet::machine
