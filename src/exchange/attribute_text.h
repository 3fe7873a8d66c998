// The attributes of the language that the graph formats of others do not know, as keys and texts of
// GraphML (`vinet_rate`: `100mbit`), so that what is exported can be imported again.
// Not among them: addresses, pools and machines, which belong to one world.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace vinet::exchange {

using KeyedText = std::vector<std::pair<std::string, std::string>>;

/// All of them start with this.
inline constexpr std::string_view kOwnPrefix = "vinet_";

/// What differs from the default.
KeyedText own_attributes(const graph::Internet& internet);
KeyedText own_attributes(const graph::Node& node);
KeyedText own_attributes(const graph::Link& link);

/// Sets what such a key says. False where it says nothing of the kind, or not so that it can be
/// understood. Names and kinds are not set here.
bool set_own(graph::Internet& internet, std::string_view key, std::string_view text);
bool set_own(graph::Node& node, std::string_view key, std::string_view text);
bool set_own(graph::Link& link, std::string_view key, std::string_view text);

}  // namespace vinet::exchange
