// multicast: what a test needs of multicast, without a daemon of its own for it.
//
//   multicast route GROUP SOURCE IN OUT...         this namespace forwards what SOURCE sends to
//   GROUP and comes in at
//                                                  device IN, out of each OUT, until killed
//   multicast send GROUP PORT FROM FROM_PORT COUNT   stdin as one datagram, so often (0: until
//   killed)
#include <arpa/inet.h>
#include <linux/mroute.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>

namespace {

int fail(const char* what) {
  std::perror(what);
  return 1;
}

in_addr address_of(const char* text) {
  in_addr address{};
  if (::inet_pton(AF_INET, text, &address) != 1) {
    std::fprintf(stderr, "multicast: '%s' is no address\n", text);
    std::exit(2);
  }
  return address;
}

int route(int count, char** words) {
  const int fd = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_IGMP);
  const int on = 1;
  if (fd < 0 || ::setsockopt(fd, IPPROTO_IP, MRT_INIT, &on, sizeof on) != 0)
    return fail("MRT_INIT");
  mfcctl entry{};
  entry.mfcc_mcastgrp = address_of(words[0]);
  entry.mfcc_origin = address_of(words[1]);
  for (int i = 2; i < count; ++i) {
    vifctl device{};
    device.vifc_vifi = static_cast<vifi_t>(i - 2);
    device.vifc_flags = VIFF_USE_IFINDEX;
    device.vifc_threshold = 1;
    device.vifc_lcl_ifindex = static_cast<int>(::if_nametoindex(words[i]));
    if (::setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &device, sizeof device) != 0)
      return fail(words[i]);
    entry.mfcc_ttls[i - 2] = i == 2 ? 0 : 1;
  }
  entry.mfcc_parent = 0;
  if (::setsockopt(fd, IPPROTO_IP, MRT_ADD_MFC, &entry, sizeof entry) != 0)
    return fail("MRT_ADD_MFC");
  std::puts("ready");
  std::fflush(stdout);
  for (;;) ::pause();  // it lasts as long as the socket
}

int send_many(char** words) {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in from{}, to{};
  to.sin_family = from.sin_family = AF_INET;
  to.sin_addr = address_of(words[0]);
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(words[1])));
  from.sin_addr = address_of(words[2]);
  from.sin_port = htons(static_cast<uint16_t>(std::atoi(words[3])));
  const int ttl = 8;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0 ||
      ::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from.sin_addr, sizeof from.sin_addr) != 0 ||
      ::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) != 0) {
    return fail("bind");
  }
  const long count = std::atol(words[4]);
  for (long i = 0; count == 0 || i < count; ++i) {
    if (::sendto(fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to) <
        0) {
      return fail("send");
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "route" && argc >= 6) return route(argc - 2, argv + 2);
  if (mode == "send" && argc == 7) return send_many(argv + 2);
  std::fprintf(
      stderr,
      "usage: multicast route GROUP SOURCE IN OUT... | send GROUP PORT FROM FROM_PORT COUNT\n");
  return 2;
}
