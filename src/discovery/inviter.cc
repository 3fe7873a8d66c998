#include "discovery/inviter.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "discovery/invitation.h"
#include "discovery/sockets.h"

namespace vinet::discovery {
namespace {

using Clock = std::chrono::steady_clock;

Result<std::string> make_nonce() {
  std::array<unsigned char, 16> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return errno_error("make a nonce", errno);
  }
  std::string nonce;
  for (const unsigned char byte : random) nonce += fmt::format("{:02x}", byte);
  return nonce;
}

std::string daemon_of(const sockaddr_in& from, uint64_t port) {
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
  return fmt::format("{}:{}", text, port);
}

}  // namespace

Result<std::vector<Found>> invite(const pki::Identity& self, const Search& search) {
  ASSIGN_OR_RETURN(const Fd fd, open_asking());
  ASSIGN_OR_RETURN(const std::string nonce, make_nonce());
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  ASSIGN_OR_RETURN(
      const std::string invitation,
      to_text({Message::Kind::kInvitation, nonce, static_cast<uint64_t>(now_s.count()), {}}, self));
  std::vector<Found> found;
  Error last{Errc::kUnavailable, "no device of this computer carries multicast"};
  bool sent = false;
  for (int ttl = 1; found.size() < search.enough; ttl = std::min(2 * ttl, search.most_ttl)) {
    for (const in_addr& address : own_addresses()) {
      const Status out = send_to_group(fd.get(), address, ttl, invitation);
      if (out) {
        sent = true;
      } else {
        last = out.error();
      }
    }
    const Clock::time_point end = Clock::now() + search.patience;
    while (found.size() < search.enough) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      if (left <= 0) break;
      const Datagram datagram = receive(fd.get(), static_cast<int>(left));
      if (datagram.text.empty()) continue;
      const Result<Message> answer = from_text(datagram.text, self);
      // Whoever answers without being a machine of ours is nobody.
      if (!answer || answer->kind != Message::Kind::kAnswer || answer->nonce != nonce ||
          answer->from.subject.role != pki::Role::kMachine || answer->number > UINT16_MAX) {
        continue;
      }
      Found one{daemon_of(datagram.from, answer->number), answer->from.subject.name, ttl};
      const bool is_known = std::any_of(found.begin(), found.end(), [&](const Found& other) {
        return other.daemon == one.daemon || other.name == one.name;
      });
      if (!is_known) found.push_back(std::move(one));
    }
    if (ttl >= search.most_ttl) break;
  }
  if (!sent) {
    last.code = Errc::kUnavailable;
    return last;
  }
  return found;
}

}  // namespace vinet::discovery
