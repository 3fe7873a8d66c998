// Inviter: finds daemons that are willing, nearer ones first.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "discovery/answers.h"
#include "pki/identity.h"
#include "support/result.h"

namespace vinet::discovery {

struct Search {
  net::Ipv4 group = kGroup;
  int most_ttl = 32;                        ///< 1 to 255
  size_t enough = 10'000;                   ///< ends when so many have answered
  std::chrono::milliseconds patience{500};  ///< for the answers of each TTL
};

/// Invites with TTL 1, 2, 4, ... up to `most_ttl`, out of every device that carries multicast. In
/// the order of the answers. Errors: unavailable where there is no such device.
Result<std::vector<Found>> invite(const pki::Identity& self, const Search& search);

}  // namespace vinet::discovery
