// Rooms: what a statement may stand in, and sets of them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vinet::lang {

/// What a statement stands in. `for` and `if` pass theirs on.
enum class Room : uint8_t { kFile, kBase, kInternet, kPart, kPorts };

inline std::string_view describe(Room room) {
  static constexpr std::array<std::string_view, 5> kWords = {
      "at the top of a file", "in a base", "in an internet", "in a part", "among a router's ports"};
  return kWords.at(static_cast<size_t>(room));
}

constexpr unsigned bit(Room room) {
  return 1U << static_cast<unsigned>(room);
}
constexpr unsigned kInFile = bit(Room::kFile);
constexpr unsigned kInBase = bit(Room::kBase);
constexpr unsigned kInside = bit(Room::kInternet) | bit(Room::kPart);

}  // namespace vinet::lang
