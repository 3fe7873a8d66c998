#include "wire_socket.h"

#include <linux/errqueue.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "wire_tap.h"

namespace vinet::wire {

int number(const Words& words, const char* key, int otherwise) {
  const auto found = words.find(key);
  return found == words.end() ? otherwise : std::atoi(found->second.c_str());
}

sockaddr_storage socket_address(const std::string& text, uint16_t port, socklen_t& size) {
  const Bytes bytes = address(text);
  sockaddr_storage out{};
  if (bytes.size() == 4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, bytes.data(), 4);
    size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, bytes.data(), 16);
    size = sizeof v6;
  }
  return out;
}

std::string to_text(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return wire::to_text(reinterpret_cast<const uint8_t*>(&v4.sin_addr), 4);
  }
  if (address.ss_family != AF_INET6) return "-";
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  return to_text(reinterpret_cast<const uint8_t*>(&v6.sin6_addr), 16);
}

std::string name_of(int error) {
  return error == 0 ? "ok" : strerrorname_np(error);
}

unsigned long data_digest(const Bytes& data) {
  return static_cast<unsigned long>(digest(data.data(), data.size()));
}

void set_options(int fd, const Words& words, bool v6) {
  const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
  set(fd, level, v6 ? IPV6_RECVERR : IP_RECVERR, 1);
  if (words.count("ttl")) set(fd, level, v6 ? IPV6_UNICAST_HOPS : IP_TTL, number(words, "ttl", 0));
  if (words.count("tos"))
    set(fd, level, v6 ? IPV6_TCLASS : IP_TOS,
        static_cast<int>(std::strtol(words.at("tos").c_str(), nullptr, 0)));
  if (words.count("broadcast")) set(fd, SOL_SOCKET, SO_BROADCAST, 1);
  if (const auto df = words.find("df"); df != words.end()) {
    const std::string& how = df->second;
    const int value = how == "do"     ? IP_PMTUDISC_DO
                      : how == "want" ? IP_PMTUDISC_WANT
                      : how == "dont" ? IP_PMTUDISC_DONT
                                      : IP_PMTUDISC_PROBE;
    set(fd, level, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, value);
  }
}

void report_socket(int fd) {
  Bytes data(1 << 16);
  for (;;) {
    const ssize_t got = recv(fd, data.data(), data.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) break;
    if (got < 0) {
      std::printf("A's socket: %s\n", name_of(errno).c_str());
      continue;
    }
    std::printf("A's socket: %zd bytes %016lx\n", got,
                data_digest(Bytes(data.begin(), data.begin() + got)));
    if (got == 0) break;
  }
  for (;;) {
    std::array<char, 512> control{};
    iovec part{data.data(), data.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_type != (c->cmsg_level == IPPROTO_IPV6 ? IPV6_RECVERR : IP_RECVERR)) continue;
      struct {
        sock_extended_err error;
        sockaddr_storage offender;
      } found{};
      std::memcpy(&found, CMSG_DATA(c), std::min(sizeof found, c->cmsg_len - CMSG_LEN(0)));
      sockaddr_storage offender{};
      std::memcpy(&offender, SO_EE_OFFENDER(&found.error), sizeof(sockaddr_in6));
      std::printf("A's error queue: %s origin %u type %u code %u info %u from %s\n",
                  name_of(static_cast<int>(found.error.ee_errno)).c_str(),
                  unsigned{found.error.ee_origin}, unsigned{found.error.ee_type},
                  unsigned{found.error.ee_code}, found.error.ee_info, to_text(offender).c_str());
    }
  }
}

}  // namespace vinet::wire
