// Answers: whom an inviter believes that they are there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "discovery/message.h"
#include "pki/identity.h"

namespace vinet::discovery {

struct Found {
  Endpoint daemon;
  std::string name;  ///< of the machine, as its certificate says
  int ttl = 0;       ///< of the first invitation that it answered
  friend bool operator==(const Found&, const Found&) = default;
};

class Answers {
 public:
  /// To one search: `nonce` is that of its invitations. More than `most` are not taken.
  Answers(const pki::Identity& self, std::string nonce, size_t most)
      : self_(self), nonce_(std::move(nonce)), most_(most) {}

  /// A datagram that came `from` there while invitations of this TTL were the newest. True: it is
  /// the first answer of a machine of our authority, at the address that it says.
  bool take(std::string_view text, const Endpoint& from, int ttl);

  bool enough() const { return found_.size() >= most_; }
  const std::vector<Found>& found() const { return found_; }

 private:
  const pki::Identity& self_;
  const std::string nonce_;
  const size_t most_;
  std::vector<Found> found_;
};

}  // namespace vinet::discovery
