#include "control/holdings.h"

#include <algorithm>

#include "slice/lower.h"
#include "slice/marks.h"

namespace vinet::control {
namespace {

using fleet::Holding;
using fleet::Place;
using fleet::Share;

const Holding* find(const std::vector<Holding>& holdings, const std::string& owner) {
  const auto it = std::find_if(holdings.begin(), holdings.end(),
                               [&](const Holding& holding) { return holding.owner == owner; });
  return it == holdings.end() ? nullptr : &*it;
}

void add_base(const plan::BasePlan& base, const fleet::Directory& directory, Holdings& all) {
  for (slice::Slice& slice : slice::lower(base)) {
    const Place* place = directory.find(slice.machine);
    if (place == nullptr) continue;
    Holding holding;
    holding.owner = base.name;
    holding.namespaces = {slice.machine};
    holding.slices.push_back(std::move(slice));
    all[*place].push_back(std::move(holding));
  }
}

void add_internet(const InternetIntent& intent, std::vector<slice::Slice> slices,
                  const fleet::Directory& directory, const Clocks& now, Holdings& all) {
  const plan::InternetPlan& internet = intent.plan;
  if (!intent.tenant.empty()) give_nodes(slices, intent.tenant);
  std::map<Place, Holding> parts;
  for (slice::Slice& slice : slices) {
    if (const Place* place = directory.find(slice.machine)) {
      parts[*place].slices.push_back(std::move(slice));
    }
  }
  for (const plan::NodePlan& node : internet.nodes) {
    const std::string name = slice::namespace_name(internet.name, node.name);
    const Place* place = directory.find(name);
    if (place == nullptr) continue;
    Holding& holding = parts[*place];
    holding.namespaces.push_back(name);
    if (!node.run.empty()) holding.runs.emplace(name, node.run);
  }
  const std::string hosts_text = slice::hosts_text(internet);
  for (auto& [place, holding] : parts) {
    holding.owner = internet.name;
    holding.internet = true;
    holding.hosts_text = hosts_text;
    holding.tenant = intent.tenant;
    std::sort(holding.namespaces.begin(), holding.namespaces.end());
    if (intent.lease_end) {
      // Another computer's calendar says nothing here (fleet_leases.h).
      const bool ours = intent.lease_end->boot == now.boot;
      holding.lease_s = ours ? remaining_s(*intent.lease_end, now) : internet.lease_s;
    }
    all[place].push_back(std::move(holding));
  }
}

}  // namespace

const plan::BasePlan* fleet_under(const State& state, const std::string& name) {
  const std::vector<std::string> below = state.below(name);
  const std::string& lowest = below.empty() ? name : below.back();
  const auto internet = state.internets.find(lowest);
  const auto base =
      state.bases.find(internet == state.internets.end() ? name : internet->second.plan.base);
  return base == state.bases.end() || !base->second.plan.fleet ? nullptr : &base->second.plan;
}

bool has_fleet(const State& state) {
  return std::any_of(state.bases.begin(), state.bases.end(),
                     [](const auto& base) { return base.second.plan.fleet; });
}

Holdings holdings_of(const State& state, const Stacks& stacks, const Clocks& now) {
  Holdings all;
  if (!has_fleet(state)) return all;
  const fleet::Directory directory(stacks.world());
  for (const auto& [name, base] : state.bases) {
    if (base.plan.fleet) add_base(base.plan, directory, all);
  }
  for (const std::string& name : state.in_layers()) {
    if (fleet_under(state, name) == nullptr) continue;
    const InternetIntent& intent = state.internets.at(name);
    // Machines find out themselves what their base paths carry, and size the first layer by it.
    const bool first_layer = state.bases.contains(intent.plan.base);
    add_internet(intent,
                 first_layer ? slice::lower(intent.plan, stacks.world()) : stacks.slices_of(name),
                 directory, now, all);
  }
  return all;
}

std::vector<Share> shares_between(const Holdings& before, const Holdings& now) {
  // By daemon: a machine that has another name now is the same one.
  struct Both {
    Place place;
    const std::vector<Holding>*old = nullptr, *wanted = nullptr;
  };
  std::map<std::string, Both> daemons;
  for (const auto& [place, holdings] : before) {
    Both& both = daemons[place.daemon];
    both.place = place;
    both.old = &holdings;
  }
  for (const auto& [place, holdings] : now) {
    Both& both = daemons[place.daemon];
    both.place = place;
    both.wanted = &holdings;
  }
  const std::vector<Holding> nothing;
  std::vector<Share> shares;
  for (const auto& [daemon, both] : daemons) {
    const std::vector<Holding>& old = both.old == nullptr ? nothing : *both.old;
    const std::vector<Holding>& wanted = both.wanted == nullptr ? nothing : *both.wanted;
    Share share{both.place, {}, {}};
    for (const Holding& holding : wanted) {
      const Holding* was = find(old, holding.owner);
      if (was == nullptr || *was != holding) share.puts.push_back(holding);
    }
    for (auto holding = old.rbegin(); holding != old.rend(); ++holding) {
      if (find(wanted, holding->owner) == nullptr) share.removes.push_back(holding->owner);
    }
    if (!share.empty()) shares.push_back(std::move(share));
  }
  return shares;
}

Share share_towards(const Place& place, const std::vector<Holding>& want,
                    const fleet::MemberReport& report, const std::string& store) {
  Share share{place, {}, {}};
  std::map<std::string, const fleet::Held*> held;
  for (const fleet::Held& one : report.held) held.emplace(one.owner, &one);
  for (const Holding& holding : want) {
    const auto one = held.find(holding.owner);
    // A lease that was renewed while the machine was away; the clocks are read moments apart.
    constexpr uint64_t kSlackS = 5;
    const auto differs = [&](const std::optional<uint64_t>& theirs) {
      if (theirs.has_value() != holding.lease_s.has_value()) return true;
      return theirs &&
             std::max(*theirs, *holding.lease_s) - std::min(*theirs, *holding.lease_s) > kSlackS;
    };
    if (one == held.end() || one->second->digest != fleet::digest_of(holding) ||
        one->second->store != store || differs(one->second->lease_left_s)) {
      share.puts.push_back(holding);
    }
  }
  for (const fleet::Held& one : report.held) {
    if (one.store == store && find(want, one.owner) == nullptr) share.removes.push_back(one.owner);
  }
  return share;
}

}  // namespace vinet::control
