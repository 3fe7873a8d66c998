// What one expansion may still spend, so that it always ends soon, whatever the text asks for.
//
// Every statement and every turn of a loop is a step; an operator or an item of a list is a small
// part of one. What is large at once (an array, a mesh, a range) is paid before any of it is made.
// When something cannot be paid for, one diagnostic says so and the expansion stops: the budget is
// `exhausted` from then on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "support/diagnostics.h"

namespace vinet::graph {

class Budget {
 public:
  Budget(const Limits& limits, Diagnostics& diagnostics);

  /// Reports an error. After more than are shown, or the same one in very many turns of a loop, the
  /// expansion stops without another word.
  void error(Span span, std::string message, std::string note = "");

  /// Keeps an error, the first of its kind, for report_deferred: it counts only where the expansion
  /// comes to an end. A name gets too long where a recursion has none, which says more.
  void defer(Span span, std::string message);
  void report_deferred();

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
  /// Pays for `count` uses of a part.
  bool parts(uint64_t count, Span at);

  /// Goes into the part called `name`, used at `at`. False, said, where that is too deep; else to
  /// be followed by leave_part. What is reported inside names the uses that led there.
  bool enter_part(std::string name, Span at);
  void leave_part() { uses_.pop_back(); }
  /// Goes into a block; false, said at `at`, below more blocks than the stack of calls has room
  /// for.
  bool enter_block(Span at);
  void leave_block() { --blocks_; }

  bool exhausted() const { return exhausted_; }

  /// Where the end of the steps is to be reported: the innermost loop that runs.
  void set_loop(Span over) { loop_ = over; }
  Span loop() const { return loop_; }

 private:
  bool spend(uint64_t operations);
  void exhaust(Span at, std::string message, std::string note);
  std::vector<TrailStep> trail() const { return {uses_.rbegin(), uses_.rend()}; }

  Limits limits_;
  Diagnostics& diagnostics_;
  uint64_t operations_left_;
  uint64_t nodes_left_;
  uint64_t links_left_;
  uint64_t parts_left_;
  uint32_t blocks_ = 0;
  std::vector<TrailStep> uses_;  ///< of parts, outermost first
  std::optional<Diagnostic> deferred_;
  uint32_t reports_ = 0;
  Span loop_;
  bool exhausted_ = false;
};

}  // namespace vinet::graph
