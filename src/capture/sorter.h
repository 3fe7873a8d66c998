// Which interface of a capture a frame of one tap belongs to.
//
// Problem:   many links share a base interface; each packet is stored once, with the link whose key
//            it carries, or with all that is left over.
// Approach:  a map from header stacks, both directions, to interfaces. The longest stack that the
//            frame begins with decides: in a stack of internets, the uppermost link that was asked
//            for. A link above the first layer is known by its own header, at its depth, as the
//            links below that carry it may change. The later fragments of a packet go where its
//            first one went; an ICMP error goes with the packet that it quotes.
// Invariant: at most kMostFragmented packets are remembered.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "capture/headers.h"

namespace vinet::capture {

class Sorter {
 public:
  /// Packets with these headers, or with them on their way back, belong to the interface. Of two
  /// that are equal the first holds.
  void add(const Headers& key, uint32_t interface);
  /// So do packets with this header, either way, under others: the i-th of them, from the outermost
  /// on, must be one of `under[i]`.
  void add_under(const Header& key, std::vector<HeaderSet> under, uint32_t interface);
  /// So does all that no key claims; else nobody wants it.
  void set_rest(uint32_t interface) { rest_ = interface; }

  std::optional<uint32_t> interface_of(std::string_view frame);

 private:
  static constexpr size_t kMostFragmented = 64;
  struct Fragmented {
    Header header;
    uint16_t identification = 0;
    uint8_t protocol = 0;
    uint32_t interface = 0;
  };

  struct Under {
    std::vector<HeaderSet> headers;
    uint32_t interface = 0;
  };

  std::optional<uint32_t> claimed() const;
  std::optional<uint32_t> claimed_under() const;
  std::optional<uint32_t> by_first_fragment() const;

  std::map<Headers, uint32_t> by_key_;
  // By the number of headers over it, and the header.
  std::map<std::pair<size_t, Header>, std::vector<Under>> by_depth_;
  std::optional<uint32_t> rest_;
  size_t most_headers_ = 0;
  Reading reading_;  // of the last frame; kept for its memory
  std::deque<Fragmented> fragmented_;
};

}  // namespace vinet::capture
