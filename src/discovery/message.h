// The two messages of discovery. Each fits one datagram, says who sends it, and is signed by them:
// to whom we do not know we say nothing, not even that we are here.
//
//   vinet-invitation 1            vinet-answer 1
//   nonce 32 hex digits           nonce that of the invitation
//   at    192.0.2.9:41234         at    192.0.2.10:7411, 0.0.0.0:7411: where this comes from
//   time  seconds since 1970
//   certificate base64            certificate base64
//   signature base64              signature base64     of all lines above it
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/ip.h"
#include "pki/identity.h"
#include "support/result.h"

namespace vinet::discovery {

inline constexpr net::Ipv4 kGroup{0xefff4a0b};  // 239.255.74.11; RFC 2365 §6.1: the local scope
inline constexpr uint16_t kPort = 7411;
inline constexpr size_t kMostBytes = 4096;

struct Endpoint {
  net::Ipv4 address;
  uint16_t port = kPort;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};
/// `192.0.2.10:7411`
std::string to_string(const Endpoint& endpoint);

struct Message {
  enum class Kind { kInvitation, kAnswer };
  Kind kind = Kind::kInvitation;
  std::string nonce;    ///< chosen by who invites
  Endpoint at;          ///< of an invitation: where answers go; of an answer: the daemon's
  uint64_t time_s = 0;  ///< of an invitation
};

/// Signed by `self`. Errors: resource_exhausted where it does not fit a datagram.
Result<std::string> to_text(const Message& message, const pki::Identity& self);

/// What a text says, whoever wrote it. The views are into that text.
struct Unproven {
  Message message;
  std::string_view is_signed, certificate, signature;
};
/// Costs no cryptography. Errors: invalid_argument.
Result<Unproven> read_message(std::string_view text);

/// Who sent it; `refused` says why they are not believed. Costs two signatures.
pki::Shown sender_of(const Unproven& read, const pki::Identity& self);

}  // namespace vinet::discovery
