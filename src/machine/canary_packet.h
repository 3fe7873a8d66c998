// Canary packets as bytes.
//
//   | ... headers ... | ICMP echo reply | filling | nonce, 8 bytes | number, 4 | number inverted, 4
//   |
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/ip.h"

namespace vinet::machine {

using Bytes = std::vector<uint8_t>;

inline constexpr size_t kTrailerBytes = 16;

/// An echo reply from one address to another of the same family, which ends with the trailer.
Bytes canary_packet(const net::IpAddress& source, const net::IpAddress& destination, uint64_t nonce,
                    uint32_t number);
/// The packet behind one more IPv4 header: protocol 4, or 41 if it is an IPv6 packet.
Bytes within(const Bytes& packet, net::Ipv4 source, net::Ipv4 destination);

/// The number in the trailer of a packet that has the nonce.
std::optional<uint32_t> canary_number(std::span<const uint8_t> packet, uint64_t nonce);
/// Is it itself a canary, no error that quotes one, and in no other header?
bool is_canary_itself(std::span<const uint8_t> packet);

}  // namespace vinet::machine
