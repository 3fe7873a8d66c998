// UDP sockets of discovery, on every device that has an IPv4 address.
#pragma once

#include <string>
#include <vector>

#include "discovery/message.h"
#include "support/fd.h"
#include "support/result.h"

namespace vinet::discovery {

/// Addresses of this computer's devices that are up and carry multicast; loopback left out.
std::vector<net::Ipv4> own_addresses();

/// Takes only what comes to the group at the port of discovery; others may listen there, too.
Result<Fd> open_listening(net::Ipv4 group);
/// Joins the group on the devices with these addresses; fine where it has joined already.
void join_group(int fd, net::Ipv4 group, const std::vector<net::Ipv4>& addresses);
/// From the port of discovery, and from this address unless it is 0.0.0.0.
void send_answer(int fd, net::Ipv4 from, const Endpoint& to, const std::string& text);

/// A socket of one device, with a port of its own.
struct Asking {
  Fd fd;
  Endpoint at;
};
Result<Asking> open_asking(net::Ipv4 address);
Status send_to_group(const Asking& from, net::Ipv4 group, int ttl, const std::string& text);

/// A datagram, and who sent it; empty: none came within so many milliseconds. One that is longer
/// than kMostBytes has one byte more.
struct Datagram {
  std::string text;
  Endpoint from;
};
Datagram receive(const std::vector<int>& fds, int timeout_ms);

}  // namespace vinet::discovery
