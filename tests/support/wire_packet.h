// Packets as text and back: what wirelook sends is described by words, what comes is written as a
// line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vinet::wire {

using Bytes = std::vector<uint8_t>;
/// `key=value` words of a line; see wirelook.cc for the keys.
using Words = std::map<std::string, std::string>;

/// A deliberately chosen packet: IPv4 or IPv6 as its destination is. More than one with `frag`.
/// Ends the program with a message where the words make no sense.
std::vector<Bytes> build(const Words& words);

/// So many bytes that look random, the same ones for the same seed.
Bytes pattern(size_t size, uint64_t seed);

/// The same number for the same bytes (FNV-1a).
uint64_t digest(const uint8_t* data, size_t size);

/// Which bits of a packet count. What a kernel draws by chance is written as 0: identification,
/// flow label, sequence numbers, timestamps of TCP, and checksums over them.
enum class Care {
  kExact,  ///< all: it is our own
  kReply,  ///< a kernel made it; what it quotes is our own
  kLoose,  ///< a kernel made it and also what it quotes
};

/// A packet in one line: header fields, is each checksum right, then all its bytes; of many bytes
/// the first, their number and a digest. `partial`: the checksum of TCP or UDP is still to be made
/// by a network card, and counts as right.
std::string describe(Bytes packet, Care care, bool partial);

/// IPv4 identification or IPv6 flow label, by which a packet of our own is known.
uint32_t mark_of(const Bytes& packet);

bool is_ipv6(const Bytes& packet);
Bytes source_of(const Bytes& packet);
/// What comes and goes by itself: neighbour and router discovery, IGMP, MLD.
bool is_housekeeping(const Bytes& packet);

/// Parses an address; ends the program if it is none.
Bytes address(const std::string& text);
std::string to_text(const uint8_t* address, size_t bytes);

}  // namespace vinet::wire
