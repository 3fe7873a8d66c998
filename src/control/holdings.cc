#include "control/holdings.h"

#include <algorithm>

#include "slice/lower.h"
#include "slice/marks.h"

namespace vinet::control {
namespace {

using fleet::Holding;
using fleet::Place;
using fleet::Share;

const Holding* find(const std::vector<Wanted>& all, const std::string& owner) {
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const Wanted& one) { return one.holding.owner == owner; });
  return it == all.end() ? nullptr : &it->holding;
}

void add(const Place& place, Holding holding, Holdings& all) {
  std::string digest = fleet::digest_of(holding);
  all[place].push_back({std::move(holding), std::move(digest)});
}

void add_base(const plan::BasePlan& base, const fleet::Directory& directory, Holdings& all) {
  for (slice::Slice& slice : slice::lower(base)) {
    const Place* place = directory.find(slice.machine);
    if (place == nullptr) continue;
    Holding holding;
    holding.owner = base.name;
    holding.namespaces = {slice.machine};
    holding.slices.push_back(std::move(slice));
    add(*place, std::move(holding), all);
  }
}

void add_internet(const plan::InternetPlan& internet, const std::string& tenant,
                  std::vector<slice::Slice> slices, const fleet::Directory& directory,
                  Holdings& all) {
  give_nodes(slices, tenant);
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
    holding.tenant = tenant;
    std::sort(holding.namespaces.begin(), holding.namespaces.end());
    add(place, std::move(holding), all);
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

Holdings holdings_of(const Stacks& stacks) {
  const plan::Plan& world = stacks.world();
  const fleet::Directory directory(world);
  Holdings all;
  for (const plan::BasePlan& base : world.bases) {
    if (base.fleet) add_base(base, directory, all);
  }
  for (const plan::InternetPlan& internet : world.internets) {
    const bool on_fleet =
        !internet.nodes.empty() && directory.find(slice::namespace_name(
                                       internet.name, internet.nodes.front().name)) != nullptr;
    if (!on_fleet) continue;
    // Machines find out themselves what their base paths carry, and size the first layer by it.
    const bool first_layer = world.find_base(internet.base) != nullptr;
    add_internet(internet, stacks.tenant_of(internet.name),
                 first_layer ? slice::lower(internet, world) : stacks.slices_of(internet.name),
                 directory, all);
  }
  return all;
}

void put_leases(const State& state, const Clocks& now, Holdings& holdings) {
  for (auto& [place, all] : holdings) {
    for (auto& [holding, digest] : all) {
      const auto intent = state.internets.find(holding.owner);
      if (intent == state.internets.end() || !intent->second.lease_end) continue;
      // Another computer's calendar says nothing here (fleet_leases.h).
      const LeaseEnd& end = *intent->second.lease_end;
      holding.lease_s = end.boot == now.boot ? remaining_s(end, now) : intent->second.plan.lease_s;
    }
  }
}

std::vector<Share> shares_between(const Holdings& before, const Holdings& now) {
  // By daemon: a machine that has another name now is the same one.
  struct Both {
    Place place;
    const std::vector<Wanted>*old = nullptr, *wanted = nullptr;
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
  const std::vector<Wanted> nothing;
  std::vector<Share> shares;
  for (const auto& [daemon, both] : daemons) {
    const std::vector<Wanted>& old = both.old == nullptr ? nothing : *both.old;
    const std::vector<Wanted>& wanted = both.wanted == nullptr ? nothing : *both.wanted;
    Share share{both.place, {}, {}};
    for (const auto& [holding, digest] : wanted) {
      const Holding* was = find(old, holding.owner);
      if (was == nullptr || *was != holding) share.puts.push_back(holding);
    }
    for (auto one = old.rbegin(); one != old.rend(); ++one) {
      const std::string& owner = one->holding.owner;
      if (find(wanted, owner) == nullptr) share.removes.push_back(owner);
    }
    if (!share.empty()) shares.push_back(std::move(share));
  }
  return shares;
}

Share share_towards(const Place& place, const std::vector<Wanted>& want,
                    const fleet::MemberReport& report, const std::string& store) {
  Share share{place, {}, {}};
  std::map<std::string, const fleet::Held*> held;
  for (const fleet::Held& one : report.held) held.emplace(one.owner, &one);
  for (const auto& [holding, digest] : want) {
    const auto one = held.find(holding.owner);
    // A lease that was renewed while the machine was away; the clocks are read moments apart.
    constexpr uint64_t kSlackS = 5;
    const auto differs = [&, &holding = holding](const std::optional<uint64_t>& theirs) {
      if (theirs.has_value() != holding.lease_s.has_value()) return true;
      return theirs &&
             std::max(*theirs, *holding.lease_s) - std::min(*theirs, *holding.lease_s) > kSlackS;
    };
    if (one == held.end() || one->second->digest != digest || one->second->store != store ||
        differs(one->second->lease_left_s)) {
      share.puts.push_back(holding);
    }
  }
  for (const fleet::Held& one : report.held) {
    if (one.store == store && find(want, one.owner) == nullptr) share.removes.push_back(one.owner);
  }
  return share;
}

}  // namespace vinet::control
