// rawcat: packets of all IP protocols, as they are sent and as they arrive at raw sockets of
// another machine.
//
//   rawcat listen                      until SIGTERM; "listening", then a line a packet
//   rawcat send ADDRESS SEED [BYTES]   one of each protocol and of several sizes (or of BYTES); a
//   line a packet
//
//   PROTOCOL TOS BYTES HASH            of what is behind the IP header
//
// Protocols are 1 to 254 (IPv4: 0 and 255 have no raw sockets that listen). The data are random,
// and so is the TOS, congestion marks included; packets above the MTU are fragmented by the sending
// machine.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int kProtocols = 254;
volatile std::sig_atomic_t g_stop = 0;

[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

void tell(int protocol, int tos, const uint8_t* data, size_t bytes) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (size_t i = 0; i < bytes; ++i) hash = (hash ^ data[i]) * 0x100000001b3;
  std::printf("%d %d %zu %016llx\n", protocol, tos, bytes, static_cast<unsigned long long>(hash));
}

int open_raw(int protocol) {
  const int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) die("raw socket of protocol " + std::to_string(protocol));
  return fd;
}

int listen_to_all() {
  std::vector<pollfd> waiting;
  const int bytes = 4 << 20;
  for (int protocol = 1; protocol <= kProtocols; ++protocol) {
    const int fd = open_raw(protocol);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
      die("SO_RCVBUFFORCE");
    waiting.push_back({fd, POLLIN, 0});
  }
  std::printf("listening\n");
  std::fflush(stdout);
  std::vector<uint8_t> packet(65'536);
  while (g_stop == 0) {
    if (poll(waiting.data(), waiting.size(), 200) < 0 && errno != EINTR) die("poll");
    for (const pollfd& one : waiting) {
      ssize_t n;
      while ((n = recv(one.fd, packet.data(), packet.size(), MSG_DONTWAIT)) >= 20) {
        const size_t header = 4 * (packet[0] & 15U);
        tell(packet[9], packet[1], packet.data() + header, static_cast<size_t>(n) - header);
      }
    }
    std::fflush(stdout);
  }
  return 0;
}

int send_all(const char* address, const char* seed, const char* only) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) die(address);
  std::mt19937 random(static_cast<unsigned>(std::atoi(seed)));
  std::vector<size_t> sizes = {0, 1, 19, 20, 21, 39, 40, 41, 60, 576, 1480, 4000};
  if (only != nullptr) sizes = {static_cast<size_t>(std::atol(only))};
  for (int protocol = 1; protocol <= kProtocols; ++protocol) {
    const int fd = open_raw(protocol);
    for (const size_t size : sizes) {
      if (protocol == IPPROTO_ICMP && size < 2) continue;  // the kernel wants to see type and code
      std::vector<uint8_t> data(size);
      for (uint8_t& byte : data) byte = static_cast<uint8_t>(random());
      if (!data.empty()) data[0] |= 0x80;  // no echo request: nobody shall answer
      const int tos = static_cast<int>(random() & 0xff);
      if (setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos) != 0) die("IP_TOS");
      if (sendto(fd, data.data(), size, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) < 0)
        die("send protocol " + std::to_string(protocol));
      tell(protocol, tos, data.data(), size);
    }
    close(fd);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  struct sigaction action {};
  action.sa_handler = [](int) { g_stop = 1; };
  sigaction(SIGTERM, &action, nullptr);
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 1 && args[0] == "listen") return listen_to_all();
  if ((args.size() == 3 || args.size() == 4) && args[0] == "send")
    return send_all(argv[2], argv[3], argc > 4 ? argv[4] : nullptr);
  std::fputs("usage: rawcat listen | rawcat send ADDRESS SEED [BYTES]\n", stderr);
  return 2;
}
