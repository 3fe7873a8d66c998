// Links of a body: chains, stars and shapes become links between nodes, with names and attributes;
// ports become known, and are bound.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graph/attribute_values.h"
#include "graph/draft.h"
#include "graph/references.h"

namespace vinet::graph {

class Linker {
 public:
  Linker(const Surroundings& surroundings, Draft& draft, Evaluator& evaluator, Budget& budget);

  /// Runs one LinkDecl, ShapeUse or PortDecl.
  void run(const lang::Statement& statement, Scope& scope);

 private:
  void run_link(const lang::LinkDecl& links, Scope& scope);
  void run_shape(const lang::ShapeUse& shape, Span at, Scope& scope);
  void run_port(const lang::PortDecl& port, Scope& scope);
  bool check_name(const lang::LinkDecl& links, size_t count, Span at, Scope& scope);
  /// Makes a link; `name` is null for one that is named after its ends.
  bool add(const End& a, const End& b, const lang::Name* name, Span at);
  /// Notes that a link ends at the port, if `end` is one. False, said, where that is one too many.
  bool bind(const End& end);
  std::string name_of(NodeId a, NodeId b);
  void finish(const LinkAttributes& attributes, size_t first_link, Scope& scope);
  void give_addresses(const EndAddresses& given, size_t first_link, Scope& scope);
  LinkAttributes read(const lang::AttributeList& list, Scope& scope);

  Surroundings around_;
  Draft& draft_;
  Evaluator& evaluator_;
  Budget& budget_;
  References references_;
  /// How many unnamed links each pair of nodes has; the smaller index is in the upper half.
  std::unordered_map<uint64_t, uint32_t> pairs_;
  /// Names made of those of nodes inside parts: two pairs may lead to the same one.
  std::unordered_set<std::string> part_names_;
};

}  // namespace vinet::graph
