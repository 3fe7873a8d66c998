// PathSearch: how large a packet a base path carries, found out by echoes of many sizes.
//
// Problem:   links are as large as their base path, which shrinks and grows while they are used.
//            The base says so by ICMP errors, or drops silently (a black hole).
// Approach:  RFC 8899 (DPLPMTUD): what the base reports is only a reason to look. A round is a
//            handful of echoes of different sizes; the largest that comes back is carried, both
//            ways. A round of the size in force confirms it now and then; two that fail begin a
//            search, which narrows the gap between what is carried and what is not, round by round.
//            While less than planned is in force, rounds also try more.
//            A path on which nothing comes back at all is left as it is: the far machine is away,
//            or does not answer. Its rounds have the smallest echo too: the first answer shows
//            whether it came back as it was.
// Invariant: the size in force changes only by an echo that came back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace vinet::control {

class PathSearch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// So long an echo may take.
  static constexpr std::chrono::milliseconds kAnswerWait{250};
  /// Between rounds when all is well, or less than planned is in force.
  static constexpr std::chrono::seconds kConfirmEvery{5};
  static constexpr size_t kSizesOfRound = 16;
  static constexpr int kMissesOfBlackHole = 2;
  static constexpr int kMutesOfSearch = 3;
  /// What every IPv4 path carries (RFC 791 §3.2).
  static constexpr uint32_t kSmallestBytes = 68;

  /// What has come in since the last call. Sizes count the whole base packet.
  struct News {
    uint32_t reported_bytes = 0;  ///< the base said: no larger than this; 0: nothing
    uint32_t answered_bytes = 0;  ///< largest echo of the last round that came back; 0: none
  };
  /// What to do now.
  struct Step {
    std::optional<uint32_t> in_force;  ///< a new size is in force
    std::vector<uint32_t> sizes;       ///< send echoes of these sizes; ascending
  };

  /// `planned`: the largest size wanted. `in_force`: at most that.
  PathSearch(uint32_t planned, uint32_t in_force) : planned_(planned), in_force_(in_force) {}

  /// `planned` may have become another.
  Step advance(Time now, uint32_t planned, const News& news);
  uint32_t in_force() const { return in_force_; }
  /// Is it in a hurry to be asked again?
  bool searching() const { return searching_; }

 private:
  void begin_search(uint32_t hint);
  void take_confirmation(uint32_t answered, Time now, Step& step);
  void take_search(uint32_t answered, Time now, Step& step);
  void take_mute(uint32_t answered, Time now, Step& step);
  void settle(uint32_t size, Time now, Step& step);
  std::vector<uint32_t> sizes_between() const;

  uint32_t planned_, in_force_;
  bool searching_ = false;
  bool mute_ = false;                   ///< the last search had no answer, nor has a round since
  uint32_t carried_ = 0, too_big_ = 0;  ///< of a search: what is between is not known
  uint32_t hint_ = 0;
  uint32_t reported_ = 0;  ///< not yet acted on
  int misses_ = 0;
  std::vector<uint32_t> sent_;  ///< the round under way; empty: none
  Time sent_at_{}, next_round_{};
};

}  // namespace vinet::control
