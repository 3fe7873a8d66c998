// witness: sees every packet that comes to a node or machine, on all its devices, and says which of
// them are forged.
//
//   witness NAMESPACE_FILE[@DEVICE]...    until SIGTERM; "listening", then a line a packet:
//
//   NODE forged NUMBER BYTES          it has kMark in it, then a number (tests/support/forge.cc)
//   NODE other BYTES HEX              it has not, and is no part of IPv6's own talk (ND, MLD)
//
// What a node sends itself is not told, unless a device is named. BYTES are counted from the IP
// header on.
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "forge.h"

namespace {

volatile std::sig_atomic_t g_stop = 0;

[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

struct Node {
  std::string name;
  bool both_ways = false;
  int fd = -1;
};

Node listen_in(const std::string& what) {
  const size_t at = what.find('@');
  const std::string file = what.substr(0, at);
  const int space = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (space < 0 || setns(space, CLONE_NEWNET) != 0) die(file);
  close(space);
  Node node{what.substr(file.rfind('/') + 1), at != std::string::npos,
            socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int bytes = 64 << 20;
  if (node.fd < 0) die("packet socket in " + file);
  if (setsockopt(node.fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    die("SO_RCVBUFFORCE");
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);
  if (node.both_ways) {
    where.sll_ifindex = static_cast<int>(if_nametoindex(what.substr(at + 1).c_str()));
    if (where.sll_ifindex == 0) die(what);
  }
  if (bind(node.fd, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) die("bind in " + what);
  return node;
}

/// Neighbour discovery (133-137), MLD (130-132, 143): every kernel sends them by itself.
bool is_own_talk(const std::vector<uint8_t>& p) {
  if (p.size() < 41 || p[0] >> 4 != 6) return false;
  size_t at = 40;
  uint8_t next = p[6];
  if (next == IPPROTO_HOPOPTS && p.size() > 48) {  // MLD has a router alert
    next = p[40];
    at = 48;
  }
  return next == IPPROTO_ICMPV6 && p.size() > at &&
         ((p[at] >= 130 && p[at] <= 137) || p[at] == 143);
}

void tell(const Node& node, const std::vector<uint8_t>& packet) {
  const auto mark = std::search(packet.begin(), packet.end(), std::begin(forge::kMark),
                                std::end(forge::kMark) - 1);
  const long at = mark - packet.begin() + static_cast<long>(forge::kMarkBytes);
  if (at + 4 <= static_cast<long>(packet.size())) {
    uint32_t number = 0;
    for (long i = at; i < at + 4; ++i) number = number << 8 | packet[static_cast<size_t>(i)];
    std::printf("%s forged %u %zu\n", node.name.c_str(), number, packet.size());
  } else if (!is_own_talk(packet)) {
    std::printf("%s other %zu ", node.name.c_str(), packet.size());
    for (size_t i = 0; i < std::min<size_t>(packet.size(), 60); ++i) std::printf("%02x", packet[i]);
    std::printf("\n");
  }
}

/// Were there any?
bool take_all(const Node& node) {
  for (bool any = false;; any = true) {
    std::vector<uint8_t> packet(65'536);
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t n = recvfrom(node.fd, packet.data(), packet.size(), 0,
                               reinterpret_cast<sockaddr*>(&from), &length);
    if (n < 0) {
      if (errno == EAGAIN || errno == EINTR || errno == ENETDOWN) return any;
      die("recvfrom in " + node.name);
    }
    if (!node.both_ways && from.sll_pkttype == PACKET_OUTGOING) continue;
    packet.resize(static_cast<size_t>(n));
    tell(node, packet);
  }
}

/// Tells all that has come. Whoever sees one line may rely on those of all packets that came before
/// it, to any node.
void take_from_all(const std::vector<Node>& nodes) {
  for (bool any = true; any;) {
    any = false;
    for (const Node& node : nodes) any = take_all(node) || any;
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: witness NAMESPACE_FILE...\n", stderr);
    return 2;
  }
  struct sigaction action {};
  action.sa_handler = [](int) { g_stop = 1; };
  sigaction(SIGTERM, &action, nullptr);
  std::vector<Node> nodes;
  std::vector<pollfd> waiting;
  for (int i = 1; i < argc; ++i) {
    nodes.push_back(listen_in(argv[i]));
    waiting.push_back({nodes.back().fd, POLLIN, 0});
  }
  std::printf("listening\n");
  std::fflush(stdout);
  while (g_stop == 0) {
    if (poll(waiting.data(), waiting.size(), 200) < 0 && errno != EINTR) die("poll");
    take_from_all(nodes);
  }
  take_from_all(nodes);
  return 0;
}
