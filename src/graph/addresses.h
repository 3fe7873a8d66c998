// Which addresses a node can have, and who has which.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "graph/budget.h"
#include "net/ip.h"

namespace vinet::graph {

/// Why no node can have this address ("a multicast address"), or "" if it can.
std::string_view unusable(const net::IpAddress& address);

/// What a pool holds that no node can have ("multicast addresses"), or "".
std::string_view unusable(const net::IpPrefix& pool);

/// The hand-set addresses of one internet: each may be given once.
class AddressBook {
 public:
  /// Enters an address of `owner` ("node 'web'"). Reports one that is taken.
  void claim(const net::IpAddress& address, const std::string& owner, Span at, Budget& budget);

 private:
  std::map<net::IpAddress, std::string> owners_;
};

}  // namespace vinet::graph
