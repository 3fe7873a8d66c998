#include "discovery/listener.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <chrono>

#include "discovery/invitation.h"
#include "discovery/sockets.h"

namespace vinet::discovery {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookMs = 500;
constexpr std::chrono::seconds kJoinAgain{10};  // devices come and go
// Checking a signature costs: a flood gets so many looks a second, and no more.
constexpr int kMostASecond = 20;
// Clocks of computers differ; an old invitation is nobody's wish any more.
constexpr uint64_t kOldestS = 3600;

bool is_of_now(uint64_t time_s) {
  const auto now = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                             std::chrono::system_clock::now().time_since_epoch())
                                             .count());
  return time_s + kOldestS >= now && time_s <= now + kOldestS;
}

std::string name_of(const sockaddr_in& address) {
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  return text;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::start(std::shared_ptr<pki::Identity> self,
                                                  uint16_t port, Tell tell) {
  ASSIGN_OR_RETURN(Fd fd, open_listening());
  std::unique_ptr<Listener> listener(new Listener());  // NOLINT: its constructor is private
  listener->thread_ = std::thread([listener = listener.get(), self = std::move(self), port,
                                   tell = std::move(tell), fd = std::move(fd)] {
    Clock::time_point join{}, second{};
    int looked = 0;
    while (!listener->stop_) {
      const Clock::time_point now = Clock::now();
      if (now >= join) {
        join_group(fd.get(), own_addresses());
        join = now + kJoinAgain;
      }
      const Datagram datagram = receive(fd.get(), kLookMs);
      if (datagram.text.empty()) continue;
      if (now - second >= std::chrono::seconds(1)) {
        second = now;
        looked = 0;
      }
      if (++looked > kMostASecond) continue;
      const Result<Message> invitation = from_text(datagram.text, *self);
      if (!invitation) {
        if (invitation.error().code == Errc::kPermissionDenied) {
          tell(name_of(datagram.from), invitation.error().message);
        }
        continue;
      }
      if (invitation->kind != Message::Kind::kInvitation || !is_of_now(invitation->number) ||
          invitation->from.subject.role == pki::Role::kTenant) {
        continue;
      }
      Message answer{Message::Kind::kAnswer, invitation->nonce, port, {}};
      const Result<std::string> text = to_text(answer, *self);
      if (!text) continue;
      (void)::sendto(fd.get(), text->data(), text->size(), MSG_NOSIGNAL,
                     reinterpret_cast<const sockaddr*>(&datagram.from), sizeof datagram.from);
    }
  });
  return listener;
}

Listener::~Listener() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

}  // namespace vinet::discovery
