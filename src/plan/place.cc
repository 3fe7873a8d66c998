// Placement: balanced parts of a graph, near their neighbours.
//
// Problem:   N nodes on M machines such that loads differ by at most one and the links are short in
//            the base. The optimum is NP-hard (graph partitioning).
// Approach:  greedy graph growing (Karypis and Kumar 1998): machines in depth-first order of the
//            base, so that neighbours are filled one after the other; each takes nodes until its
//            quota is full, next always the one that gains most by being here instead of on an
//            average machine that still has room; among equals the one with the fewest neighbours
//            still to be placed, then the first in postorder of the graph: parts grow from the rim
//            and finish a subtree before they go on, which leaves few cut links.
// Invariant: a machine never gets more free nodes than its quota, and the quotas sum to the number
//            of free nodes.
#include "plan/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <queue>
#include <tuple>

#include "plan/fleet_rooms.h"

namespace vinet::plan {
namespace {

using Machine = uint32_t;
constexpr Machine kNowhere = ~Machine{0};
constexpr int64_t kFar = int64_t{1} << 32;  // stands for the distance to a machine without a path

class Placer {
 public:
  /// `rooms`: how many free nodes each machine may get; together no fewer than there are.
  Placer(const graph::Internet& internet, BasePaths& paths, std::vector<Machine> fixed,
         std::vector<size_t> rooms)
      : paths_(paths),
        machine_(std::move(fixed)),
        rooms_(std::move(rooms)),
        neighbours_(machine_.size()),
        free_neighbours_(machine_.size(), 0),
        version_(machine_.size(), 0),
        excess_(machine_.size(), 0),
        sum_(paths.size(), 0) {
    for (const graph::Link& link : internet.links) {
      neighbours_[link.a.node.index].push_back(link.b.node.index);
      neighbours_[link.b.node.index].push_back(link.a.node.index);
      if (machine_[link.a.node.index] == kNowhere) ++free_neighbours_[link.b.node.index];
      if (machine_[link.b.node.index] == kNowhere) ++free_neighbours_[link.a.node.index];
    }
    number_in_postorder();
  }

  std::vector<Machine> run() {
    const std::vector<size_t> quotas = level();
    // More than a lab can have: then only machines that get nodes are looked at.
    const bool many = paths_.size() > kMostAveraged;
    const auto counts = [&](Machine machine) {
      return quotas[machine] > 0 || (!many && rooms_[machine] > 0);
    };
    for (Machine machine = 0; machine < paths_.size(); ++machine) {
      if (counts(machine)) add(machine, 1);
    }
    for (const Machine machine : depth_first()) {
      if (!counts(machine)) continue;
      fill(machine, quotas[machine]);
      add(machine, -1);
    }
    return std::move(machine_);
  }

 private:
  static constexpr size_t kMostAveraged = 2000;

  /// Adds a machine to the open ones, or takes it away.
  void add(Machine machine, int64_t times) {
    open_machines_ += times;
    for (Machine from = 0; from < paths_.size(); ++from) {
      sum_[from] += times * far(from, machine);
    }
  }

  void number_in_postorder() {
    position_.assign(machine_.size(), 0);
    std::vector<bool> seen(machine_.size(), false);
    std::vector<size_t> next(machine_.size(), 0);  // neighbour to visit
    for (uint32_t root = 0; root < machine_.size(); ++root) {
      std::vector<uint32_t> path;
      if (!seen[root]) path.push_back(root);
      seen[root] = true;
      while (!path.empty()) {
        const uint32_t node = path.back();
        if (next[node] < neighbours_[node].size()) {
          const uint32_t neighbour = neighbours_[node][next[node]++];
          if (!seen[neighbour]) path.push_back(neighbour);
          seen[neighbour] = true;
          continue;
        }
        path.pop_back();
        position_[node] = static_cast<uint32_t>(postorder_.size());
        postorder_.push_back(node);
      }
    }
  }

  int64_t far(Machine from, Machine to) {
    const uint64_t distance = paths_.distance(from, to);
    return distance >= static_cast<uint64_t>(kFar) ? kFar : static_cast<int64_t>(distance);
  }

  /// How many free nodes each machine gets: always one more to the machine with the fewest nodes of
  /// those that have room.
  std::vector<size_t> level() const {
    std::vector<size_t> quotas(paths_.size(), 0), loads(paths_.size(), 0);
    size_t free_nodes = 0;
    for (const Machine machine : machine_) {
      if (machine == kNowhere) {
        ++free_nodes;
      } else {
        ++loads[machine];
      }
    }
    using Entry = std::pair<size_t, Machine>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> least;
    for (Machine m = 0; m < loads.size(); ++m) {
      if (rooms_[m] > 0) least.emplace(loads[m], m);
    }
    for (; free_nodes > 0 && !least.empty(); --free_nodes) {
      const auto [load, machine] = least.top();
      least.pop();
      if (++quotas[machine] < rooms_[machine]) least.emplace(load + 1, machine);
    }
    return quotas;
  }

  std::vector<Machine> depth_first() const {
    std::vector<Machine> order;
    std::vector<bool> seen(paths_.size(), false);
    for (Machine root = 0; root < paths_.size(); ++root) {
      std::vector<Machine> stack{root};
      while (!stack.empty()) {
        const Machine machine = stack.back();
        stack.pop_back();
        if (seen[machine]) continue;
        seen[machine] = true;
        order.push_back(machine);
        const auto& hops = paths_.hops(machine);
        for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) stack.push_back(hop->machine);
      }
    }
    return order;
  }

  // Smaller is better: (distance to the placed neighbours less that of an average open machine,
  // times their number; neighbours still free; postorder; version of the entry, older ones are
  // void).
  using Key = std::tuple<int64_t, uint32_t, uint32_t, uint32_t>;

  Key key(uint32_t node) const {
    return {excess_[node], free_neighbours_[node], position_[node], version_[node]};
  }

  void fill(Machine machine, size_t quota) {
    if (quota == 0) return;
    std::vector<Key> keys;
    for (uint32_t node = 0; node < machine_.size(); ++node) {
      if (machine_[node] != kNowhere) continue;
      excess_[node] = 0;
      for (const uint32_t neighbour : neighbours_[node]) {
        const Machine there = machine_[neighbour];
        if (there != kNowhere) excess_[node] += open_machines_ * far(there, machine) - sum_[there];
      }
      keys.push_back(key(node));
    }
    std::priority_queue<Key, std::vector<Key>, std::greater<>> best(std::greater<>{},
                                                                    std::move(keys));
    while (quota > 0) {
      const auto [excess, free_count, position, version] = best.top();
      const uint32_t node = postorder_[position];
      best.pop();
      if (machine_[node] != kNowhere || version != version_[node]) continue;
      machine_[node] = machine;
      --quota;
      for (const uint32_t neighbour : neighbours_[node]) {
        --free_neighbours_[neighbour];
        ++version_[neighbour];
        excess_[neighbour] -= sum_[machine];
        if (machine_[neighbour] == kNowhere) best.push(key(neighbour));
      }
    }
  }

  BasePaths& paths_;
  std::vector<Machine> machine_;  // of each node
  std::vector<size_t> rooms_;     // of each machine
  std::vector<std::vector<uint32_t>> neighbours_;
  std::vector<uint32_t> free_neighbours_;
  std::vector<uint32_t> version_;
  std::vector<uint32_t> postorder_, position_;  // nodes by position, positions by node
  std::vector<int64_t> excess_;  // of each free node, on the machine that is being filled
  int64_t open_machines_ = 0;
  std::vector<int64_t> sum_;  // of the distances from a machine to those open
};

}  // namespace

void place(const graph::Internet& internet, const BasePlan& base, BasePaths& paths,
           const Surroundings& surroundings, InternetPlan& plan, Diagnostics& diagnostics) {
  const InternetPlan* const previous = surroundings.previous;
  const bool on_base = surroundings.lower == nullptr;
  if (base.machines.empty()) {
    diagnostics.error(internet.on_span, on_base
                                            ? fmt::format("base '{}' has no machine", base.name)
                                            : fmt::format("internet '{}' has no node", base.name));
    return;
  }
  std::map<std::string, Machine> machines, before;
  std::vector<std::string> names;
  for (Machine m = 0; m < base.machines.size(); ++m) {
    machines.emplace(base.machines[m].name, m);
    names.push_back(base.machines[m].name);
  }
  if (previous != nullptr) {
    for (const NodePlan& node : previous->nodes) before.emplace(node.name, node.machine.index);
  }
  std::vector<Machine> fixed(internet.nodes.size(), kNowhere);
  bool unknown = false;
  for (size_t i = 0; i < internet.nodes.size(); ++i) {
    const graph::Node& node = internet.nodes[i];
    if (node.machine.empty()) {
      if (const auto it = before.find(node.name);
          it != before.end() && it->second < base.machines.size()) {
        fixed[i] = it->second;  // else its machine is gone
      }
    } else if (const auto it = machines.find(node.machine); it != machines.end()) {
      fixed[i] = it->second;
    } else {
      const std::string near = nearest(node.machine, names);
      diagnostics.error(node.at_span,
                        fmt::format("unknown {} '{}' in {} '{}'", on_base ? "machine" : "node",
                                    node.machine, on_base ? "base" : "internet", base.name),
                        near.empty() ? "" : "did you mean '" + near + "'?");
      unknown = true;
    }
  }
  if (unknown) return;
  std::vector<NewNode> new_nodes;
  for (uint32_t i = 0; i < fixed.size(); ++i) {
    const auto was = before.find(internet.nodes[i].name);
    if (fixed[i] == kNowhere || (was != before.end() && was->second == fixed[i])) continue;
    new_nodes.push_back({i, fixed[i]});
  }
  const auto free_nodes = static_cast<size_t>(std::count(fixed.begin(), fixed.end(), kNowhere));
  std::vector<size_t> rooms(base.machines.size(), fixed.size());
  if (base.fleet || !internet.where.empty()) {
    const size_t errors = diagnostics.error_count();
    const std::map<std::string, MachineFacts> nothing;
    rooms = rooms_of(internet, base, surroundings.facts ? *surroundings.facts : nothing, new_nodes,
                     free_nodes, diagnostics);
    if (diagnostics.error_count() > errors) return;
  }
  std::vector<Machine> placed = std::move(fixed);
  if (free_nodes > 0) {
    placed = Placer(internet, paths, std::move(placed), std::move(rooms)).run();
  }
  for (size_t i = 0; i < placed.size(); ++i) plan.nodes[i].machine = MachineId{placed[i]};
}

}  // namespace vinet::plan
