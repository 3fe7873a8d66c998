#include "discovery/answers.h"

#include <algorithm>

namespace vinet::discovery {

bool Answers::take(std::string_view text, const Endpoint& from, int ttl) {
  const Result<Unproven> read = read_message(text);
  if (enough() || !read || read->message.kind != Message::Kind::kAnswer ||
      read->message.nonce != nonce_) {
    return false;
  }
  Endpoint daemon = read->message.at;
  if (daemon.address == net::Ipv4{}) daemon.address = from.address;
  // From elsewhere it is a copy, perhaps of one who is not there any more.
  if (daemon.address != from.address) return false;
  const bool is_known = std::any_of(found_.begin(), found_.end(),
                                    [&](const Found& other) { return other.daemon == daemon; });
  if (is_known) return false;
  const pki::Shown sender = sender_of(*read, self_);
  if (!sender.refused.empty() || sender.subject.role != pki::Role::kMachine) return false;
  found_.push_back({daemon, sender.subject.name, ttl});
  return true;
}

}  // namespace vinet::discovery
