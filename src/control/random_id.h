// Names that nobody else gives.
#pragma once

#include <cstddef>
#include <string>

#include "support/result.h"

namespace vinet::control {

/// Two hex digits for each of so many random bytes, at most 256. Errors: of getrandom(2).
Result<std::string> random_hex(size_t bytes);

/// 32 hex digits that nobody else has.
inline Result<std::string> random_id() {
  return random_hex(16);
}

}  // namespace vinet::control
