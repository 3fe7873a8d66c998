#include "member/fence.h"

#include <fmt/format.h>

namespace vinet::member {
namespace {

Error refused(std::string why) {
  return {Errc::kFailedPrecondition, std::move(why), 0};
}

}  // namespace

Status check_order(const Contents& contents, const fleet::Order& order,
                   const std::vector<std::string>& owners) {
  if (order.store.empty() || order.instance.empty()) {
    return Error{Errc::kInvalidArgument, "an order must name its store and its instance", 0};
  }
  const auto seen = contents.seen.find(order.store);
  if (seen != contents.seen.end() && order.term < seen->second.term) {
    return refused(fmt::format(
        "store {}: instance {} speaks in term {}, this machine has seen "
        "term {} (instance {})",
        order.store, order.instance, order.term, seen->second.term, seen->second.instance));
  }
  if (seen != contents.seen.end() && order.term == seen->second.term &&
      order.instance != seen->second.instance) {
    return refused(fmt::format("store {}: in term {} this machine obeys instance {}, not {}",
                               order.store, order.term, seen->second.instance, order.instance));
  }
  for (const std::string& owner : owners) {
    const auto newest = contents.newest.find({order.store, owner});
    if (newest == contents.newest.end() || order.generation >= newest->second) continue;
    return refused(fmt::format("{}: generation {} is older than {}, which this machine has seen",
                               owner, order.generation, newest->second));
  }
  return ok();
}

std::optional<std::pair<std::string, Seen>> news_of(const Contents& contents,
                                                    const fleet::Order& order) {
  const Seen now{order.term, order.instance};
  const auto seen = contents.seen.find(order.store);
  if (seen != contents.seen.end() && seen->second == now) return std::nullopt;
  return std::pair(order.store, now);
}

}  // namespace vinet::member
