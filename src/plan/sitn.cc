#include "plan/sitn.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "plan/node_addresses.h"

namespace vinet::plan {
namespace {

using Clash = std::optional<std::string>;

/// Whose an address is, named only where it is told.
struct Owner {
  const char* kind;
  const std::string* scope;  // internet or base
  const std::string* name;
};

std::string to_string(const Owner& owner) {
  return fmt::format("{} '{}.{}'", owner.kind, *owner.scope, *owner.name);
}

/// A prefix and whose it is.
struct Claim {
  net::IpPrefix prefix;
  Owner owner;
};

/// Two claims that overlap. Sorted by network and length, an overlap shows between a prefix and the
/// last one before it that reaches furthest: prefixes nest or are apart.
Clash find_overlap(std::vector<Claim> claims) {
  std::sort(claims.begin(), claims.end(),
            [](const Claim& x, const Claim& y) { return x.prefix < y.prefix; });
  for (size_t i = 1; i < claims.size(); ++i) {
    const Claim &x = claims[i - 1], &y = claims[i];
    if (!net::overlaps(x.prefix, y.prefix)) continue;
    return fmt::format("{} of {} and {} of {}", net::to_string(x.prefix), to_string(x.owner),
                       net::to_string(y.prefix), to_string(y.owner));
  }
  return std::nullopt;
}

/// All end addresses of an internet: blocks, and what lies outside of its node's block.
std::vector<Claim> end_claims(const InternetPlan& internet) {
  std::vector<Claim> claims;
  claims.reserve(2 * internet.nodes.size());
  for (const NodePlan& node : internet.nodes) {
    const Owner owner{"node", &internet.name, &node.name};
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
  std::vector<net::IpAddress> own;
  for (const NodePlan& node : internet.nodes) {
    own.assign(1, node.identity);
    if (node.identity6) own.emplace_back(*node.identity6);
    for (const Interface& interface : node.interfaces) {
      own.emplace_back(interface.address);
      if (interface.address6) own.emplace_back(*interface.address6);
    }
    std::sort(own.begin(), own.end());
    const auto twice = std::adjacent_find(own.begin(), own.end());
    if (twice == own.end()) continue;
    return fmt::format("{} on two interfaces of node '{}.{}'", net::to_string(*twice),
                       internet.name, node.name);
  }
  return std::nullopt;
}

Clash base_clash(const BasePlan& base) {
  std::vector<Claim> claims;
  for (const MachinePlan& machine : base.machines) {
    claims.push_back(
        {net::host_prefix(machine.base_address), {"machine", &base.name, &machine.name}});
  }
  for (const BaseLinkPlan& link : base.links) {
    const Owner owner{"base link", &base.name, &link.name};
    claims.push_back({net::host_prefix(link.a.address), owner});
    claims.push_back({net::host_prefix(link.b.address), owner});
  }
  return find_overlap(std::move(claims));
}

/// A link address on a machine.
struct LinkUse {
  uint32_t machine;
  net::Ipv4 address;
  uint32_t number;  // of the link, in the order of internets
  Owner owner;
};

/// The link addresses of the internets on one base.
Clash link_clash(const std::string& base, const std::vector<const InternetPlan*>& internets) {
  std::vector<LinkUse> uses;
  uint32_t number = 0;
  for (const InternetPlan* internet : internets) {
    if (internet->base != base) continue;
    uses.reserve(uses.size() + 4 * internet->links.size());
    for (const LinkPlan& link : internet->links) {
      const Owner owner{"link", &internet->name, &link.name};
      if (link.a.link_address == link.b.link_address)
        return fmt::format("both ends of {} have one address", to_string(owner));
      const uint32_t a = internet->nodes[link.a.node.index].machine.index;
      const uint32_t b = internet->nodes[link.b.node.index].machine.index;
      for (const net::Ipv4 address : {link.a.link_address, link.b.link_address}) {
        uses.push_back({a, address, number, owner});
        if (a != b) uses.push_back({b, address, number, owner});
      }
      ++number;
    }
  }
  const auto key = [](const LinkUse& use) {
    return std::tuple(use.machine, use.address.bits, use.number);
  };
  std::sort(uses.begin(), uses.end(),
            [&](const LinkUse& x, const LinkUse& y) { return key(x) < key(y); });
  const auto twice =
      std::adjacent_find(uses.begin(), uses.end(), [](const LinkUse& x, const LinkUse& y) {
        return x.machine == y.machine && x.address == y.address && x.number != y.number;
      });
  if (twice == uses.end()) return std::nullopt;
  return fmt::format("link address {} of {} and of {} on one machine of '{}'",
                     net::to_string(twice->address), to_string(twice->owner),
                     to_string((twice + 1)->owner), base);
}

Clash link_clash(const std::vector<const InternetPlan*>& internets) {
  std::set<std::string> bases;
  for (const InternetPlan* internet : internets) bases.insert(internet->base);
  for (const std::string& base : bases) {
    if (auto clash = link_clash(base, internets)) return clash;
  }
  return std::nullopt;
}

using ByName = std::map<std::string, const InternetPlan*>;

/// Above the first layer a link address must be one that lower's routes lead to the node, and none
/// of the node's own.
Clash upper_clash(const InternetPlan& upper, const InternetPlan& lower) {
  for (const LinkPlan& link : upper.links) {
    for (const LinkEndPlan* end : {&link.a, &link.b}) {
      const NodePlan& below = lower.nodes[upper.nodes[end->node.index].machine.index];
      const std::string address =
          fmt::format("link address {} of link '{}.{}'", net::to_string(end->link_address),
                      upper.name, link.name);
      if (!net::contains(below.block, end->link_address)) {
        return fmt::format("{} outside of block {} of node '{}.{}'", address,
                           net::to_string(below.block), lower.name, below.name);
      }
      const std::vector<net::Ipv4> own = block_addresses(lower, below);
      if (std::binary_search(own.begin(), own.end(), end->link_address)) {
        return fmt::format("{} and an end address of node '{}.{}'", address, lower.name,
                           below.name);
      }
    }
  }
  return std::nullopt;
}

/// The bottom machines of all nodes, as the base under all layers counts them.
std::pair<std::string, std::set<uint32_t>> bottom_machines(const InternetPlan& internet,
                                                           const ByName& by_name) {
  const InternetPlan* at = &internet;
  std::set<uint32_t> machines;
  for (const NodePlan& node : internet.nodes) machines.insert(node.machine.index);
  for (size_t layers = 0; layers <= by_name.size(); ++layers) {
    const auto lower = by_name.find(at->base);
    if (lower == by_name.end()) break;
    at = lower->second;
    std::set<uint32_t> below;
    for (const uint32_t machine : machines) below.insert(at->nodes[machine].machine.index);
    machines = std::move(below);
  }
  return {at->base, std::move(machines)};
}

bool share_a_machine(const InternetPlan& x, const InternetPlan& y, const ByName& by_name) {
  const auto [x_base, xs] = bottom_machines(x, by_name);
  const auto [y_base, ys] = bottom_machines(y, by_name);
  return x_base == y_base && std::any_of(ys.begin(), ys.end(), [&xs = xs](uint32_t machine) {
           return xs.contains(machine);
         });
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
  ByName by_name;
  for (const InternetPlan* internet : internets) by_name.emplace(internet->name, internet);
  if (auto clash = link_clash(internets)) {
    return SitnClash{plan.internets.empty() ? "" : plan.internets.back().name, *clash};
  }
  for (size_t i = 0; i < plan.internets.size(); ++i) {
    const std::string& name = internets[i]->name;
    if (auto clash = repeated_in_node(*internets[i])) return SitnClash{name, *clash};
    if (auto clash = find_overlap(end_claims(*internets[i]))) return SitnClash{name, *clash};
    if (const auto lower = by_name.find(internets[i]->base); lower != by_name.end()) {
      if (auto clash = upper_clash(*internets[i], *lower->second)) return SitnClash{name, *clash};
    }
    for (size_t k = 0; k < internets.size(); ++k) {
      if (k == i || !(internets[i]->sitn_strict || internets[k]->sitn_strict)) continue;
      if (!share_a_machine(*internets[i], *internets[k], by_name)) continue;
      std::vector<Claim> both = end_claims(*internets[i]);
      std::vector<Claim> theirs = end_claims(*internets[k]);
      both.insert(both.end(), theirs.begin(), theirs.end());
      if (auto clash = find_overlap(std::move(both))) return SitnClash{name, *clash};
    }
  }
  return std::nullopt;
}

}  // namespace vinet::plan
