// wirelook: what the two end nodes of a path see. Sends packets as lines of text describe them from
// node A, and writes what then arrives at B and at A, so that two worlds can be compared by diff.
//
//   wirelook A_NETNS A_DEVICE A_NEIGHBOUR_MAC A_IPV4  B_NETNS B_DEVICE B_IPV4 < scenarios
//
// Lines of a scenario:
//   let key=value...        holds for all lines that follow
//   send NAME key=value...  packets as they are, straight onto A's device:
//        src dst            of one family
//        proto              udp (default), tcp, icmp, or a number: then `data` follows the IP
//        header data seed hex      bytes of pattern, which pattern, or the bytes themselves ttl tos
//        id flags off totlen version ihl opts(hex) ipsum=bad  flow nh ext(hex)   IP header sport
//        dport sum=good|zero|bad  tcpflags seq ack tcpopt  type code echo          the next one
//        frag               splits into fragments that carry so many bytes
//        count              sends all so often at once
//        show=1             writes also neighbour discovery, IGMP and MLD that come by themselves
//        mac                destination; default A's neighbour, or the group's
//   udp NAME dst= dport= [data= ttl= tos= df=do|want|dont|probe broadcast=1 count= echo=1]
//   tcp NAME dst= dport= [ttl= tos=]
//        the same by a socket in A; `echo`: B sends back what it got
//   any: wait=MS            goes on listening so long (for answers that come late)
//
// B listens on UDP and TCP port 4000. After each line an echo goes to B and back twice: on one CPU
// the path is first in first out, so then everything has arrived that will.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "wire_packet.h"
#include "wire_socket.h"
#include "wire_tap.h"

namespace {

using vinet::wire::Bytes;
using vinet::wire::Care;
using vinet::wire::data_digest;
using vinet::wire::die;
using vinet::wire::enter;
using vinet::wire::Fd;
using vinet::wire::name_of;
using vinet::wire::number;
using vinet::wire::report_socket;
using vinet::wire::Seen;
using vinet::wire::set;
using vinet::wire::set_options;
using vinet::wire::socket_address;
using vinet::wire::Tap;
using vinet::wire::to_text;
using vinet::wire::Words;

constexpr uint16_t kSentinel = 0x5e47;  // id of the echo that follows each line
constexpr uint16_t kPort = 4000;
constexpr int kPatienceMs = 3000;

std::array<uint8_t, 6> parse_mac(const std::string& text) {
  std::array<unsigned, 6> part{};
  if (std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &part[0], &part[1], &part[2], &part[3],
                  &part[4], &part[5]) != 6)
    die("MAC " + text);
  std::array<uint8_t, 6> mac{};
  for (size_t i = 0; i < 6; ++i) mac[i] = static_cast<uint8_t>(part[i]);
  return mac;
}

class Look {
 public:
  Look(Tap& a, Tap& b, const std::string& a_netns, const std::string& b_netns, char** argv)
      : a_(a),
        b_(b),
        a_netns_(a_netns),
        neighbour_(parse_mac(argv[3])),
        a_ipv4_(argv[4]),
        b_ipv4_(argv[7]) {
    enter(b_netns);
    udp_ = std::make_unique<Fd>(listen_socket(SOCK_DGRAM));
    tcp_ = std::make_unique<Fd>(listen_socket(SOCK_STREAM));
    if (listen(tcp_->get(), 16) != 0) die("listen");
    enter(a_netns);
  }

  void line(const std::string& text) {
    std::istringstream in(text);
    std::string verb, name, word;
    if (!(in >> verb) || verb[0] == '#') return;
    if (verb != "let") in >> name;
    Words words = defaults_;
    while (in >> word) {
      const size_t at = word.find('=');
      if (at == std::string::npos) die("no key=value: " + word);
      words[word.substr(0, at)] = word.substr(at + 1);
    }
    if (verb == "let") {
      defaults_ = words;
      return;
    }
    std::printf("== %s\n", name.c_str());
    if (verb == "send") {
      send(words);
    } else if (verb == "udp") {
      udp(words);
    } else if (verb == "tcp") {
      tcp(words);
    } else {
      die("unknown verb " + verb);
    }
  }

 private:
  static int listen_socket(int type) {
    const int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) die("socket");
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(kPort);
    if (bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) die("bind");
    return fd;
  }

  bool is_sentinel(const Bytes& packet) const {
    return packet.size() >= 28 && packet[0] == 0x45 && packet[9] == 1 &&
           (packet[20] == 0 || packet[20] == 8) && packet[24] == kSentinel >> 8 &&
           packet[25] == (kSentinel & 0xff);
  }

  /// Collects what arrives until an echo has come back from B, or `extra_ms` more.
  void settle(int extra_ms = 0) {
    for (int round = 0; round < 2; ++round) {
      ++turn_;
      const Words echo = {{"src", a_ipv4_},
                          {"dst", b_ipv4_},
                          {"proto", "icmp"},
                          {"echo", std::to_string(kSentinel)},
                          {"seq", std::to_string(turn_)}};
      a_.send(vinet::wire::build(echo).front(), neighbour_);
      if (!collect(kPatienceMs, true)) std::printf("the echo to B is not answered\n");
    }
    if (extra_ms > 0) collect(extra_ms, false);
  }

  /// True when the echo of this turn came back.
  bool collect(int milliseconds, bool until_echo) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
    for (;;) {
      bool back = false;
      Seen seen;
      while (a_.next(seen)) {
        if (!is_sentinel(seen.packet)) {
          at_a_.push_back(seen);
        } else if ((seen.packet[26] << 8 | seen.packet[27]) == turn_) {
          back = true;
        }
      }
      while (b_.next(seen))
        if (!is_sentinel(seen.packet)) at_b_.push_back(seen);
      if (back && until_echo) return true;
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
      if (left.count() <= 0) return false;
      std::array<pollfd, 2> both = {pollfd{a_.fd(), POLLIN, 0}, pollfd{b_.fd(), POLLIN, 0}};
      poll(both.data(), until_echo ? 1 : 2, static_cast<int>(left.count()));
    }
  }

  /// Writes what was collected. `own`: what was sent, to be told from what A's kernel sends.
  void report(const std::vector<Bytes>& own, Care care) {
    for (const Seen& seen : at_b_) {
      bool sent = false;
      for (const Bytes& one : own)
        sent = sent || (vinet::wire::source_of(one) == vinet::wire::source_of(seen.packet) &&
                        vinet::wire::mark_of(one) == vinet::wire::mark_of(seen.packet));
      // What B is told in an ICMP error, B's kernel had made.
      print("B", seen, sent ? Care::kExact : Care::kLoose, sent);
    }
    for (const Seen& seen : at_a_) print("A", seen, care, false);
    at_a_.clear();
    at_b_.clear();
  }

  void print(const char* where, const Seen& seen, Care care, bool always) const {
    if (!always && !show_ && vinet::wire::is_housekeeping(seen.packet)) return;
    std::printf("%s < %s\n", where, vinet::wire::describe(seen.packet, care, seen.partial).c_str());
  }

  std::array<uint8_t, 6> mac_for(const Words& words, const Bytes& packet) const {
    if (const auto found = words.find("mac"); found != words.end()) return parse_mac(found->second);
    if (vinet::wire::is_ipv6(packet) && packet.size() >= 40 && packet[24] == 0xff)
      return {0x33, 0x33, packet[36], packet[37], packet[38], packet[39]};
    if (!vinet::wire::is_ipv6(packet) && packet.size() >= 20) {
      if (packet[16] == 255) return {255, 255, 255, 255, 255, 255};
      if (packet[16] >> 4 == 14)
        return {1, 0, 0x5e, static_cast<uint8_t>(packet[17] & 0x7f), packet[18], packet[19]};
    }
    return neighbour_;
  }

  void send(const Words& words) {
    const std::vector<Bytes> packets = vinet::wire::build(words);
    show_ = words.count("show") != 0;
    for (int i = 0; i < number(words, "count", 1); ++i)
      for (const Bytes& packet : packets)
        if (const int error = a_.send(packet, mac_for(words, packet)); error != 0)
          std::printf("send: %s\n", name_of(error).c_str());
    settle(number(words, "wait", 0));
    report(packets, Care::kReply);
    read_at_b(false);
    drop_connections();
  }

  /// What B's UDP socket got.
  void read_at_b(bool echo) {
    Bytes data(1 << 16);
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    ssize_t got = 0;
    while ((got = recvfrom(udp_->get(), data.data(), data.size(), 0,
                           reinterpret_cast<sockaddr*>(&from), &size)) >= 0) {
      const Bytes datagram(data.begin(), data.begin() + got);
      std::printf("B's socket: %zd bytes %016lx from %s\n", got, data_digest(datagram),
                  to_text(from).c_str());
      if (echo && sendto(udp_->get(), datagram.data(), datagram.size(), 0,
                         reinterpret_cast<sockaddr*>(&from), size) < 0)
        std::printf("B's answer: %s\n", name_of(errno).c_str());
      size = sizeof from;
    }
  }

  void drop_connections() {
    for (;;) {
      const Fd fd(accept4(tcp_->get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (fd.get() < 0) return;
      const linger at_once = {1, 0};
      setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
  }

  void udp(const Words& words) {
    socklen_t size = 0;
    const sockaddr_storage to =
        socket_address(words.at("dst"), static_cast<uint16_t>(number(words, "dport", 9)), size);
    const Fd fd(socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd.get() < 0) die("socket");
    set(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20);
    set(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20);
    set_source(fd.get(), to.ss_family);
    set_options(fd.get(), words, to.ss_family == AF_INET6);
    int error = connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), size) == 0 ? 0 : errno;
    std::printf("connect: %s\n", name_of(error).c_str());
    const Bytes data = vinet::wire::pattern(static_cast<size_t>(number(words, "data", 20)), 1);
    for (int i = 0; error == 0 && i < number(words, "count", 1); ++i) {
      const ssize_t sent = ::send(fd.get(), data.data(), data.size(), 0);
      std::printf("send: %s\n", name_of(sent < 0 ? errno : 0).c_str());
      settle();
    }
    settle(number(words, "wait", 0));
    read_at_b(words.count("echo") != 0);
    if (words.count("echo")) settle();
    report({}, Care::kLoose);
    report_socket(fd.get());
  }

  /// Source ports are the same in every run.
  void set_source(int fd, int family) {
    sockaddr_in6 from{};  // long enough for IPv4, whose port lies at the same place
    from.sin6_family = static_cast<sa_family_t>(family);
    from.sin6_port = htons(++source_port_);
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof from;
    if (bind(fd, reinterpret_cast<const sockaddr*>(&from), size) != 0) die("bind");
  }

  void tcp(const Words& words) {
    socklen_t size = 0;
    const sockaddr_storage to =
        socket_address(words.at("dst"), static_cast<uint16_t>(number(words, "dport", 9)), size);
    auto fd =
        std::make_unique<Fd>(socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd->get() < 0) die("socket");
    const linger at_once = {1, 0};
    setsockopt(fd->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    set_source(fd->get(), to.ss_family);
    set_options(fd->get(), words, to.ss_family == AF_INET6);
    int error = connect(fd->get(), reinterpret_cast<const sockaddr*>(&to), size) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      pollfd one = {fd->get(), POLLOUT, 0};
      poll(&one, 1, number(words, "patience", 4000));
      socklen_t length = sizeof error;
      getsockopt(fd->get(), SOL_SOCKET, SO_ERROR, &error, &length);
      if (one.revents == 0) error = ETIMEDOUT;
    }
    std::printf("connect: %s\n", name_of(error).c_str());
    if (error == 0) {
      tcp_info info{};
      socklen_t length = sizeof info;
      getsockopt(fd->get(), IPPROTO_TCP, TCP_INFO, &info, &length);
      std::printf("connection: snd_mss %u advmss %u pmtu %u\n", info.tcpi_snd_mss, info.tcpi_advmss,
                  info.tcpi_pmtu);
    }
    settle();
    fd.reset();  // a reset
    settle();
    report({}, Care::kLoose);
    drop_connections();
  }

  Tap& a_;
  Tap& b_;
  std::string a_netns_;
  std::array<uint8_t, 6> neighbour_;
  std::string a_ipv4_, b_ipv4_;
  std::unique_ptr<Fd> udp_, tcp_;
  Words defaults_;
  std::vector<Seen> at_a_, at_b_;
  bool show_ = false;
  uint16_t turn_ = 0, source_port_ = 41000;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fputs("usage: wirelook A_NETNS A_DEVICE A_NEIGHBOUR_MAC A_IPV4 B_NETNS B_DEVICE B_IPV4\n",
               stderr);
    return 2;
  }
  cpu_set_t one;  // first in, first out
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
  sched_setaffinity(0, sizeof one, &one);
  Tap b(argv[5], argv[6]);
  Tap a(argv[1], argv[2]);
  Look look(a, b, argv[1], argv[5], argv);
  std::string line;
  while (std::getline(std::cin, line)) look.line(line);
  return 0;
}
