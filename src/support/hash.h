// A stable 64-bit hash of text: the same on every machine and in every version, so that names and
// addresses derived from it never change.
#pragma once

#include <cstdint>
#include <string_view>

namespace vinet {

/// FNV-1a followed by a finaliser that spreads short inputs over all bits (MurmurHash3's fmix64).
constexpr uint64_t stable_hash(std::string_view text) {
  uint64_t h = 0xcbf29ce484222325;
  for (const char c : text) {
    h ^= static_cast<unsigned char>(c);
    h *= 0x100000001b3;
  }
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccd;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53;
  return h ^ (h >> 33);
}

}  // namespace vinet
