// Inviter: finds daemons that are willing, nearer ones first.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "pki/identity.h"
#include "support/result.h"

namespace vinet::discovery {

struct Found {
  std::string daemon;  ///< `192.0.2.10:7411`
  std::string name;    ///< of the machine, as its certificate says
  int ttl = 0;         ///< of the first invitation that it answered
  friend bool operator==(const Found&, const Found&) = default;
};

struct Search {
  int most_ttl = 32;
  size_t enough = SIZE_MAX;                 ///< ends when so many have answered
  std::chrono::milliseconds patience{500};  ///< for the answers of each TTL
};

/// Invites with TTL 1, 2, 4, ... up to `most_ttl`, until enough have answered. In the order of
/// their answers. Errors: unavailable where this computer has no device that carries multicast.
Result<std::vector<Found>> invite(const pki::Identity& self, const Search& search);

}  // namespace vinet::discovery
