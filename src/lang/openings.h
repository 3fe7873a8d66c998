// Openings: the words that statements start with, and where each may stand. Links and shapes start
// with a name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lang/room.h"

namespace vinet::lang {

/// What a word opens.
enum class Opens : uint8_t {
  kBase,
  kInternet,
  kInclude,
  kPart,
  kLet,
  kFor,
  kIf,
  kNodes,
  kPort,
  kRoute
};

struct Opening {
  std::string_view word;
  Opens opens;
  unsigned rooms;            ///< in which it may stand: a sum of bits (room.h)
  std::string_view belongs;  ///< the same, said to a user
};

/// Null where no statement starts so.
const Opening* find_opening(std::string_view word);

/// `did you mean 'host'?`: what `word` was probably meant to open; rather one that may stand in
/// `room`. Empty where nothing is near.
std::string near_opening(std::string_view word, Room room);

}  // namespace vinet::lang
