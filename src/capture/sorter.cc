#include "capture/sorter.h"

#include <algorithm>

namespace vinet::capture {

void Sorter::add(const Headers& key, uint32_t interface) {
  by_key_.emplace(key, interface);
  by_key_.emplace(reversed(key), interface);
  most_headers_ = std::max(most_headers_, key.size());
}

void Sorter::add_under(const Header& key, std::vector<HeaderSet> under, uint32_t interface) {
  const size_t depth = under.size();
  most_headers_ = std::max(most_headers_, depth + 1);
  by_depth_[{depth, {key.destination, key.source}}].push_back({under, interface});
  by_depth_[{depth, key}].push_back({std::move(under), interface});
}

std::optional<uint32_t> Sorter::interface_of(std::string_view frame) {
  if (by_key_.empty() && by_depth_.empty()) return rest_;
  read_headers(frame, most_headers_, reading_);
  std::optional<uint32_t> found = reading_.later_fragment ? by_first_fragment() : claimed();
  const bool is_first = reading_.more_fragments && !reading_.later_fragment && !reading_.quoted;
  if (found && is_first) {
    if (fragmented_.size() == kMostFragmented) fragmented_.pop_front();
    fragmented_.push_back(
        {reading_.headers.front(), reading_.identification, reading_.protocol, *found});
  }
  return found ? found : rest_;
}

std::optional<uint32_t> Sorter::claimed_under() const {
  const Headers& headers = reading_.headers;
  for (size_t depth = headers.size(); depth-- > 0;) {
    const auto candidates = by_depth_.find({depth, headers[depth]});
    if (candidates == by_depth_.end()) continue;
    for (const Under& one : candidates->second) {
      size_t i = 0;
      while (i < depth && (one.headers[i] == nullptr || one.headers[i]->contains(headers[i]))) ++i;
      if (i == depth) return one.interface;
    }
  }
  return std::nullopt;
}

std::optional<uint32_t> Sorter::claimed() const {
  if (!by_depth_.empty()) {
    if (const auto found = claimed_under()) return found;
  }
  Headers headers = reading_.headers;
  for (; !headers.empty(); headers.pop_back()) {
    if (const auto at = by_key_.find(headers); at != by_key_.end()) return at->second;
  }
  return std::nullopt;
}

std::optional<uint32_t> Sorter::by_first_fragment() const {
  const auto at = std::find_if(fragmented_.rbegin(), fragmented_.rend(), [&](const auto& one) {
    return one.header == reading_.headers.front() && one.protocol == reading_.protocol &&
           one.identification == reading_.identification;
  });
  return at == fragmented_.rend() ? std::nullopt : std::optional(at->interface);
}

}  // namespace vinet::capture
