#include "machine/canary_sockets.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace vinet::machine {
namespace {

constexpr int kReceiveBytes = 4 << 20;
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

ino_t own_network() {
  struct stat file {};
  return stat("/proc/thread-self/ns/net", &file) == 0 ? file.st_ino : 0;
}

/// Takes packets whose trailer begins with the nonce, wherever that is in the packet.
Status take_only(int socket, uint64_t nonce) {
  std::array<uint8_t, sizeof nonce> bytes;
  std::memcpy(bytes.data(), &nonce, sizeof nonce);
  const auto word = [&](size_t at) {
    return uint32_t{bytes[at]} << 24 | uint32_t{bytes[at + 1]} << 16 |
           uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
  };
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kTrailerBytes, 0, 7),
      BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, kTrailerBytes),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(0), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(4), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0x40000),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return errno_error("attach a socket filter", errno);
  }
  return ok();
}

}  // namespace

Status CanarySockets::open_listener() {
  // A packet socket without a protocol takes nothing until it is bound: no packet before the
  // filter.
  listener_ = is_node_ ? Fd(socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
                       : Fd(socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!listener_) return errno_error("open a listening socket", errno);
  TRY(take_only(listener_.get(), nonce_));
  // As much as the limit allows: canaries may come faster than they are read.
  if (setsockopt(listener_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBytes,
                 sizeof kReceiveBytes) != 0) {
    return errno_error("widen a listening socket", errno);
  }
  if (!is_node_) return ok();
  const int yes = 1;
  if (setsockopt(listener_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) != 0) {
    return errno_error("listen for what comes in only", errno);
  }
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(ETH_P_ALL);
  if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) != 0) {
    return errno_error("listen on all interfaces", errno);
  }
  return ok();
}

Status CanarySockets::open_sender() {
  sender_ = is_node_ ? Fd(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
                     : Fd(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!sender_) return errno_error("open a sending socket", errno);
  return ok();
}

Result<CanarySockets> CanarySockets::open(kernel::Namespaces& namespaces, const std::string& netns,
                                          bool is_node, uint64_t nonce) {
  CanarySockets sockets(is_node, nonce);
  const ino_t outside = own_network();
  const auto own = namespaces.is_own(netns);  // a machine of a fleet: the daemon's own namespace
  const auto inside = [&]() -> Status {
    // A kernel that is a data structure has nowhere to go into.
    if (!(own && *own) && own_network() == outside) {
      return Error{Errc::kUnimplemented, "this kernel has no sockets to send packets with", 0};
    }
    TRY(sockets.open_listener());
    return sockets.open_sender();
  };
  TRY_IN("canary in " + netns, namespaces.enter(netns, inside));
  return sockets;
}

Status CanarySockets::send_on(uint32_t ifindex, const Bytes& packet) const {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(packet[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
  to.sll_ifindex = static_cast<int>(ifindex);
  to.sll_halen = ETH_ALEN;
  // To everybody: a machine that had no filter would take it.
  std::memset(to.sll_addr, 0xff, ETH_ALEN);
  if (sendto(sender_.get(), packet.data(), packet.size(), MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    return errno_error("send", errno);
  }
  return ok();
}

Status CanarySockets::send_to(net::Ipv4 destination, const Bytes& packet) const {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(destination.bits);
  if (sendto(sender_.get(), packet.data(), packet.size(), MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    return errno_error("send to " + net::to_string(destination), errno);
  }
  return ok();
}

void CanarySockets::receive(const std::function<void(const Arrival&)>& each) const {
  std::array<uint8_t, 2048> buffer;
  for (;;) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const ssize_t got = recvfrom(listener_.get(), buffer.data(), buffer.size(), MSG_TRUNC,
                                 reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0) return;
    if (static_cast<size_t>(got) > buffer.size()) continue;  // none of ours is so long
    const std::span<const uint8_t> packet(buffer.data(), static_cast<size_t>(got));
    const auto number = canary_number(packet, nonce_);
    if (!number) continue;
    Arrival arrival{*number, 0, is_canary_itself(packet)};
    if (!is_node_ && !arrival.itself) continue;
    if (is_node_) {
      sockaddr_ll link{};
      std::memcpy(&link, &from, sizeof link);
      arrival.ifindex = static_cast<uint32_t>(link.sll_ifindex);
    }
    each(arrival);
  }
}

uint32_t CanarySockets::lost() const {
  if (!is_node_) return 0;
  tpacket_stats stats{};
  socklen_t length = sizeof stats;
  if (getsockopt(listener_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) != 0) return 0;
  return stats.tp_drops;
}

}  // namespace vinet::machine
