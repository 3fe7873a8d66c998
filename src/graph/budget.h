// What one expansion may still spend, so that it always ends soon, whatever the text asks for.
//
// Every statement and every turn of a loop is a step; an operator or an item of a list is a small
// part of one. What is large at once (an array, a mesh, a range) is paid before any of it is made.
// When something cannot be paid for, one diagnostic says so and the expansion stops: the budget is
// `exhausted` from then on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "graph/graph.h"
#include "support/diagnostics.h"

namespace vinet::graph {

class Budget {
 public:
  Budget(const Limits& limits, Diagnostics& diagnostics);

  /// Reports an error. After more than are shown, or the same one in very many turns of a loop, the
  /// expansion stops without another word.
  void error(Span span, std::string message, std::string note = "");

  /// Pays for one statement or turn. False when there is nothing left.
  bool step();
  /// Pays for one operator or list item.
  bool operation();
  /// Can this many turns still be paid for? They are paid one by one as they happen. If not, says
  /// so at `over`.
  bool allows_turns(uint64_t turns, Span over);
  /// Pays for `count` nodes of the kind `word`.
  bool nodes(uint64_t count, std::string_view word, Span at);
  bool links(uint64_t count, Span at);

  bool exhausted() const { return exhausted_; }

  /// Where the end of the steps is to be reported: the innermost loop that runs.
  void set_loop(Span over) { loop_ = over; }
  Span loop() const { return loop_; }

 private:
  bool spend(uint64_t operations);
  void exhaust(Span at, std::string message, std::string note);

  Limits limits_;
  Diagnostics& diagnostics_;
  uint64_t operations_left_;
  uint64_t nodes_left_;
  uint64_t links_left_;
  uint32_t reports_ = 0;
  Span loop_;
  bool exhausted_ = false;
};

}  // namespace vinet::graph
