// What stands in square brackets: which attributes exist, on what, and what they take. One table
// says it all.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "graph/budget.h"
#include "lang/ast.h"

namespace vinet::graph {

/// What an attribute list belongs to; values are bits of a set.
enum class Owner : uint8_t {
  kBase = 1,
  kMachine = 2,
  kBaseLink = 4,
  kInternet = 8,
  kNode = 16,
  kLink = 32,
};

struct AttributeRule {
  std::string_view name;
  uint8_t owners = 0;  ///< set of Owner
  uint8_t later = 0;   ///< set of Owner for which it is known, but not supported yet
  std::string_view takes;
  std::string_view example;
};

/// The rule of the attribute called `name`, or null.
const AttributeRule* find_rule(std::string_view name);

/// The attributes of the list that `owner` may have. Reports the others: unknown, of something
/// else, given twice, not supported yet, with an `at` that they do not take. An `address` of a link
/// may be given once for each end.
std::vector<const lang::Attribute*> check_attributes(const lang::AttributeList& list, Owner owner,
                                                     Budget& budget);

}  // namespace vinet::graph
