// The two messages of discovery. Each fits one datagram, says who sends it, and is signed by them:
// to whom we do not know we say nothing, not even that we are here.
//
//   vinet-invitation 1            vinet-answer 1
//   nonce 32 hex digits           nonce that of the invitation
//   time  seconds since 1970      port  7411
//   certificate base64            certificate base64
//   signature base64              signature base64     of all lines above it
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pki/identity.h"
#include "support/result.h"

namespace vinet::discovery {

inline constexpr char kGroup[] = "239.255.74.11";  // RFC 2365 §6.1: the local scope
inline constexpr uint16_t kPort = 7411;
inline constexpr size_t kMostBytes = 4096;

struct Message {
  enum class Kind { kInvitation, kAnswer };
  Kind kind = Kind::kInvitation;
  std::string nonce;    ///< chosen by who invites
  uint64_t number = 0;  ///< the time of an invitation, the port of an answer
  pki::Shown from;      ///< of what was read
};

/// Signed by `self`.
Result<std::string> to_text(const Message& message, const pki::Identity& self);

/// Errors: invalid_argument for what is no such message; permission_denied, with the reason, for
/// one whose sender is not good or did not sign it.
Result<Message> from_text(std::string_view text, const pki::Identity& self);

}  // namespace vinet::discovery
