#include "plan/block_allocator.h"

#include <algorithm>
#include <bit>

namespace vinet::plan {
namespace {

uint64_t begin_of(const net::IpPrefix& prefix) {
  return std::get_if<net::Ipv4>(&prefix.network)->bits;
}
uint64_t size_of(const net::IpPrefix& prefix) {
  return uint64_t{1} << (32 - prefix.length);
}

}  // namespace

uint64_t power_of_two(uint64_t n) {
  return std::bit_ceil(n);
}

BlockAllocator::BlockAllocator(const net::IpPrefix& pool)
    : begin_(begin_of(pool)), end_(begin_ + size_of(pool)) {
  lowest_.fill(begin_);
}

void BlockAllocator::block(const net::IpPrefix& prefix) {
  if (net::is_ipv6(prefix.network)) return;
  uint64_t begin = std::max(begin_of(prefix), begin_);
  uint64_t end = std::min(begin_of(prefix) + size_of(prefix), end_);
  if (begin >= end) return;
  taken_ += end - begin;
  auto it = intervals_.upper_bound(begin);
  if (it != intervals_.begin() && std::prev(it)->second >= begin) --it;
  while (it != intervals_.end() && it->first <= end) {  // swallow what it touches
    taken_ -= std::min(it->second, end) > std::max(it->first, begin)
                  ? std::min(it->second, end) - std::max(it->first, begin)
                  : 0;
    begin = std::min(begin, it->first);
    end = std::max(end, it->second);
    it = intervals_.erase(it);
  }
  intervals_.emplace(begin, end);
}

bool BlockAllocator::take(const net::IpPrefix& prefix) {
  if (net::is_ipv6(prefix.network)) return false;
  const uint64_t begin = begin_of(prefix), end = begin + size_of(prefix);
  if (begin < begin_ || end > end_) return false;
  const auto it = intervals_.lower_bound(end);  // the first that begins at or behind the end
  if (it != intervals_.begin() && std::prev(it)->second > begin) return false;
  block(prefix);
  return true;
}

std::optional<net::IpPrefix> BlockAllocator::allocate(uint64_t size) {
  const auto log = static_cast<size_t>(std::bit_width(size) - 1);
  if (log > 32) return std::nullopt;
  uint64_t& begin = lowest_[log];
  for (begin = (begin + size - 1) / size * size; begin + size <= end_;) {
    const auto it = intervals_.lower_bound(begin + size);
    if (it == intervals_.begin() || std::prev(it)->second <= begin) {
      const net::IpPrefix prefix{net::Ipv4{static_cast<uint32_t>(begin)},
                                 static_cast<uint8_t>(32 - log)};
      block(prefix);
      begin += size;
      return prefix;
    }
    begin = (std::prev(it)->second + size - 1) / size * size;
  }
  return std::nullopt;
}

}  // namespace vinet::plan
