#include "wire_tap.h"

#include <fcntl.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace vinet::wire {

[[noreturn]] void die(const std::string& what) {
  std::perror(("wirelook: " + what).c_str());
  std::exit(2);
}

Fd::Fd(int fd) : fd_(fd) {}

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

void enter(const std::string& netns) {
  const Fd fd(open(netns.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0 || setns(fd.get(), CLONE_NEWNET) != 0) die("enter " + netns);
}

void set(int fd, int level, int name, int value) {
  if (setsockopt(fd, level, name, &value, sizeof value) != 0) die("setsockopt");
}

Tap::Tap(const std::string& netns, const std::string& device) {
  enter(netns);
  fd_ = std::make_unique<Fd>(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  if (fd_->get() < 0) die("packet socket");
  address_.sll_family = AF_PACKET;
  address_.sll_protocol = htons(ETH_P_ALL);
  address_.sll_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
  if (address_.sll_ifindex == 0) die(device);
  if (bind(fd_->get(), reinterpret_cast<sockaddr*>(&address_), sizeof address_) != 0) die("bind");
  set(fd_->get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
  set(fd_->get(), SOL_PACKET, PACKET_AUXDATA, 1);
  set(fd_->get(), SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20);
}

bool Tap::next(Seen& seen) {
  for (;;) {
    seen.packet.resize(1 << 17);
    sockaddr_ll from{};
    std::array<char, 256> control{};
    iovec part{seen.packet.data(), seen.packet.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(fd(), &message, MSG_DONTWAIT);
    if (size < 0) return false;
    seen.packet.resize(static_cast<size_t>(size));
    seen.partial = false;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      tpacket_auxdata extra{};
      std::memcpy(&extra, CMSG_DATA(c), sizeof extra);
      seen.partial = (extra.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
    }
    const uint16_t kind = ntohs(from.sll_protocol);
    if (kind == ETHERTYPE_IP || kind == ETHERTYPE_IPV6) return true;
  }
}

int Tap::send(const Bytes& packet, const std::array<uint8_t, 6>& mac) {
  sockaddr_ll to = address_;
  to.sll_protocol = htons(vinet::wire::is_ipv6(packet) ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
  to.sll_halen = 6;
  std::memcpy(to.sll_addr, mac.data(), mac.size());
  const auto* address = reinterpret_cast<sockaddr*>(&to);
  return sendto(fd(), packet.data(), packet.size(), 0, address, sizeof to) < 0 ? errno : 0;
}

}  // namespace vinet::wire
