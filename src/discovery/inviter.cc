#include "discovery/inviter.h"

#include <fmt/format.h>

#include <algorithm>

#include "discovery/sockets.h"
#include "support/random.h"

namespace vinet::discovery {
namespace {

using Clock = std::chrono::steady_clock;

/// A socket of one device, and what is sent there.
struct Way {
  Asking socket;
  std::string invitation;
};

Result<std::vector<Way>> make_ways(const pki::Identity& self, const std::string& nonce) {
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  std::vector<Way> ways;
  Error last{Errc::kUnavailable, "no device of this computer carries multicast"};
  for (const net::Ipv4 address : own_addresses()) {
    Result<Asking> socket = open_asking(address);
    if (!socket) {  // a device that is just going away
      last = std::move(socket).error();
      continue;
    }
    ASSIGN_OR_RETURN(std::string invitation, to_text({Message::Kind::kInvitation, nonce, socket->at,
                                                      static_cast<uint64_t>(now_s.count())},
                                                     self));
    ways.push_back({*std::move(socket), std::move(invitation)});
  }
  if (!ways.empty()) return ways;
  last.code = Errc::kUnavailable;
  return last;
}

void hear(const std::vector<Way>& ways, const Search& search, int ttl, Answers& answers) {
  std::vector<int> fds;
  for (const Way& way : ways) fds.push_back(way.socket.fd.get());
  const Clock::time_point end = Clock::now() + search.patience;
  while (!answers.enough()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return;
    const Datagram datagram = receive(fds, static_cast<int>(left));
    if (!datagram.text.empty()) answers.take(datagram.text, datagram.from, ttl);
  }
}

}  // namespace

Result<std::vector<Found>> invite(const pki::Identity& self, const Search& search) {
  ASSIGN_OR_RETURN(const std::string nonce, random_id());
  ASSIGN_OR_RETURN(const std::vector<Way> ways, make_ways(self, nonce));
  Answers answers(self, nonce, search.enough);
  for (int ttl = 1;; ttl = std::min(2 * ttl, search.most_ttl)) {
    size_t sent = 0;
    Status last = ok();
    for (const Way& way : ways) {
      const Status out = send_to_group(way.socket, search.group, ttl, way.invitation);
      if (out) {
        ++sent;
      } else {
        last = out;
      }
    }
    if (sent == 0) return Error{Errc::kUnavailable, last.error().message};
    hear(ways, search, ttl, answers);
    if (ttl >= search.most_ttl || answers.enough()) break;
  }
  return answers.found();
}

}  // namespace vinet::discovery
