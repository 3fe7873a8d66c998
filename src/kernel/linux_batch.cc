#include "kernel/linux_batch.h"

#include "kernel/linux_links.h"

namespace vinet::kernel {

Result<int> DeviceNumbers::of(const std::string& name) {
  if (!space_) return space_.error();
  const auto found = known_.find(name);
  if (found != known_.end()) return found->second;
  ASSIGN_OR_RETURN(const LinkHandle link, find_link((*space_)->route, name));
  known_.emplace(name, link.ifindex);
  return link.ifindex;
}

void Batch::put(size_t i, Result<NetlinkMessage> message) {
  if (!message) {
    answers_[i] = std::move(message).error();
    return;
  }
  messages_.push_back(*std::move(message));
  numbers_.push_back(i);
}

std::vector<Status> Batch::send(const MaybeOpen& space) {
  if (!space) {
    for (const size_t number : numbers_) answers_[number] = space.error();
  } else {
    std::vector<Status> answered = (*space)->route.request_all(messages_);
    for (size_t i = 0; i < answered.size(); ++i) answers_[numbers_[i]] = std::move(answered[i]);
  }
  return std::move(answers_);
}

}  // namespace vinet::kernel
