// load: the small UDP load tool of the benchmarks. Started inside a node; prints one JSON object.
//
//   load send ADDRESS PORT SECONDS BYTES   datagrams as fast as one CPU sends them
//                                          {"sent":N,"seconds":S}
//   load sink ADDRESS PORT                 a bound socket that nobody reads: once its buffer is
//                                          full the kernel drops each datagram at the socket,
//                                          without waking anybody (ends on SIGTERM)
//   load pong ADDRESS PORT                 echo server (ends on SIGTERM)
//   load ping ADDRESS PORT COUNT BYTES     ping-pong  {"p50_us":..,"p99_us":..,"lost":N}
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void fail(const std::string& what) {
  std::perror(("load: " + what).c_str());
  std::exit(2);
}

// A UDP socket, bound to the address or connected to it.
int open_socket(const char* address, const char* port, bool server) {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const auto port_be = htons(static_cast<uint16_t>(std::atoi(port)));
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = port_be;
    length = sizeof *v4;
  } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port_be;
    length = sizeof *v6;
  } else {
    fail(std::string("no address: ") + address);
  }
  const int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  const auto* generic = reinterpret_cast<const sockaddr*>(&storage);
  if ((server ? bind(fd, generic, length) : connect(fd, generic, length)) != 0) fail(address);
  return fd;
}

int run_send(int fd, double seconds, size_t bytes) {
  constexpr size_t kBatch = 64;
  static std::array<char, 65536> payload{};
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> batch{};
  for (size_t i = 0; i < kBatch; ++i) {
    parts[i] = {payload.data(), bytes};
    batch[i].msg_hdr.msg_iov = &parts[i];
    batch[i].msg_hdr.msg_iovlen = 1;
  }
  uint64_t sent = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    const int n = sendmmsg(fd, batch.data(), kBatch, 0);
    if (n > 0) sent += static_cast<uint64_t>(n);
  }
  std::printf("{\"sent\":%llu,\"seconds\":%.6f}\n", static_cast<unsigned long long>(sent),
              seconds_since(start));
  return 0;
}

int run_pong(int fd) {
  std::array<char, 65536> buffer{};
  for (;;) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    auto* peer = reinterpret_cast<sockaddr*>(&from);
    const ssize_t n = recvfrom(fd, buffer.data(), buffer.size(), 0, peer, &length);
    if (n >= 0 && sendto(fd, buffer.data(), static_cast<size_t>(n), 0, peer, length) < 0) return 1;
  }
}

int run_ping(int fd, int count, size_t bytes) {
  std::vector<double> round_trips_us;
  std::vector<char> payload(std::max(bytes, sizeof(int)));
  int lost = 0;
  for (int i = 0; i < count && lost < 50; ++i) {
    std::memcpy(payload.data(), &i, sizeof i);
    const auto start = Clock::now();
    if (send(fd, payload.data(), payload.size(), 0) < 0) fail("send");
    for (;;) {
      pollfd wait{fd, POLLIN, 0};
      if (poll(&wait, 1, 500) <= 0) {
        ++lost;
        break;
      }
      int echoed = -1;
      if (recv(fd, &echoed, sizeof echoed, MSG_TRUNC) < 0 || echoed != i) continue;
      round_trips_us.push_back(seconds_since(start) * 1e6);
      break;
    }
  }
  if (round_trips_us.empty()) fail("no answer");
  std::sort(round_trips_us.begin(), round_trips_us.end());
  const size_t n = round_trips_us.size();
  std::printf("{\"p50_us\":%.3f,\"p99_us\":%.3f,\"lost\":%d}\n", round_trips_us[n / 2],
              round_trips_us[n * 99 / 100], lost);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: load send|sink|pong|ping ADDRESS PORT ...\n");
    return 2;
  }
  const std::string mode = argv[1];
  const int fd = open_socket(argv[2], argv[3], mode == "sink" || mode == "pong");
  if (mode == "send" && argc == 6)
    return run_send(fd, std::atof(argv[4]), std::strtoul(argv[5], nullptr, 10));
  if (mode == "sink") return pause();
  if (mode == "pong") return run_pong(fd);
  if (mode == "ping" && argc == 6)
    return run_ping(fd, std::atoi(argv[4]), std::strtoul(argv[5], nullptr, 10));
  std::fprintf(stderr, "load: bad arguments\n");
  return 2;
}
