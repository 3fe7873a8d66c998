#include "machine/tap_filter.h"

#include <cstdint>
#include <utility>

namespace vinet::machine {
namespace {

constexpr uint32_t kEthernetBytes = 14, kHeaderBytes = 20;
constexpr uint32_t kTake = 0xffffffff, kLeave = 0;  // bytes of the packet

sock_filter load(uint16_t size, uint32_t at) {
  return BPF_STMT(static_cast<uint16_t>(BPF_LD | BPF_ABS | size), at);
}
/// Goes on if the value is `want`, else over the next `skip` instructions.
sock_filter unless_equal(uint32_t want, uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, want, 0, skip);
}
sock_filter end(uint32_t bytes) {
  return BPF_STMT(BPF_RET | BPF_K, bytes);
}

/// Takes a packet with these headers under so many others, none of them with options.
void add_key(const capture::Headers& key, size_t under, std::vector<sock_filter>& program) {
  auto left = static_cast<uint8_t>(4 * key.size() + 1);  // instructions of this key
  for (uint32_t i = 0; i < key.size(); ++i) {
    const uint32_t at = kEthernetBytes + (static_cast<uint32_t>(under) + i) * kHeaderBytes;
    for (const auto& [offset, want] :
         {std::pair(12U, key[i].source.bits), std::pair(16U, key[i].destination.bits)}) {
      left = static_cast<uint8_t>(left - 2);
      program.push_back(load(BPF_W, at + offset));
      program.push_back(unless_equal(want, left));
    }
  }
  program.push_back(end(kTake));
}

}  // namespace

std::vector<sock_filter> tap_filter(const capture::Tap& tap) {
  if (tap.rest) return {};
  constexpr uint32_t kIpv4 = 0x0800, kIcmp = 1, kIpInIp = 4, kIpv6InIp = 41, kNoOptions = 0x45;
  std::vector<sock_filter> program = {
      load(BPF_H, 12),
      unless_equal(kIpv4, 5),
      load(BPF_B, kEthernetBytes + 9),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIcmp, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIpInIp, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIpv6InIp, 2, 1),  // in a node: a link's own header
      end(kTake),                                            // ICMP
      end(kLeave),                                           // neither
      load(BPF_H, kEthernetBytes + 6),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 2, 0),
      load(BPF_B, kEthernetBytes),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kNoOptions, 1, 0),
      end(kTake),  // a later fragment, or one with options
  };
  for (const capture::Tap::Claim& claim : tap.claims) {
    constexpr size_t kMostHeaders = 60;  // a jump goes 255 instructions far
    if (claim.key.size() > kMostHeaders) return {};
    add_key(claim.key, claim.under.size(), program);
    add_key(capture::reversed(claim.key), claim.under.size(), program);
  }
  program.push_back(end(kLeave));
  if (program.size() > BPF_MAXINSNS) return {};
  return program;
}

}  // namespace vinet::machine
