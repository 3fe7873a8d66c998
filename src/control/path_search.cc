#include "control/path_search.h"

#include <algorithm>

namespace vinet::control {
namespace {

// MTUs that are met: RFC 1191 §7.1, and what tunnels leave of 1,500.
constexpr uint32_t kUsual[] = {296,  508,  576,  1006, 1280, 1300, 1400,
                               1420, 1450, 1480, 1492, 1500, 9000};

void sort_each_once(std::vector<uint32_t>& sizes) {
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
}

}  // namespace

PathSearch::Step PathSearch::advance(Time now, uint32_t planned, const News& news) {
  Step step;
  if (news.reported_bytes != 0) reported_ = news.reported_bytes;
  if (planned != planned_) {
    planned_ = planned;
    if (in_force_ > planned) settle(planned, now, step);
    next_round_ = now;
  }
  if (!sent_.empty()) {
    if (now - sent_at_ < kAnswerWait && news.answered_bytes < sent_.back()) return step;
    if (searching_) {
      take_search(news.answered_bytes, now, step);
    } else if (mute_) {
      take_mute(news.answered_bytes, now, step);
    } else {
      take_confirmation(news.answered_bytes, now, step);
    }
    sent_.clear();
  }
  if (!searching_ && reported_ != 0 && reported_ < in_force_) begin_search(reported_);
  reported_ = 0;
  if (!searching_ && now < next_round_) return step;
  step.sizes = sizes_between();
  sent_ = step.sizes;
  sent_at_ = now;
  return step;
}

void PathSearch::begin_search(uint32_t hint) {
  searching_ = true;
  mute_ = false;
  misses_ = 0;
  carried_ = 0;
  too_big_ = in_force_ + 1;
  hint_ = hint;
}

void PathSearch::settle(uint32_t size, Time now, Step& step) {
  searching_ = false;
  misses_ = 0;
  if (size != in_force_) step.in_force = size;
  in_force_ = size;
  next_round_ = now + kConfirmEvery;
}

/// A round of the size in force, and perhaps of more.
void PathSearch::take_confirmation(uint32_t answered, Time now, Step& step) {
  if (answered < in_force_) {
    next_round_ = now;
    if (++misses_ >= kMissesOfBlackHole) begin_search(0);
    return;
  }
  const auto larger = std::upper_bound(sent_.begin(), sent_.end(), answered);
  settle(answered, now, step);
  if (larger == sent_.end() || !step.in_force) return;
  begin_search(0);  // more than before, but how much?
  carried_ = answered;
  too_big_ = *larger;
  if (too_big_ - carried_ == 1) settle(answered, now, step);
}

void PathSearch::take_search(uint32_t answered, Time now, Step& step) {
  if (answered < sent_.front() && carried_ == 0) {  // nothing at all
    if (++misses_ < kMutesOfSearch) return;
    settle(in_force_, now, step);
    mute_ = true;
    return;
  }
  carried_ = std::max(carried_, answered);
  const auto larger = std::upper_bound(sent_.begin(), sent_.end(), carried_);
  if (larger != sent_.end()) too_big_ = std::min(too_big_, *larger);
  if (too_big_ - carried_ <= 1) settle(carried_, now, step);
}

/// A round of the smallest size and of that in force.
void PathSearch::take_mute(uint32_t answered, Time now, Step& step) {
  next_round_ = now + kConfirmEvery;
  if (answered == 0) return;
  mute_ = false;
  if (answered >= in_force_) return settle(answered, now, step);
  begin_search(0);
}

std::vector<uint32_t> PathSearch::sizes_between() const {
  if (mute_ && in_force_ > kSmallestBytes) return {kSmallestBytes, in_force_};
  uint32_t from = in_force_, to = planned_;  // a confirmation
  if (searching_) {
    from = carried_ == 0 ? std::min(kSmallestBytes, in_force_) : carried_ + 1;
    to = too_big_ - 1;
  }
  std::vector<uint32_t> sizes{from, to};
  const auto add = [&](uint32_t size) {
    if (size > from && size < to) sizes.push_back(size);
  };
  add(from + 1);  // has it grown at all?
  add(hint_);
  add(hint_ + 1);
  if (carried_ == 0 || !searching_) {
    for (const uint32_t usual : kUsual) add(usual);
  }
  sort_each_once(sizes);
  const size_t room = kSizesOfRound - std::min(kSizesOfRound, sizes.size());
  for (size_t i = 1; i <= room; ++i) {
    add(from + static_cast<uint32_t>((to - from) * i / (room + 1)));
  }
  sort_each_once(sizes);
  return sizes;
}

}  // namespace vinet::control
