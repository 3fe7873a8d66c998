#include "machine/canary_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "machine/canary_upper.h"

namespace vinet::machine {
namespace {

constexpr size_t kMostLinkEnds = 4'000;  // of own links tried
constexpr size_t kMostForged = 16;       // link ends of an internet whose key is forged
constexpr size_t kMostPackets = 16'000;  // between internets
constexpr size_t kMostNodes = 8;         // of an internet that send, and that are sent to
constexpr size_t kMostPairs = 500;       // of internets
constexpr size_t kPacketsEach = 32;      // from a node to a node of another internet, about
// Addresses that no machine and no link has (RFC 5737).
constexpr net::Ipv4 kNobodyOne{0xc6336401};  // 198.51.100.1
constexpr net::Ipv4 kNobodyTwo{0xcb007101};  // 203.0.113.1

using Key = std::tuple<net::Ipv4, net::Ipv4, net::Ipv4, net::Ipv4>;

/// `most` of `count` numbers, evenly.
std::vector<size_t> evenly(size_t count, size_t most) {
  std::vector<size_t> chosen;
  const size_t take = std::min(count, most);
  for (size_t i = 0; i < take; ++i) chosen.push_back(i * count / take);
  return chosen;
}

class Maker {
 public:
  Maker(const CanaryRequest& request, const CanaryStage& stage, const std::vector<bool>& listened)
      : stage_(stage), listened_(listened), asked_(request.owners.begin(), request.owners.end()) {
    for (size_t i = 0; i < stage.nodes.size(); ++i) {
      by_owner_[stage.nodes[i].owner].push_back(i);
      for (const CanaryInterface& interface : stage.nodes[i].interfaces) {
        const slice::LinkEnd& end = *interface.end;
        if (!end.on.empty()) continue;
        keys_.emplace(end.base_source, end.base_destination, end.link_source, end.link_destination);
      }
    }
    for (const std::string& owner : asked_) {
      if (by_owner_.contains(owner)) first_asked_ = first_asked_.empty() ? owner : first_asked_;
    }
  }

  CanaryTasks run() {
    add_own_links();
    add_listeners_of_machines();
    for (const auto& [owner, nodes] : by_owner_) {
      if (asked_.contains(owner)) add_forged(owner, nodes);
    }
    add_pairs();
    return std::move(out_);
  }

 private:
  const CanaryNode& node(size_t index) const { return stage_.nodes[index]; }

  void add_own_links() {
    std::vector<std::pair<size_t, size_t>> ends;  // all of asked internets
    std::vector<bool> reached(stage_.nodes.size(), false);
    for (size_t i = 0; i < stage_.nodes.size(); ++i) {
      for (size_t k = 0; k < node(i).interfaces.size(); ++k) {
        const CanaryInterface& interface = node(i).interfaces[k];
        if (!interface.has_peer || !listened_[i] || !listened_[interface.peer_node]) continue;
        // Of the others one link a node will do, which shows that its listener works.
        if (!asked_.contains(node(i).owner) && reached[interface.peer_node]) continue;
        reached[interface.peer_node] = true;
        ends.emplace_back(i, k);
      }
    }
    if (ends.size() > kMostLinkEnds) {
      out_.sampled.push_back(fmt::format("over {} of {} link ends", kMostLinkEnds, ends.size()));
    }
    for (const size_t chosen : evenly(ends.size(), kMostLinkEnds)) {
      const auto& [i, k] = ends[chosen];
      const CanaryInterface& interface = node(i).interfaces[k];
      for (const net::InterfaceAddress& address : interface.addresses) {
        if (!address.peer) continue;
        CanaryTask task = from_node(CanaryTry::kOwnLink, i, k);
        task.source = address.local;
        task.destination = *address.peer;
        task.to_node = interface.peer_node;
        task.to_interface = interface.peer_interface;
        task.owner = asked_.contains(node(i).owner) ? node(i).owner : first_asked_;
        task.what = fmt::format("over link {}.{} to {}", node(i).owner, interface.link,
                                net::to_string(task.destination));
        out_.tasks.push_back(std::move(task));
      }
    }
  }

  void add_listeners_of_machines() {
    for (const auto& [machine, address] : stage_.machines) {
      CanaryTask task;
      task.kind = CanaryTry::kOwnMachine;
      task.from_machine = machine;
      task.source = task.destination = address;
      task.owner = first_asked_;
      task.what = "to the machine itself";
      out_.tasks.push_back(std::move(task));
    }
  }

  CanaryTask from_node(CanaryTry kind, size_t index, size_t interface) const {
    CanaryTask task;
    task.kind = kind;
    task.from_node = index;
    task.from_interface = interface;
    task.owner = node(index).owner;
    return task;
  }

  /// Copies of what a link end pushes, made in its machine by somebody else.
  void add_forged(const std::string& owner, const std::vector<size_t>& nodes) {
    std::vector<std::pair<size_t, size_t>> ends;
    for (const size_t i : nodes) {
      for (size_t k = 0; k < node(i).interfaces.size(); ++k) {
        const CanaryInterface& interface = node(i).interfaces[k];
        if (interface.has_peer && !interface.end->local && listened_[interface.peer_node])
          ends.emplace_back(i, k);
      }
    }
    if (ends.size() > kMostForged) {
      out_.sampled.push_back(fmt::format("{}: keys of {} of {} link ends between machines forged",
                                         owner, kMostForged, ends.size()));
    }
    for (const size_t chosen : evenly(ends.size(), kMostForged)) {
      const auto& [i, k] = ends[chosen];
      if (node(i).interfaces[k].end->on.empty()) {
        forge(i, k);
      } else {
        forge_upper(stage_, listened_, i, k, out_);
      }
    }
  }

  void forge(size_t index, size_t number) {
    const CanaryInterface& from = node(index).interfaces[number];
    const CanaryNode& peer = node(from.peer_node);
    const slice::LinkEnd& end = *from.end;
    const Key exact{end.base_source, end.base_destination, end.link_source, end.link_destination};
    CanaryTask copy;
    copy.from_machine = node(index).machine;
    copy.owner = node(index).owner;
    copy.source = node(index).addresses.front();
    copy.destination = peer.addresses.front();
    copy.to_node = from.peer_node;
    copy.to_interface = from.peer_interface;
    const std::string of =
        fmt::format("key of link {}.{} to {}", node(index).owner, from.link, peer.netns);
    add_copy(copy, CanaryTry::kExactCopy, exact, "with the exact " + of, "", VI_DROP_NONE);
    copy.to_node.reset();
    const auto wrong = [&](const char* what, const Key& key, const std::string& counted_at,
                           vi_reason reason) {
      if (keys_.contains(key)) return;  // another link's own
      add_copy(copy, CanaryTry::kWrongKey, key, fmt::format("with {} wrong in the {}", what, of),
               counted_at, reason);
    };
    const auto& [base_from, base_to, link_from, link_to] = exact;
    wrong("the base source", {kNobodyOne, base_to, link_from, link_to}, peer.machine,
          VI_DROP_UNKNOWN_KEY);
    wrong("the link source", {base_from, base_to, kNobodyTwo, link_to}, peer.machine,
          VI_DROP_UNKNOWN_KEY);
    wrong("the link destination", {base_from, base_to, link_from, kNobodyTwo}, peer.machine,
          VI_DROP_NOT_OURS);
    for (const auto& [machine, address] : stage_.machines) {
      if (address == base_to || address == base_from) continue;
      wrong("the base destination", {base_from, address, link_from, link_to}, "", VI_DROP_NONE);
      wrong("the base source", {address, base_to, link_from, link_to}, "", VI_DROP_NONE);
      break;
    }
    // Addresses of another link of that machine, best of another internet.
    if (const slice::LinkEnd* other = other_end_on(peer.machine, peer.owner)) {
      wrong("the link destination", {base_from, base_to, link_from, other->link_source},
            peer.machine, VI_DROP_UNKNOWN_KEY);
      wrong("the link source", {base_from, base_to, other->link_destination, link_to}, peer.machine,
            VI_DROP_UNKNOWN_KEY);
    }
  }

  void add_copy(CanaryTask copy, CanaryTry kind, const Key& key, std::string what,
                std::string counted_at, vi_reason reason) {
    const auto& [base_from, base_to, link_from, link_to] = key;
    copy.kind = kind;
    copy.headers = {{base_from, base_to}, {link_from, link_to}};
    copy.what = std::move(what);
    copy.counted_at = std::move(counted_at);
    copy.reason = reason;
    out_.tasks.push_back(std::move(copy));
  }

  const slice::LinkEnd* other_end_on(const std::string& machine, const std::string& owner) const {
    const slice::LinkEnd* any = nullptr;
    for (const CanaryNode& one : stage_.nodes) {
      if (one.machine != machine) continue;
      for (const CanaryInterface& interface : one.interfaces) {
        if (!interface.end->on.empty()) continue;
        if (one.owner != owner) return interface.end;
        any = interface.end;
      }
    }
    return any;
  }

  void add_pairs() {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& [from, nodes] : by_owner_) {
      for (const auto& [to, others] : by_owner_) {
        if (from == to || !(asked_.contains(from) || asked_.contains(to))) continue;
        if (meet(nodes, others)) pairs.emplace_back(from, to);
      }
    }
    if (pairs.size() > kMostPairs) {
      out_.sampled.push_back(
          fmt::format("between {} of {} ordered pairs of internets", kMostPairs, pairs.size()));
    }
    const size_t tried = std::min(pairs.size(), kMostPairs);
    size_t nodes = kMostNodes;
    while (nodes > 1 && tried * nodes * nodes * kPacketsEach / 2 > kMostPackets) --nodes;
    for (const size_t chosen : evenly(pairs.size(), kMostPairs)) {
      add_pair(pairs[chosen].first, pairs[chosen].second, nodes);
    }
  }

  bool meet(const std::vector<size_t>& some, const std::vector<size_t>& others) const {
    std::set<std::string> machines;
    for (const size_t i : some) machines.insert(node(i).machine);
    return std::any_of(others.begin(), others.end(),
                       [&](size_t i) { return machines.contains(node(i).machine); });
  }

  void add_pair(const std::string& from, const std::string& to, size_t most) {
    std::vector<size_t> senders, targets;
    for (const size_t i : by_owner_[from]) {
      if (listened_[i] && !node(i).interfaces.empty()) senders.push_back(i);
    }
    for (const size_t i : by_owner_[to]) {
      if (listened_[i] && !node(i).interfaces.empty()) targets.push_back(i);
    }
    if (senders.size() > most || targets.size() > most) {
      out_.sampled.push_back(fmt::format("from {} of {} nodes of {} to {} of {} nodes of {}",
                                         std::min(most, senders.size()), senders.size(), from,
                                         std::min(most, targets.size()), targets.size(), to));
    }
    for (const size_t s : evenly(senders.size(), most)) {
      // To each target over another of its interfaces.
      size_t turn = 0;
      for (const size_t t : evenly(targets.size(), most)) {
        const size_t interface = turn++ % node(senders[s]).interfaces.size();
        add_strangers(senders[s], interface, targets[t]);
      }
    }
  }

  /// All that a node may send towards one of another internet.
  void add_strangers(size_t from, size_t interface, size_t to) {
    const CanaryNode &sender = node(from), &target = node(to);
    const std::string owner = asked_.contains(sender.owner) ? sender.owner : target.owner;
    const auto add = [&](CanaryTry kind, const net::IpAddress& destination,
                         std::vector<std::pair<net::Ipv4, net::Ipv4>> headers, std::string what) {
      const auto source = std::find_if(sender.addresses.begin(), sender.addresses.end(),
                                       [&](const net::IpAddress& one) {
                                         return net::is_ipv6(one) == net::is_ipv6(destination);
                                       });
      if (source == sender.addresses.end()) return;
      CanaryTask task = from_node(kind, from, interface);
      task.owner = owner;
      task.source = *source;
      task.destination = destination;
      task.headers = std::move(headers);
      task.what = std::move(what);
      out_.tasks.push_back(std::move(task));
    };
    for (const net::IpAddress& address : target.addresses) {
      add(CanaryTry::kForeignAddress, address, {},
          fmt::format("to end address {} of {}", net::to_string(address), target.netns));
    }
    const net::Ipv4 base = stage_.machines.at(target.machine);
    add(CanaryTry::kForeignLayers, base, {},
        fmt::format("to base address {} of {}", net::to_string(base), target.machine));
    const net::IpAddress& inside = target.addresses.front();
    for (size_t k = 0; k < std::min<size_t>(target.interfaces.size(), 2); ++k) {
      const slice::LinkEnd& end = *target.interfaces[k].end;
      add(CanaryTry::kForeignLayers, end.link_source, {},
          fmt::format("to link address {} of {}", net::to_string(end.link_source), target.netns));
      const auto key = std::pair(end.base_destination, end.base_source);
      const auto link = std::pair(end.link_destination, end.link_source);
      const std::string of =
          fmt::format("of link {}.{} at {}", target.owner, target.interfaces[k].link, target.netns);
      if (end.on.empty()) {
        add(CanaryTry::kForeignKey, inside, {key, link}, "in IP-in-IP with the key " + of);
      }
      // What stands on the sender's own internet it may reach, if it is a router there.
      const auto below = stage_.below.find(target.owner);
      if (below != stage_.below.end() && below->second.contains(sender.owner)) continue;
      add(CanaryTry::kForeignKey, inside, {link}, "in IP-in-IP with the link header " + of);
    }
  }

  const CanaryStage& stage_;
  const std::vector<bool>& listened_;
  const std::set<std::string> asked_;
  std::string first_asked_;
  std::map<std::string, std::vector<size_t>> by_owner_;
  std::set<Key> keys_;
  CanaryTasks out_;
};

}  // namespace

const char* name_of(CanaryTry kind) {
  switch (kind) {
    case CanaryTry::kOwnLink:
      return "over own links";
    case CanaryTry::kExactCopy:
      return "on the base, exact copies";
    case CanaryTry::kOwnMachine:
      return "of machines to themselves";
    case CanaryTry::kWrongKey:
      return "on the base, one field of the key wrong";
    case CanaryTry::kForeignAddress:
      return "to foreign end addresses";
    case CanaryTry::kForeignLayers:
      return "to foreign link and base addresses";
    case CanaryTry::kForeignKey:
      return "in IP-in-IP with foreign keys";
    case CanaryTry::kForgedBelow:
      return "from lower nodes, keys of upper links";
  }
  return "";
}

CanaryTasks make_tasks(const CanaryRequest& request, const CanaryStage& stage,
                       const std::vector<bool>& listened) {
  return Maker(request, stage, listened).run();
}

}  // namespace vinet::machine
