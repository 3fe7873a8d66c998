// Random: names and numbers that nobody else gives, and nobody guesses. Not for pure rooms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "support/result.h"

namespace vinet {

/// Two hex digits for each of so many random bytes, at most 256. Errors: of getrandom(2).
Result<std::string> random_hex(size_t bytes);

/// 32 hex digits that nobody else has.
inline Result<std::string> random_id() {
  return random_hex(16);
}

/// Tells packets of one sender from those of all others. Never 0.
uint64_t random_nonce();

}  // namespace vinet
