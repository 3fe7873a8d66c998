// Packets of many taps in one order of time.
//
// Problem:   taps are read one after the other, so that what comes first from one may be younger
//            than what comes next from another.
// Approach:  packets wait in a heap until their source says that nothing older can come.
// Invariant: what has been released is in order, as far as the source was right. Equal times are in
//            order of rank, equal ranks in that of push().
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <tuple>
#include <vector>

#include "capture/source.h"

namespace vinet::capture {

class TimeOrder {
 public:
  void push(Packet packet, int rank) {
    const uint64_t time_ns = packet.time_ns;
    heap_.push_back({time_ns, rank, next_++, std::move(packet)});
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  /// Hands over what is older than `before_ns`, in order.
  template <typename Take>
  void release(uint64_t before_ns, Take take) {
    while (!heap_.empty() && heap_.front().time_ns < before_ns) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      take(std::move(heap_.back().packet));
      heap_.pop_back();
    }
  }
  bool empty() const { return heap_.empty(); }

 private:
  struct Waiting {
    uint64_t time_ns = 0;
    int rank = 0;
    uint64_t number = 0;
    Packet packet;
    bool operator>(const Waiting& other) const {
      return std::tie(time_ns, rank, number) > std::tie(other.time_ns, other.rank, other.number);
    }
  };
  std::vector<Waiting> heap_;
  uint64_t next_ = 0;
};

}  // namespace vinet::capture
