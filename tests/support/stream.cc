// stream: a numbered stream of UDP packets at a fixed rate, to count what is lost on the way.
//
//   stream receive PORT                    until SIGTERM; then "received N doubled N late_ms N
//   gap_ms N" stream send ADDRESS PORT PER_SECOND    until SIGTERM; then "sent N"
//
// `received` counts each number once; `late_ms` is the longest way of a packet from its sender to
// the receiver's kernel, both on one computer; `gap_ms` the longest time between two packets, also
// where a busy computer let neither run.
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t g_stop = 0;

struct Packet {
  uint64_t number;
  int64_t sent_ns;  // CLOCK_REALTIME, as the kernel's time stamps
};

int64_t in_ns(const timespec& time) {
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// One packet, and when the kernel got it; -1 and errno as recvmsg.
ssize_t receive_one(int fd, Packet& packet, int64_t& got_ns) {
  alignas(cmsghdr) char control[128];
  iovec data{&packet, sizeof(packet)};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t n = recvmsg(fd, &message, 0);
  if (n < 0) return n;
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time{};
    std::memcpy(&time, CMSG_DATA(one), sizeof(time));
    got_ns = in_ns(time);
  }
  return n;
}

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int receive(const char* port) {
  const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int off = 0, on = 1, bytes = 8 << 20;
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(static_cast<uint16_t>(std::atoi(port)));
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof(any)) != 0) die("bind");
  std::vector<bool> seen;
  uint64_t received = 0, doubled = 0;
  int64_t late_ns = 0;
  Clock::duration gap{};
  Clock::time_point last{};
  while (g_stop == 0) {
    Packet packet{};
    int64_t got_ns = 0;
    const ssize_t n = receive_one(fd, packet, got_ns);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("recvmsg");
    const uint64_t number = packet.number;
    if (n != sizeof(packet) || number > (uint64_t{1} << 32)) continue;
    late_ns = std::max(late_ns, got_ns - packet.sent_ns);
    const auto now = Clock::now();
    if (received > 0) gap = std::max(gap, now - last);
    last = now;
    if (number >= seen.size()) seen.resize(number + 1);
    if (seen[number]) {
      ++doubled;
    } else {
      seen[number] = true;
      ++received;
    }
  }
  std::printf(
      "received %llu doubled %llu gap_ms %lld late_ms %lld\n",
      static_cast<unsigned long long>(received), static_cast<unsigned long long>(doubled),
      static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(gap).count()),
      static_cast<long long>(late_ns / 1'000'000));
  return 0;
}

int send_to(const char* address, const char* port, double per_second) {
  addrinfo hints{};
  addrinfo* found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICHOST;
  if (getaddrinfo(address, port, &hints, &found) != 0) die("address");
  const int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0) die("connect");
  freeaddrinfo(found);
  const auto start = Clock::now();
  uint64_t sent = 0;
  while (g_stop == 0) {
    const auto due = start + std::chrono::nanoseconds(static_cast<int64_t>(
                                 1e9 / per_second * static_cast<double>(sent)));
    const auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(due - Clock::now());
    if (wait.count() > 0) {
      const timespec pause{0, std::min<long>(wait.count(), 100'000'000)};
      nanosleep(&pause, nullptr);
      if (Clock::now() < due) continue;
    }
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const Packet packet{sent, in_ns(now)};
    // What the own node refuses is lost as well as what a link drops: it is not sent again.
    (void)!send(fd, &packet, sizeof(packet), 0);
    ++sent;
  }
  std::printf("sent %llu\n", static_cast<unsigned long long>(sent));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  struct sigaction action {};
  action.sa_handler = [](int) { g_stop = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  if (argc == 3 && std::strcmp(argv[1], "receive") == 0) return receive(argv[2]);
  if (argc == 5 && std::strcmp(argv[1], "send") == 0 && std::atof(argv[4]) > 0) {
    return send_to(argv[2], argv[3], std::atof(argv[4]));
  }
  std::fputs("usage: stream receive PORT | stream send ADDRESS PORT PER_SECOND\n", stderr);
  return 2;
}
