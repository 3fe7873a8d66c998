// The sockets of a canary: in each node one that sends on any of its interfaces, past its routes,
// and one that sees what comes in; in each machine one that sends into the base with any headers,
// and one that sees what the machine's own stack is given.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "kernel/kernel.h"
#include "machine/canary_packet.h"
#include "support/fd.h"
#include "support/result.h"

namespace vinet::machine {

/// What was seen by a socket.
struct Arrival {
  uint32_t number = 0;
  uint32_t ifindex = 0;  ///< where it came in; of a node
  bool itself = true;    ///< not in a header, nor quoted by an error
};

class CanarySockets {
 public:
  /// Opens both sockets, in a node or in a machine. Errors: unimplemented on a kernel that is none.
  static Result<CanarySockets> open(kernel::Namespaces& namespaces, const std::string& netns,
                                    bool is_node, uint64_t nonce);

  /// Sends a packet of either family out of a node's interface.
  Status send_on(uint32_t ifindex, const Bytes& packet) const;
  /// Sends an IPv4 packet, headers and all, to wherever the machine's routes lead it.
  Status send_to(net::Ipv4 destination, const Bytes& packet) const;
  /// Hands over all that has arrived.
  void receive(const std::function<void(const Arrival&)>& each) const;
  /// Packets that the listening socket had no room for, since the last call.
  uint32_t lost() const;

 private:
  CanarySockets(bool is_node, uint64_t nonce) : is_node_(is_node), nonce_(nonce) {}
  Status open_listener();
  Status open_sender();

  Fd listener_, sender_;
  bool is_node_ = true;
  uint64_t nonce_ = 0;
};

}  // namespace vinet::machine
