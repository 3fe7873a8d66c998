#include "plan/hand_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace vinet::plan {
namespace {

/// Prefixes that no interface may have an address of (RFC 6890): this network, loopback, multicast
/// and class E; IPv6 unspecified and loopback, IPv4-mapped, link-local, multicast.
const std::vector<net::IpPrefix>& special() {
  static const std::vector<net::IpPrefix> prefixes = [] {
    std::vector<net::IpPrefix> all;
    for (const char* text : {"0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "::ffff:0:0/96",
                             "fe80::/10", "ff00::/8"}) {
      all.push_back(*net::parse_prefix(text));
    }
    return all;
  }();
  return prefixes;
}

void check_pool(const std::optional<net::IpPrefix>& pool, bool want_ipv6,
                const graph::Internet& internet, Diagnostics& diagnostics) {
  if (!pool) return;
  const char* const name = want_ipv6 ? "pool6" : "pool";
  if (net::is_ipv6(pool->network) != want_ipv6) {
    diagnostics.error(internet.span,
                      fmt::format("`{} = {}` is not an {} prefix", name, net::to_string(*pool),
                                  want_ipv6 ? "IPv6" : "IPv4"));
    return;
  }
  for (const net::IpPrefix& prefix : special()) {
    if (!net::overlaps(*pool, prefix)) continue;
    diagnostics.error(internet.span,
                      fmt::format("`{} = {}` overlaps {}, which nodes cannot use", name,
                                  net::to_string(*pool), net::to_string(prefix)));
    return;
  }
}

}  // namespace

std::vector<net::IpAddress> hand_set_addresses(const graph::Internet& internet,
                                               Diagnostics& diagnostics) {
  check_pool(internet.pool, false, internet, diagnostics);
  check_pool(internet.pool6, true, internet, diagnostics);
  if (internet.pool6 && !internet.ipv6) {
    diagnostics.error(internet.span,
                      fmt::format("internet '{}' has a `pool6` and `ipv6 = off`", internet.name));
  }
  std::vector<net::IpAddress> all;
  std::map<net::IpAddress, std::string> owners;
  const auto add = [&](const std::vector<net::IpAddress>& addresses, bool ipv6, Span span,
                       const std::string& owner) {
    for (const net::IpAddress& address : addresses) {
      const std::string text = net::to_string(address);
      const bool is_special =
          std::any_of(special().begin(), special().end(),
                      [&](const auto& prefix) { return net::contains(prefix, address); });
      if (is_special)
        diagnostics.error(span, fmt::format("{} of {} is not a unicast address", text, owner));
      if (net::is_ipv6(address) && !ipv6) {
        diagnostics.error(span,
                          fmt::format("{} has the IPv6 address {} and `ipv6 = off`", owner, text));
      }
      if (const auto [it, is_new] = owners.emplace(address, owner); !is_new) {
        diagnostics.error(span, fmt::format("address {} of {} is given twice", text, owner),
                          "it is also the address of " + it->second);
      }
      all.push_back(address);
    }
  };
  for (const graph::Node& node : internet.nodes) {
    add(node.addresses, internet.ipv6, node.span, "node '" + node.name + "'");
  }
  for (const graph::Link& link : internet.links) {
    for (const graph::LinkEnd* end : {&link.a, &link.b}) {
      add(end->addresses, link.ipv6.value_or(internet.ipv6), link.span,
          fmt::format("link '{}' at '{}'", link.name, internet.nodes[end->node.index].name));
    }
  }
  return all;
}

std::optional<net::Ipv4> hand_set_ipv4(const std::vector<net::IpAddress>& addresses) {
  for (const net::IpAddress& address : addresses) {
    if (const auto* v4 = std::get_if<net::Ipv4>(&address)) return *v4;
  }
  return std::nullopt;
}

std::optional<net::Ipv6> hand_set_ipv6(const std::vector<net::IpAddress>& addresses) {
  for (const net::IpAddress& address : addresses) {
    if (const auto* v6 = std::get_if<net::Ipv6>(&address)) return *v6;
  }
  return std::nullopt;
}

}  // namespace vinet::plan
