#include "discovery/listener.h"

#include <algorithm>
#include <system_error>

#include "discovery/sockets.h"

namespace vinet::discovery {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookMs = 500;
constexpr std::chrono::seconds kJoinAgain{10};  // devices come and go
// A flood gets no more of this thread than so many datagrams in each slice of time.
constexpr std::chrono::milliseconds kSlice{50};
constexpr int kMostInASlice = 100;

Reception::Now read_now() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(wall).count()),
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch())};
}

void join(int fd, net::Ipv4 group, net::Ipv4 address) {
  std::vector<net::Ipv4> own = own_addresses();
  if (address != net::Ipv4{}) {
    std::erase_if(own, [&](net::Ipv4 one) { return one != address; });
  }
  join_group(fd, group, own);
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::start(std::shared_ptr<pki::Identity> self,
                                                  net::Ipv4 group, Endpoint daemon,
                                                  Reception::Tell tell) {
  ASSIGN_OR_RETURN(Fd fd, open_listening(group));
  join(fd.get(), group, daemon.address);  // who is told that we are ready may ask at once
  std::unique_ptr<Listener> listener(new Listener());  // NOLINT: its constructor is private
  auto run = [listener = listener.get(), fd = std::move(fd), group, daemon,
              reception = Reception(std::move(self), daemon, std::move(tell))]() mutable {
    Clock::time_point joined = Clock::now(), slice{};
    int taken = 0;
    while (!listener->stop_) {
      const Clock::time_point now = Clock::now();
      if (now >= joined + kJoinAgain) {
        join(fd.get(), group, daemon.address);
        joined = now;
      }
      if (now >= slice + kSlice) {
        slice = now;
        taken = 0;
      }
      if (taken == kMostInASlice) {
        std::this_thread::sleep_until(slice + kSlice);
        continue;
      }
      const Datagram datagram = receive({fd.get()}, kLookMs);
      if (datagram.text.empty()) continue;
      ++taken;
      const auto answer = reception.answer(datagram.text, datagram.from, read_now());
      if (answer) send_answer(fd.get(), daemon.address, datagram.from, *answer);
    }
  };
  try {
    listener->thread_ = std::thread(std::move(run));
  } catch (const std::system_error& error) {
    return Error{Errc::kResourceExhausted, std::string("begin to listen: ") + error.what()};
  }
  return listener;
}

Listener::~Listener() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

}  // namespace vinet::discovery
