#include "plan/node_addresses.h"

#include <algorithm>

#include "plan/pool.h"

namespace vinet::plan {

std::vector<net::IpAddress> end_addresses(const NodePlan& node) {
  std::vector<net::IpAddress> all{node.identity};
  if (node.identity6) all.emplace_back(*node.identity6);
  for (const Interface& interface : node.interfaces) {
    all.emplace_back(interface.address);
    if (interface.address6) all.emplace_back(*interface.address6);
  }
  return all;
}

std::vector<net::Ipv4> block_addresses(const InternetPlan& internet, const NodePlan& node) {
  std::vector<net::Ipv4> own;
  for (const net::IpAddress& address : end_addresses(node)) {
    const auto* v4 = std::get_if<net::Ipv4>(&address);
    const auto* v6 = std::get_if<net::Ipv6>(&address);
    if (v4 != nullptr && net::contains(node.block, *v4)) own.push_back(*v4);
    if (v6 == nullptr || !internet.pool6) continue;
    if (const auto mirrored = unmirror(*internet.pool6, node.block, *v6)) own.push_back(*mirrored);
  }
  std::sort(own.begin(), own.end());
  own.erase(std::unique(own.begin(), own.end()), own.end());
  return own;
}

}  // namespace vinet::plan
