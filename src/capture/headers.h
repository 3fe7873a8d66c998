// The headers that a frame of a base interface carries, as far as they tell whose it is.
//
//   | Ethernet | base X→Y | link Q→R | ... end A→D        read: (X, Y), (Q, R), ... (A, D)
//   | Ethernet | base Y→X | ICMP error | base X→Y | link…  read: what is quoted
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "net/ip.h"

namespace vinet::capture {

/// Source and destination of one IPv4 header.
struct Header {
  net::Ipv4 source, destination;
  friend auto operator<=>(const Header&, const Header&) = default;
};

/// A stack of headers, outermost first: base, link, and those of the links above.
using Headers = std::vector<Header>;

/// Some headers; null: any.
using HeaderSet = std::shared_ptr<const std::set<Header>>;

/// The headers on the way back.
Headers reversed(const Headers& headers);

struct Reading {
  Headers headers;
  /// Of the outermost header: what joins the fragments of one packet, beside the addresses.
  uint16_t identification = 0;
  uint8_t protocol = 0;
  bool more_fragments = false;
  bool later_fragment = false;  ///< not the first: only the outermost header is there
  bool quoted = false;          ///< by an ICMP error
};

/// Reads the IPv4 headers of an Ethernet frame, from the outermost on as long as one is in the
/// other, `most` of them. Nothing is checked but what is needed to go on: whoever forges a key
/// shall be seen. Into `reading`, whose memory is used again.
void read_headers(std::string_view frame, size_t most, Reading& reading);

}  // namespace vinet::capture
