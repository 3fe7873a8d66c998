#include "plan/topology.h"

namespace vinet::plan {

Topology::Topology(const InternetPlan& plan, bool ipv6) : first_(plan.nodes.size() + 1, 0) {
  const auto counts = [&](const LinkPlan& link) {
    return (!ipv6 || link.ipv6) && link.a.node != link.b.node;
  };
  for (const LinkPlan& link : plan.links) {
    if (!counts(link)) continue;
    ++first_[link.a.node.index + 1];
    ++first_[link.b.node.index + 1];
  }
  for (size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  hops_.resize(first_.back());
  std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
  for (uint32_t i = 0; i < plan.links.size(); ++i) {
    const LinkPlan& link = plan.links[i];
    if (!counts(link)) continue;
    hops_[next[link.a.node.index]++] = {i, link.b.node.index};
    hops_[next[link.b.node.index]++] = {i, link.a.node.index};
  }
}

}  // namespace vinet::plan
