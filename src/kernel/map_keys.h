// Keys of the link layer's maps, as keys of ours.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <set>

#include "vi_abi.h"

namespace vinet::kernel {

/// Orders keys by their bytes; they have no padding (bpf/vi_abi.h).
struct ByBytes {
  template <typename Key>
  bool operator()(const Key& a, const Key& b) const {
    return std::memcmp(&a, &b, sizeof a) < 0;
  }
};

/// A link address of the first layer: of the machine itself.
constexpr vi_address machine_address(uint32_t address_be) {
  return {0, address_be, 0};
}

using OwnMap = std::map<vi_address, uint32_t, ByBytes>;  ///< link address -> backside
using SourceSet = std::set<vi_address, ByBytes>;

}  // namespace vinet::kernel
