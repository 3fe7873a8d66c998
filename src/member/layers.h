// Layers: what stands on what, as far as the slices of this machine say.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "member/records.h"

namespace vinet::member {

/// `line.A` -> `line`: whose namespace it is.
std::string owner_of(const std::string& netns);

/// Owners that this one stands on: the base of its anchors, the internet that its links go over.
std::set<std::string> below(const fleet::Holding& holding);

/// Owners of `records`: bases first, then internets, lower before upper, else by name.
std::vector<std::string> in_layers(const Records& records);

/// Owners of `records` that stand on `owner`, directly or through others: lower before upper.
std::vector<std::string> standing_on(const Records& records, const std::string& owner);

/// Namespaces of lower nodes whose routes links above follow: those under flattened links.
std::set<std::string> followed_nodes(const Records& records);

}  // namespace vinet::member
