#include "plan/route_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace vinet::plan {
namespace {

enum class Mark : uint8_t { kUnseen, kOpen, kArrives, kNowhere, kWrong };

class Walker {
 public:
  Walker(const std::vector<ForwardingNode>& nodes, const Forwarding& forwarding)
      : nodes_(nodes), forwarding_(forwarding), marks_(nodes.size()), shall_(nodes.size()) {}

  WalkReport run(uint64_t budget) {
    for (const ForwardingNode& node : nodes_) report_.addresses += node.destinations.size();
    for (const uint32_t owner : owners_within(budget)) {
      find_who_shall_arrive(owner);
      for (const net::IpAddress& address : nodes_[owner].destinations) walk_to(owner, address);
    }
    return std::move(report_);
  }

 private:
  /// Evenly from all nodes, so many that all of them can ask about all their addresses.
  std::vector<uint32_t> owners_within(uint64_t budget) const {
    const uint64_t questions = std::max<uint64_t>(1, report_.addresses * nodes_.size());
    const auto count = static_cast<uint64_t>(nodes_.size());
    const uint64_t most =
        questions <= budget ? count : std::max<uint64_t>(1, budget / (questions / count));
    std::vector<uint32_t> owners;
    for (uint64_t i = 0; i < std::min(most, count); ++i) {
      owners.push_back(static_cast<uint32_t>(i * count / std::min(most, count)));
    }
    return owners;
  }

  void find_who_shall_arrive(uint32_t owner) {
    std::fill(shall_.begin(), shall_.end(), false);
    shall_[owner] = true;
    std::vector<uint32_t> open{owner};
    while (!open.empty()) {
      const uint32_t node = open.back();
      open.pop_back();
      if (node != owner && !nodes_[node].transit) continue;
      for (const Adjacency& way : nodes_[node].adjacencies) {
        if (shall_[way.node]) continue;
        shall_[way.node] = true;
        open.push_back(way.node);
      }
    }
  }

  void walk_to(uint32_t owner, const net::IpAddress& address) {
    owner_ = owner;
    address_ = &address;
    number_ = number_of(address);
    std::fill(marks_.begin(), marks_.end(), Mark::kUnseen);
    marks_[owner] = Mark::kArrives;
    peers_.clear();
    for (const Adjacency& way : nodes_[owner].adjacencies) {
      if (way.own == address) peers_.push_back(way.node);
    }
    for (uint32_t node = 0; node < nodes_.size(); ++node) {
      if (marks_[node] == Mark::kUnseen) search_from(node);
      if (node != owner && shall_[node]) ++report_.ways;
    }
    ++report_.addresses_walked;
  }

  std::span<const uint32_t> next(uint32_t node) const {
    // The kernel's own route to the peer of a link wins over all of ours.
    if (std::find(peers_.begin(), peers_.end(), node) != peers_.end()) return {&owner_, 1};
    return forwarding_.next(node, number_);
  }

  struct Visit {
    uint32_t node;
    std::span<const uint32_t> hops;
    size_t done = 0;
  };

  void search_from(uint32_t start) {
    open_.assign(1, {start, next(start), 0});
    marks_[start] = Mark::kOpen;
    while (!open_.empty()) {
      Visit& visit = open_.back();
      if (visit.done < visit.hops.size()) {
        const uint32_t hop = visit.hops[visit.done++];
        if (marks_[hop] == Mark::kOpen) {
          add_loop(hop);
        } else if (marks_[hop] == Mark::kUnseen) {
          marks_[hop] = Mark::kOpen;
          open_.push_back({hop, next(hop), 0});
        }
        continue;
      }
      marks_[visit.node] = judge(visit);
      open_.pop_back();
    }
  }

  /// After all next hops have been searched; one that is still open has closed a loop.
  Mark judge(const Visit& visit) {
    if (visit.hops.empty()) {
      if (shall_[visit.node]) add(visit.node, "no route to", "");
      return Mark::kNowhere;
    }
    Mark mark = Mark::kArrives;
    for (const uint32_t hop : visit.hops) {
      if (hop != owner_ && !nodes_[hop].transit) {
        add(visit.node, "the route to", fmt::format("leads through host {}", *nodes_[hop].name));
        mark = Mark::kWrong;
      } else if (marks_[hop] == Mark::kOpen) {
        mark = Mark::kWrong;
      } else if (marks_[hop] != Mark::kArrives && mark == Mark::kArrives) {
        mark = marks_[hop];
        if (mark == Mark::kNowhere && shall_[visit.node] && !shall_[hop]) {
          add(visit.node, "the route to",
              fmt::format("leads to {}, from where there is no way", *nodes_[hop].name));
        }
      }
    }
    return mark;
  }

  void add_loop(uint32_t back_to) {
    const auto begin = std::find_if(open_.begin(), open_.end(),
                                    [&](const Visit& visit) { return visit.node == back_to; });
    std::string loop;
    for (auto it = begin; it != open_.end(); ++it) loop += *nodes_[it->node].name + " - ";
    add(open_.back().node, "the route to", "is a loop: " + loop + *nodes_[back_to].name);
  }

  void add(uint32_t node, const char* route, const std::string& why) {
    if (!told_.emplace(node, owner_).second) return;
    ++report_.fault_count;
    if (report_.faults.size() >= WalkReport::kMostFaults) return;
    report_.faults.push_back(
        {node, fmt::format("{} {} of {}{}{}", route, net::to_string(*address_),
                           *nodes_[owner_].name, why.empty() ? "" : " ", why)});
  }

  const std::vector<ForwardingNode>& nodes_;
  const Forwarding& forwarding_;
  WalkReport report_;
  std::vector<Mark> marks_;
  std::vector<bool> shall_;
  uint32_t owner_ = 0;
  const net::IpAddress* address_ = nullptr;
  AddressNumber number_;
  std::vector<uint32_t> peers_;  // of the owner, over a link that has the address there
  std::vector<Visit> open_;
  std::set<std::pair<uint32_t, uint32_t>> told_;  // node, owner
};

}  // namespace

WalkReport walk_routes(const std::vector<ForwardingNode>& nodes, const Forwarding& forwarding,
                       uint64_t budget) {
  return Walker(nodes, forwarding).run(budget);
}

WalkReport walk_alternates(const std::vector<ForwardingNode>& nodes, const Forwarding& forwarding,
                           uint64_t budget) {
  WalkReport report;
  const auto fail = [&](uint32_t node, const std::string& what) {
    if (++report.fault_count <= WalkReport::kMostFaults) report.faults.push_back({node, what});
  };
  std::vector<std::pair<AddressNumber, uint32_t>> owners;
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    for (const auto& address : nodes[i].destinations) owners.emplace_back(number_of(address), i);
  }
  std::sort(owners.begin(), owners.end());
  uint64_t questions = 0;
  for (uint32_t self = 0; self < nodes.size(); ++self) {
    std::vector<const net::Route*> routes;
    for (const net::Route& route : *nodes[self].routes) routes.push_back(&route);
    std::sort(routes.begin(), routes.end(), [](const net::Route* x, const net::Route* y) {
      return std::tie(x->destination, x->metric) < std::tie(y->destination, y->metric);
    });
    const net::Route* best = nullptr;
    for (const net::Route* const candidate : routes) {
      const net::Route& route = *candidate;
      const bool is_alternate = best != nullptr && best->destination == route.destination;
      if (!is_alternate) best = &route;
      if (!is_alternate || questions > budget) continue;
      const AddressNumber address = number_of(route.destination.network);
      const auto owner = std::lower_bound(owners.begin(), owners.end(), std::pair(address, 0U));
      const auto way =
          std::find_if(nodes[self].adjacencies.begin(), nodes[self].adjacencies.end(),
                       [&](const Adjacency& one) { return *one.device == route.device; });
      if (owner == owners.end() || owner->first != address ||
          way == nodes[self].adjacencies.end()) {
        continue;  // told as broken
      }
      ++report.ways;
      uint32_t at = way->node;
      for (size_t hops = 0; at != owner->second && at != self && hops <= nodes.size(); ++hops) {
        const auto next = forwarding.next(at, address);
        ++questions;
        if (next.empty()) break;
        at = next.front();
      }
      if (at == owner->second) continue;
      fail(self,
           fmt::format("the alternate route to {} over {} {}", net::to_string(route.destination),
                       route.device, at == self ? "comes back" : "does not arrive"));
    }
  }
  return report;
}

}  // namespace vinet::plan
