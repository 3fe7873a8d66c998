#include "plan/forwarding.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace vinet::plan {
namespace {

AddressNumber last_of(const net::IpPrefix& prefix) {
  AddressNumber number = number_of(prefix.network);
  const unsigned bits = net::is_ipv6(prefix.network) ? 128 : 32;
  const unsigned host_bits = bits - std::min<unsigned>(bits, prefix.length);
  constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();
  if (host_bits >= 64) {
    number.low = kAll;
    if (host_bits == 128) {
      number.high = kAll;
    } else {
      number.high |= (uint64_t{1} << (host_bits - 64)) - 1;
    }
  } else {
    number.low |= (uint64_t{1} << host_bits) - 1;
  }
  return number;
}

AddressNumber after(AddressNumber number) {
  if (++number.low == 0) ++number.high;
  return number;
}

}  // namespace

AddressNumber number_of(const net::IpAddress& address) {
  if (const auto* v4 = std::get_if<net::Ipv4>(&address)) return {0, v4->bits};
  AddressNumber number;
  const auto& bytes = std::get<net::Ipv6>(address).bytes;
  for (size_t i = 0; i < 8; ++i) {
    number.high = number.high << 8 | bytes[i];
    number.low = number.low << 8 | bytes[i + 8];
  }
  return number;
}

std::vector<ForwardingNode> forwarding_nodes(const InternetPlan& internet, bool ipv6) {
  std::vector<ForwardingNode> nodes(internet.nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const NodePlan& plan = internet.nodes[i];
    ForwardingNode& node = nodes[i];
    node.name = &plan.name;
    node.transit = plan.transit;
    node.routes = &plan.routes;
    if (!ipv6) {
      node.destinations.emplace_back(plan.identity);
    } else if (plan.identity6) {
      node.destinations.emplace_back(*plan.identity6);
    }
  }
  for (const LinkPlan& link : internet.links) {
    if (ipv6 && !link.ipv6) continue;
    for (const auto& [end, other] : {std::pair(&link.a, &link.b), std::pair(&link.b, &link.a)}) {
      const Interface& mine = internet.nodes[end->node.index].interfaces[end->interface];
      const Interface& theirs = internet.nodes[other->node.index].interfaces[other->interface];
      if (ipv6 && (!mine.address6 || !theirs.address6)) continue;
      ForwardingNode& node = nodes[end->node.index];
      const net::IpAddress own = ipv6 ? net::IpAddress(*mine.address6) : mine.address;
      const net::IpAddress far = ipv6 ? net::IpAddress(*theirs.address6) : theirs.address;
      node.destinations.push_back(own);
      node.adjacencies.push_back({&mine.device, own, far, other->node.index});
    }
  }
  return nodes;
}

std::vector<ForwardingNode> forwarding_nodes(const BasePlan& base) {
  std::vector<ForwardingNode> nodes(base.machines.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].name = &base.machines[i].name;
    nodes[i].destinations.emplace_back(base.machines[i].base_address);
    nodes[i].routes = &base.machines[i].routes;
  }
  for (const BaseLinkPlan& link : base.links) {
    for (const auto& [end, other] : {std::pair(&link.a, &link.b), std::pair(&link.b, &link.a)}) {
      nodes[end->machine.index].adjacencies.push_back(
          {&end->device, end->address, other->address, other->machine.index});
    }
  }
  return nodes;
}

Forwarding::Forwarding(const std::vector<ForwardingNode>& nodes, bool ipv6) {
  first_range_.reserve(nodes.size() + 1);
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    first_range_.push_back(ranges_.size());
    add_node(i, nodes[i], ipv6);
  }
  first_range_.push_back(ranges_.size());
}

Forwarding::Range Forwarding::resolve(uint32_t index, const ForwardingNode& node,
                                      const net::Route& route) {
  Range range{number_of(route.destination.network), static_cast<uint32_t>(hops_.size()), 0};
  if (route.type == net::RouteType::kUnreachable) return range;
  const auto add = [&](const std::optional<net::IpAddress>& via, const std::string& device) {
    const auto way = std::find_if(node.adjacencies.begin(), node.adjacencies.end(),
                                  [&](const Adjacency& one) { return *one.device == device; });
    if (way == node.adjacencies.end()) {
      broken_.push_back({index, &route, "there is no device " + device});
    } else if (!via || *via != way->far) {
      broken_.push_back(
          {index, &route, "the far end of " + device + " is " + net::to_string(way->far)});
    } else {
      hops_.push_back(way->node);
      ++range.count;
    }
  };
  add(route.via, route.device);
  for (const net::NextHop& other : route.others) add(other.via, other.device);
  return range;
}

void Forwarding::add_node(uint32_t index, const ForwardingNode& node, bool ipv6) {
  std::vector<const net::Route*> routes;
  for (const net::Route& route : *node.routes) {
    if (net::is_ipv6(route.destination.network) == ipv6) routes.push_back(&route);
  }
  std::sort(routes.begin(), routes.end(), [](const net::Route* x, const net::Route* y) {
    return std::tie(x->destination, x->metric) < std::tie(y->destination, y->metric);
  });
  struct Open {
    AddressNumber last;
    Range range;
  };
  std::vector<Open> open;
  const size_t first = ranges_.size();
  const auto put = [&](const AddressNumber& begin, Range range) {
    range.begin = begin;
    if (ranges_.size() > first && ranges_.back().begin == begin) ranges_.pop_back();
    ranges_.push_back(range);
  };
  const auto close_until = [&](const AddressNumber* begin) {
    while (!open.empty() && (begin == nullptr || open.back().last < *begin)) {
      const AddressNumber end = after(open.back().last);
      open.pop_back();
      // Past the last address of all there is nothing.
      if (end == AddressNumber{}) continue;
      put(end, open.empty() ? Range{} : open.back().range);
    }
  };
  put({}, {});
  const net::Route* previous = nullptr;
  for (const net::Route* route : routes) {
    ++routes_;
    const Range range = resolve(index, node, *route);
    // A higher metric is for when the lower one is gone.
    if (previous != nullptr && previous->destination == route->destination) continue;
    previous = route;
    close_until(&range.begin);
    put(range.begin, range);
    open.push_back({last_of(route->destination), range});
  }
  close_until(nullptr);
}

std::span<const uint32_t> Forwarding::next(uint32_t node, const AddressNumber& address) const {
  const auto begin = ranges_.begin() + static_cast<std::ptrdiff_t>(first_range_[node]);
  const auto end = ranges_.begin() + static_cast<std::ptrdiff_t>(first_range_[node + 1]);
  const auto behind = std::upper_bound(
      begin, end, address, [](const AddressNumber& x, const Range& y) { return x < y.begin; });
  const Range& range = *(behind - 1);  // the first begins at 0
  return {hops_.data() + range.first, range.count};
}

}  // namespace vinet::plan
