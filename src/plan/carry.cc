#include "plan/carry.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "plan/lay_out.h"
#include "plan/mtu.h"
#include "plan/node_addresses.h"
#include "plan/stack.h"

namespace vinet::plan {
namespace {

constexpr size_t kMostTold = 3;  // an internet of many nodes has as many reasons

class Carry {
 public:
  Carry(const InternetPlan& lower, Grounds& grounds, InternetPlan& upper)
      : lower_(lower), grounds_(grounds), upper_(upper) {}

  std::vector<std::string> run(const InternetPlan& lower_before) {
    find_machines(lower_before);
    if (reasons_.empty()) check_addresses();
    if (reasons_.empty()) check_mtus();
    if (more_ > 0) reasons_.push_back(fmt::format("{} more", more_));
    return std::move(reasons_);
  }

 private:
  template <typename... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) {
    if (reasons_.size() == kMostTold) {
      ++more_;
    } else {
      reasons_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
  }

  void find_machines(const InternetPlan& lower_before) {
    std::map<std::string, uint32_t> numbers;
    for (uint32_t i = 0; i < lower_.nodes.size(); ++i) numbers.emplace(lower_.nodes[i].name, i);
    for (NodePlan& node : upper_.nodes) {
      const std::string& machine = lower_before.nodes[node.machine.index].name;
      const auto it = numbers.find(machine);
      if (it == numbers.end()) {
        tell("node '{}.{}' stands on '{}.{}', which is gone", upper_.name, node.name, lower_.name,
             machine);
      } else {
        node.machine.index = it->second;
      }
    }
  }

  void check_addresses() {
    for (const LinkPlan& link : upper_.links) {
      for (const LinkEndPlan* end : {&link.a, &link.b}) {
        const NodePlan& below = lower_.nodes[upper_.nodes[end->node.index].machine.index];
        const std::vector<net::Ipv4> own = block_addresses(lower_, below);
        if (!net::contains(below.block, end->link_address)) {
          tell("link address {} of '{}.{}' is not in block {} of '{}.{}'",
               net::to_string(end->link_address), upper_.name, link.name,
               net::to_string(below.block), lower_.name, below.name);
        } else if (std::binary_search(own.begin(), own.end(), end->link_address)) {
          tell("link address {} of '{}.{}' is an address of '{}.{}' now",
               net::to_string(end->link_address), upper_.name, link.name, lower_.name, below.name);
        }
      }
    }
  }

  void check_mtus() {
    PathMtus path_mtus(grounds_.base(lower_.name), grounds_.paths(lower_.name));
    for (const LinkPlan& link : upper_.links) {
      const NodePlan &a = upper_.nodes[link.a.node.index], &b = upper_.nodes[link.b.node.index];
      const auto path = path_mtus.between(a.machine.index, b.machine.index);
      if (!path) {
        tell("link '{}.{}' has no path on '{}' any more", upper_.name, link.name, lower_.name);
      } else if (link.mtu_bytes + kHeaderBytes > path->mtu_bytes) {
        tell("link '{}.{}' has an mtu of {}, and its path on '{}' carries {} - {} = {}",
             upper_.name, link.name, link.mtu_bytes, lower_.name, path->mtu_bytes, kHeaderBytes,
             static_cast<int64_t>(path->mtu_bytes) - kHeaderBytes);
      }
    }
  }

  const InternetPlan& lower_;
  Grounds& grounds_;
  InternetPlan& upper_;
  std::vector<std::string> reasons_;
  size_t more_ = 0;
};

}  // namespace

std::vector<std::string> carry_along(const InternetPlan& lower_before, const Plan& plan,
                                     Grounds& grounds, InternetPlan& upper) {
  const InternetPlan& lower = *lower_of(plan, upper);
  std::vector<std::string> reasons = Carry(lower, grounds, upper).run(lower_before);
  if (!reasons.empty()) return reasons;
  set_base_addresses(grounds.base(lower.name), upper);
  decide_flattened(plan, upper);
  return reasons;
}

}  // namespace vinet::plan
