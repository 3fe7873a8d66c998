// What differs between two plans, in the words of a description: for `vinet plan --diff`.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

/// One fact of an object that is otherwise now: `mtu`, `1460`, `1300`.
struct FactChange {
  std::string fact, from, to;
  friend bool operator==(const FactChange&, const FactChange&) = default;
};

/// One object that is new, gone, elsewhere or otherwise; or, as `annotated`, only otherwise
/// described by what nothing below the plan looks at (a label, coordinates). A node that is
/// elsewhere may be otherwise too; what is otherwise is in `facts`.
struct ObjectChange {
  enum class Kind { kBase, kMachine, kBaseLink, kInternet, kNode, kLink, kRoute };
  enum class What { kAdded, kRemoved, kMoved, kChanged, kAnnotated };
  Kind kind = Kind::kNode;
  What what = What::kChanged;
  std::string name;  ///< in full: `fig11.A`; of a route: `fig11.A 10.0.0.16/28`
  std::vector<FactChange> facts;
  friend bool operator==(const ObjectChange&, const ObjectChange&) = default;
};

std::string to_string(ObjectChange::Kind kind);
std::string to_string(ObjectChange::What what);

/// All changes from one plan to another: bases with machines and links, internets with nodes and
/// links, then routes; in each the removed ones first, in the order of their plan, then the others
/// in the order of theirs. Objects are the same if their names are; routes if machine or node,
/// destination and metric are.
/// Cost: O(n log n) in the objects and routes of both.
std::vector<ObjectChange> compare(const Plan& from, const Plan& to);

}  // namespace vinet::plan
