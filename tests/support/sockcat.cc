// sockcat: the few things that tests do with sockets, without asking for tools that a fresh machine
// lacks.
//
//   sockcat listen PORT            takes one TCP connection, copies it to stdout until its end
//
//   sockcat echo PORT              takes TCP connections one by one and sends back what comes
//
//   sockcat connect ADDR PORT      stdin -> TCP -> stdout, both at once, until the other side ends
//
//   sockcat udp-listen PORT        a line "source bytes tos" for each datagram, until killed
//
//   sockcat udp-send ADDR PORT BYTES COUNT PER_SECOND [TOS]      PER_SECOND 0: as fast as it goes
//
//   sockcat unix-listen PATH       a line for each datagram, until killed
//
//   sockcat pattern BYTES          so many bytes of fixed pseudo-random data to stdout
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

void write_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) die("write");
    data += n;
    size -= static_cast<size_t>(n);
  }
}

/// A socket bound to a port of all addresses: both families, or IPv4 alone in a node without IPv6.
int bind_port(int type, const char* port) {
  const auto number = static_cast<uint16_t>(std::atoi(port));
  const int on = 1, off = 0;
  int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    sockaddr_in6 any6{};
    any6.sin6_family = AF_INET6;
    any6.sin6_port = htons(number);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, reinterpret_cast<sockaddr*>(&any6), sizeof(any6)) == 0) return fd;
    close(fd);
  }
  fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(number);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof(any)) != 0) die("bind");
  return fd;
}

int connect_to(int type, const char* host, const char* port) {
  addrinfo hints{};
  hints.ai_socktype = type;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host, port, &hints, &found); error != 0) {
    std::fprintf(stderr, "%s: %s\n", host, gai_strerror(error));
    std::exit(1);
  }
  const int fd = socket(found->ai_family, type | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) die("connect");
  freeaddrinfo(found);
  return fd;
}

/// Copies until the end of `from`.
void copy(int from, int to) {
  std::vector<char> buffer(1 << 18);
  for (;;) {
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("read");
    if (n == 0) return;
    write_all(to, buffer.data(), static_cast<size_t>(n));
  }
}

int accept_one(int listener) {
  const int fd = accept(listener, nullptr, nullptr);
  if (fd < 0) die("accept");
  return fd;
}

int listen_on(const char* port) {
  const int fd = bind_port(SOCK_STREAM, port);
  if (listen(fd, 16) != 0) die("listen");
  return fd;
}

int talk(const char* host, const char* port) {
  const int fd = connect_to(SOCK_STREAM, host, port);
  std::thread sender([fd] {
    copy(STDIN_FILENO, fd);
    shutdown(fd, SHUT_WR);
  });
  copy(fd, STDOUT_FILENO);
  sender.detach();
  return 0;
}

int udp_listen(const char* port) {
  const int fd = bind_port(SOCK_DGRAM, port);
  const int on = 1, buffer_bytes = 32 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof(buffer_bytes));
  setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on));
  setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof(on));
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::vector<char> data(1 << 16);
  for (;;) {
    sockaddr_storage from{};
    std::array<char, 256> control{};
    iovec part{data.data(), data.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = recvmsg(fd, &message, 0);
    if (n < 0) die("recvmsg");
    int tos = 0;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level == IPPROTO_IP) tos = *CMSG_DATA(c);
      if (c->cmsg_level == IPPROTO_IPV6) std::memcpy(&tos, CMSG_DATA(c), sizeof(tos));
    }
    std::array<char, NI_MAXHOST> name{};
    getnameinfo(reinterpret_cast<sockaddr*>(&from), message.msg_namelen, name.data(), name.size(),
                nullptr, 0, NI_NUMERICHOST);
    std::printf("%s %zd 0x%02x\n", name.data(), n, static_cast<unsigned>(tos));
  }
}

int udp_send(int argc, char** argv) {
  const int fd = connect_to(SOCK_DGRAM, argv[2], argv[3]);
  const std::vector<char> data(std::strtoul(argv[4], nullptr, 10), 'x');
  const uint64_t count = std::strtoull(argv[5], nullptr, 10);
  const uint64_t per_second = std::strtoull(argv[6], nullptr, 10);
  if (argc > 7) {
    const int tos = static_cast<int>(std::strtol(argv[7], nullptr, 0));
    setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
  }
  const auto start = std::chrono::steady_clock::now();
  uint64_t sent = 0, refused = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (per_second != 0)
      std::this_thread::sleep_until(start +
                                    std::chrono::nanoseconds(1'000'000'000 * i / per_second));
    if (send(fd, data.data(), data.size(), 0) >= 0) {
      ++sent;
    } else if (errno == ECONNREFUSED) {
      ++refused;  // somebody answered an earlier one
      ++sent;
    } else if (errno != ENOBUFS) {
      die("send");
    }
  }
  std::printf("%llu sent\n", static_cast<unsigned long long>(sent));
  return refused > 0 && refused == sent ? 1 : 0;
}

int pattern(uint64_t bytes) {
  std::vector<uint64_t> block(1 << 13);
  uint64_t state = 0x9e3779b97f4a7c15;
  while (bytes > 0) {
    for (auto& word : block) {  // xorshift64
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      word = state;
    }
    const uint64_t size = std::min<uint64_t>(bytes, block.size() * sizeof(block[0]));
    write_all(STDOUT_FILENO, reinterpret_cast<const char*>(block.data()), size);
    bytes -= size;
  }
  return 0;
}

}  // namespace

/// Each datagram as a line: what programs tell systemd (sd_notify(3)).
int unix_listen(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) return 2;
  path.copy(name.sun_path, path.size());
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) die("bind");
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  for (std::string data(1 << 16, '\0');;) {
    const ssize_t n = recv(fd, data.data(), data.size(), 0);
    if (n < 0) die("recv");
    std::printf("%.*s\n", static_cast<int>(n), data.data());
  }
}

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "listen" && argc == 3) {
    copy(accept_one(listen_on(argv[2])), STDOUT_FILENO);
    return 0;
  }
  if (verb == "echo" && argc == 3) {
    const int listener = listen_on(argv[2]);
    for (;;) {
      const int fd = accept_one(listener);
      copy(fd, fd);
      close(fd);
    }
  }
  if (verb == "connect" && argc == 4) return talk(argv[2], argv[3]);
  if (verb == "udp-listen" && argc == 3) return udp_listen(argv[2]);
  if (verb == "unix-listen" && argc == 3) return unix_listen(argv[2]);
  if (verb == "udp-send" && argc >= 7) return udp_send(argc, argv);
  if (verb == "pattern" && argc == 3) return pattern(std::strtoull(argv[2], nullptr, 10));
  std::fputs(
      "usage: sockcat listen|echo|connect|udp-listen|udp-send|pattern ...  (see sockcat.cc)\n",
      stderr);
  return 2;
}
