// UDP sockets of discovery, on every device that has an IPv4 address.
#pragma once

#include <netinet/in.h>

#include <string>
#include <vector>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::discovery {

/// Addresses of this computer's devices that are up and carry multicast; loopback left out.
std::vector<in_addr> own_addresses();

/// Bound to the port of discovery, beside others who listen there.
Result<Fd> open_listening();
/// Joins the group on each of these; fine where it has joined already.
void join_group(int fd, const std::vector<in_addr>& addresses);
Result<Fd> open_asking();
/// To the group, out of the device with this address.
Status send_to_group(int fd, const in_addr& from, int ttl, const std::string& text);

/// A datagram, and who sent it; empty: none came within so many milliseconds.
struct Datagram {
  std::string text;
  sockaddr_in from{};
};
Datagram receive(int fd, int timeout_ms);

}  // namespace vinet::discovery
