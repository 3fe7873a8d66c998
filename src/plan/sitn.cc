#include "plan/sitn.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace vinet::plan {
namespace {

using Clash = std::optional<std::string>;

/// A prefix and whose it is.
struct Claim {
  net::IpPrefix prefix;
  std::string owner;
};

/// Two claims that overlap. Sorted by network and length, an overlap shows between a prefix and the
/// last one before it that reaches furthest: prefixes nest or are apart.
Clash find_overlap(std::vector<Claim> claims) {
  std::sort(claims.begin(), claims.end(),
            [](const Claim& x, const Claim& y) { return x.prefix < y.prefix; });
  for (size_t i = 1; i < claims.size(); ++i) {
    const Claim &x = claims[i - 1], &y = claims[i];
    if (!net::overlaps(x.prefix, y.prefix)) continue;
    return fmt::format("{} of {} and {} of {}", net::to_string(x.prefix), x.owner,
                       net::to_string(y.prefix), y.owner);
  }
  return std::nullopt;
}

/// All end addresses of an internet: blocks, and what lies outside of its node's block.
std::vector<Claim> end_claims(const InternetPlan& internet) {
  std::vector<Claim> claims;
  for (const NodePlan& node : internet.nodes) {
    const std::string owner = "node '" + internet.name + "." + node.name + "'";
    claims.push_back({node.block, owner});
    if (node.block6) claims.push_back({*node.block6, owner});
    const auto add = [&](const net::IpAddress& address) {
      if (net::contains(node.block, address) ||
          (node.block6 && net::contains(*node.block6, address)))
        return;
      claims.push_back({net::host_prefix(address), owner});
    };
    add(node.identity);
    if (node.identity6) add(*node.identity6);
    for (const Interface& interface : node.interfaces) {
      add(interface.address);
      if (interface.address6) add(*interface.address6);
    }
  }
  return claims;
}

/// The addresses that a node itself has, each once.
Clash repeated_in_node(const InternetPlan& internet) {
  for (const NodePlan& node : internet.nodes) {
    std::set<net::IpAddress> seen{node.identity};
    if (node.identity6) seen.insert(*node.identity6);
    for (const Interface& interface : node.interfaces) {
      const bool is_new = seen.insert(interface.address).second &&
                          (!interface.address6 || seen.insert(*interface.address6).second);
      if (is_new) continue;
      return fmt::format("{} on two interfaces of node '{}.{}'", net::to_string(interface.address),
                         internet.name, node.name);
    }
  }
  return std::nullopt;
}

Clash base_clash(const BasePlan& base) {
  std::vector<Claim> claims;
  for (const MachinePlan& machine : base.machines) {
    claims.push_back({net::host_prefix(machine.base_address),
                      "machine '" + base.name + "." + machine.name + "'"});
  }
  for (const BaseLinkPlan& link : base.links) {
    const std::string owner = "base link '" + base.name + "." + link.name + "'";
    claims.push_back({net::host_prefix(link.a.address), owner});
    claims.push_back({net::host_prefix(link.b.address), owner});
  }
  return find_overlap(std::move(claims));
}

Clash link_clash(const std::vector<const InternetPlan*>& internets) {
  using OnMachine = std::tuple<std::string, uint32_t, net::Ipv4>;  // base, machine, link address
  std::map<OnMachine, std::string> owners;
  for (const InternetPlan* internet : internets) {
    for (const LinkPlan& link : internet->links) {
      const std::string owner = "link '" + internet->name + "." + link.name + "'";
      std::set<OnMachine> own;
      for (const LinkEndPlan* end : {&link.a, &link.b}) {
        const uint32_t machine = internet->nodes[end->node.index].machine.index;
        own.emplace(internet->base, machine, link.a.link_address);
        own.emplace(internet->base, machine, link.b.link_address);
      }
      for (const OnMachine& key : own) {
        const auto [it, is_new] = owners.emplace(key, owner);
        if (is_new) continue;
        return fmt::format("link address {} of {} and of {} on one machine of base '{}'",
                           net::to_string(std::get<2>(key)), it->second, owner, internet->base);
      }
      if (link.a.link_address == link.b.link_address)
        return fmt::format("both ends of {} have one address", owner);
    }
  }
  return std::nullopt;
}

bool share_a_machine(const InternetPlan& x, const InternetPlan& y) {
  if (x.base != y.base) return false;
  std::set<MachineId> machines;
  for (const NodePlan& node : x.nodes) machines.insert(node.machine);
  return std::any_of(y.nodes.begin(), y.nodes.end(),
                     [&](const NodePlan& node) { return machines.contains(node.machine); });
}

}  // namespace

std::optional<SitnClash> check_sitn(const Plan& plan, const Plan& running) {
  for (const BasePlan& base : plan.bases) {
    if (auto clash = base_clash(base)) return SitnClash{"", *clash};
  }
  std::vector<const InternetPlan*> internets;
  for (const InternetPlan& internet : plan.internets) internets.push_back(&internet);
  for (const InternetPlan& internet : running.internets) {
    if (plan.find_internet(internet.name) == nullptr) internets.push_back(&internet);
  }
  if (auto clash = link_clash(internets)) {
    return SitnClash{plan.internets.empty() ? "" : plan.internets.back().name, *clash};
  }
  for (size_t i = 0; i < plan.internets.size(); ++i) {
    const std::string& name = internets[i]->name;
    if (auto clash = repeated_in_node(*internets[i])) return SitnClash{name, *clash};
    if (auto clash = find_overlap(end_claims(*internets[i]))) return SitnClash{name, *clash};
    for (size_t k = 0; k < internets.size(); ++k) {
      if (k == i || !(internets[i]->sitn_strict || internets[k]->sitn_strict)) continue;
      if (!share_a_machine(*internets[i], *internets[k])) continue;
      std::vector<Claim> both = end_claims(*internets[i]);
      std::vector<Claim> theirs = end_claims(*internets[k]);
      both.insert(both.end(), theirs.begin(), theirs.end());
      if (auto clash = find_overlap(std::move(both))) return SitnClash{name, *clash};
    }
  }
  return std::nullopt;
}

}  // namespace vinet::plan
