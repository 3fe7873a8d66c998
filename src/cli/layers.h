// Layers: an internet with all that it stands on, and what addresses and nodes are called there.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "capture/stack_ways.h"
#include "control/state.h"

namespace vinet::cli {

/// Layer 0 is the base, layer 1 the internet on it, and so on. Pointers into what it was made of.
struct Layers : capture::Stack {
  /// The ends of a link, by the header that its packets carry.
  struct Ends {
    std::string link, from, to;  ///< no link in the base, and where nobody knows the addresses
  };

  std::optional<size_t> layer_of(const std::string& owner) const;
  const std::string& name_of(size_t layer) const;
  /// `base_header`: where it is known, for link addresses of the first layer, which may repeat on
  /// other machines. Addresses that no plan knows name themselves.
  Ends ends_of(size_t layer, const std::pair<net::Ipv4, net::Ipv4>& header,
               const std::optional<std::pair<net::Ipv4, net::Ipv4>>& base_header) const;
  /// The node at the other end of a link; "" if there is none.
  std::string far_end(size_t layer, const std::string& link, const std::string& node) const;
  /// What a node stands on: a node of the layer below, or a machine; "" if there is no such node.
  std::string under(size_t layer, const std::string& node) const;
  /// The same in full: `lower.a`, `lab.X`.
  std::string place_of(size_t layer, const std::string& node) const;
  /// All that a node stands on: `lower.a`, `lab.X`.
  std::vector<std::string> places_of(size_t layer, const std::string& node) const;
};

/// Nothing where a layer is not in the state, because its file cannot be read.
std::optional<Layers> layers_of(const control::State& state, const plan::InternetPlan& internet);

}  // namespace vinet::cli
