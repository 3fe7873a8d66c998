#include "machine/entry_index.h"

namespace vinet::machine {

EntryIndex::EntryIndex(const ProgramsView& held) : held_(held) {
  for (const auto& [key, end] : held.keys) keys_[end.backside].emplace_back(key, end);
  for (const auto& [key, end] : held.uppers) keys_[end.backside].emplace_back(key, end);
  for (const auto& [address, backside] : held.own) own_[backside].push_back(address);
}

const std::vector<std::pair<EntryIndex::Key, vi_end>>& EntryIndex::keys(uint32_t backside) const {
  static const std::vector<std::pair<Key, vi_end>> kNone;
  const auto found = keys_.find(backside);
  return found == keys_.end() ? kNone : found->second;
}

const std::vector<vi_address>& EntryIndex::own(uint32_t backside) const {
  static const std::vector<vi_address> kNone;
  const auto found = own_.find(backside);
  return found == own_.end() ? kNone : found->second;
}

std::optional<LinkEntries> EntryIndex::of(uint32_t backside) const {
  const auto link = held_.links.find(backside);
  if (link == held_.links.end() || !held_.counted.contains(backside)) return std::nullopt;
  if (keys(backside).size() != 1 || own(backside).size() != 1) return std::nullopt;
  LinkEntries entries;
  entries.link = link->second;
  if (const auto stack = held_.stacks.find(backside); stack != held_.stacks.end()) {
    entries.stack = stack->second;
  }
  std::tie(entries.key, entries.end) = keys(backside).front();
  entries.own = own(backside).front();
  if ((entries.link.flags & VI_LINK_CHECK_SOURCE) == 0) return entries;
  const auto first = held_.sources.lower_bound({entries.link.node, 0, 0});
  for (auto at = first; at != held_.sources.end() && at->node == entries.link.node; ++at) {
    entries.sources.push_back(*at);
  }
  return entries;
}

}  // namespace vinet::machine
