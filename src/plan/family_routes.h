// What the routes of one address family say, node by node, as colours of address ranges.
//
//   seen from v:     above   | the pool, but what is below: over the top |
//                    beside  |       | behind m1 |   | behind m2 |         members of v's component
//                    below   | behind m3 | own |  behind m4 |              of components v is top
//                    of
//
// Problem:   a table a node whose size and cost follow the node's own components, not the internet.
// Approach:  what lies behind each member of a component is a few address ranges, for addresses are
//            given along the same tree (address.h); they are collected once, from the leaves up.
//            A node's table colours those of the components that it is in, and all the rest leads
//            to the top of the component above it.
// Invariant: the areas behind the members of a component are disjoint, and each is led over a
//            shortest path to that member; so the path from cut vertex to cut vertex is shortest.
//            What lies behind a host without transit is led nowhere.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/areas.h"
#include "plan/block_cut_tree.h"
#include "plan/component_paths.h"
#include "plan/prefix_table.h"
#include "plan/topology.h"

namespace vinet::plan {

class FamilyRoutes {
 public:
  /// Cost: O((N + L) log N) for blocks along the topology; more where they are scattered.
  FamilyRoutes(const InternetPlan& plan, bool ipv6);
  FamilyRoutes(const FamilyRoutes&) = delete;
  FamilyRoutes& operator=(const FamilyRoutes&) = delete;

  const BlockCutTree& tree() const { return tree_; }
  const Areas& areas() const { return areas_; }
  /// Makes the table of one node; the others below speak of this node until the next call.
  void visit(uint32_t node);
  const std::vector<ColouredPrefix>& table() const { return *table_; }
  /// The links of a colour other than kNowhere, in their order.
  const std::vector<uint32_t>& links(uint32_t colour) const { return hops_[colour]; }
  /// The colour of another node, as the owner of a hand-set address outside of the pool.
  uint32_t colour_of(uint32_t other) const;

 private:
  struct Range {
    uint32_t begin, end;
    uint32_t member;  // of the component, that the addresses are behind
    bool beyond;      // behind the member, which lets nothing through
    friend auto operator<=>(const Range&, const Range&) = default;
  };
  void group_areas();
  void collect_ranges();
  void colour_component(uint32_t component, uint32_t self);
  uint32_t component_colour(uint32_t component, uint32_t other) const;
  uint32_t member_with(uint32_t component, uint32_t position) const;
  void add_component(uint32_t component, uint32_t self, std::vector<Area>& coloured) const;

  const InternetPlan& plan_;
  const Topology topology_;
  const BlockCutTree tree_;
  const Areas areas_;
  std::vector<uint32_t> first_own_;         // of each node, into own_
  std::vector<Area> own_;                   // areas, by node
  std::vector<std::vector<Range>> ranges_;  // of each component, sorted

  ComponentPaths paths_;
  PrefixTable prefixes_;
  uint32_t self_ = 0;
  std::vector<std::vector<uint32_t>> hops_;     // by colour
  std::vector<std::vector<uint32_t>> colours_;  // of the nodes of each component of self_: above,
                                                // then below
  std::vector<Area> coloured_;                  // `node` is a colour
  std::vector<ColouredRange> row_;
  const std::vector<ColouredPrefix>* table_ = nullptr;
};

}  // namespace vinet::plan
