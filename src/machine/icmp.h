// ICMP and ICMPv6 echoes over raw sockets that live in a node's namespace.
//
//   data of an echo   | nonce, 8 bytes | task, 4 bytes |
//
// The nonce tells our echoes from those of others, and marks the one that is traced
// (bpf/vi_trace.h).
//
// Standards: RFC 792, RFC 4443 §4, RFC 1071.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "net/ip.h"
#include "support/result.h"

namespace vinet::machine {

struct Echo {
  uint16_t ident = 0;
  uint16_t sequence = 0;
  uint64_t nonce = 0;  ///< as its bytes lie in the packet
  uint32_t task = 0;
  friend bool operator==(const Echo&, const Echo&) = default;
};

/// What a socket has received.
struct IcmpMessage {
  enum class Kind { kReply, kTimeExceeded, kUnreachable, kTooBig, kParameterProblem };
  Kind kind = Kind::kReply;
  net::IpAddress from;
  Echo echo;  ///< of an error: the one that it quotes; task is 0 if the quote is too short
  uint32_t mtu_bytes = 0;
};

/// An ICMP message, from its type on. The checksum of ICMPv6 is left to the kernel.
std::vector<uint8_t> echo_request(bool ipv6, const Echo& echo);

/// What an ICMP message (IPv4: with its IP header; IPv6: without, as raw sockets give it) means for
/// one who sends echoes; nothing if it is something else.
std::optional<IcmpMessage> parse_icmp(bool ipv6, const net::IpAddress& from,
                                      const std::vector<uint8_t>& bytes);

class EchoSocket {
 public:
  /// Opens a raw socket in a namespace, bound to `source`. With `errors` it also receives ICMP
  /// errors.
  static Result<EchoSocket> open(kernel::Namespaces& namespaces, const std::string& netns,
                                 const net::IpAddress& source, bool errors, std::optional<int> ttl);
  EchoSocket(EchoSocket&& other) noexcept;
  EchoSocket& operator=(EchoSocket&&) = delete;
  ~EchoSocket();

  int descriptor() const { return descriptor_; }
  Status send(const net::IpAddress& destination, const Echo& echo) const;
  /// The next message that has arrived, or nothing.
  std::optional<IcmpMessage> receive() const;
  /// Waits until something has arrived or the time is over.
  void wait(int timeout_ms) const;

 private:
  EchoSocket(int descriptor, bool ipv6) : descriptor_(descriptor), ipv6_(ipv6) {}
  int descriptor_ = -1;
  bool ipv6_ = false;
};

}  // namespace vinet::machine
