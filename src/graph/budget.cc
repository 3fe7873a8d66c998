#include "graph/budget.h"

#include <algorithm>

#include "graph/words.h"

namespace vinet::graph {
namespace {

constexpr uint64_t kOperationsPerStep = 16;
constexpr uint32_t kMostBlocks = 1500;
constexpr uint32_t kMostReports = 1000;  // Diagnostics counts the same error at one place once

}  // namespace

Budget::Budget(const Limits& limits, Diagnostics& diagnostics)
    : limits_(limits),
      diagnostics_(diagnostics),
      operations_left_(limits.steps * kOperationsPerStep),
      nodes_left_(limits.nodes),
      links_left_(limits.links),
      parts_left_(limits.nodes) {
  limits_.depth = std::min(limits_.depth, kMostDepth);
}

void Budget::error(Span span, std::string message, std::string note) {
  diagnostics_.error(span, std::move(message), std::move(note), trail());
  ++reports_;
  if (reports_ > kMostReports || diagnostics_.error_count() > Diagnostics::kMaxErrors) {
    exhausted_ = true;
  }
}

void Budget::defer(Span span, std::string message) {
  if (!deferred_) deferred_ = Diagnostic{Severity::kError, span, std::move(message), "", trail()};
}

void Budget::report_deferred() {
  if (!deferred_ || exhausted_) return;
  diagnostics_.error(deferred_->span, std::move(deferred_->message), "",
                     std::move(deferred_->trail));
  deferred_.reset();
}

bool Budget::step() {
  return spend(kOperationsPerStep);
}

bool Budget::operation() {
  return spend(1);
}

bool Budget::spend(uint64_t operations) {
  if (exhausted_) return false;
  if (operations > operations_left_) {
    exhaust(loop_,
            "the description does not come to an end within " + count_text(limits_.steps, "step"),
            "every statement and every turn of a loop is a step");
    return false;
  }
  operations_left_ -= operations;
  return true;
}

bool Budget::allows_turns(uint64_t turns, Span over) {
  if (exhausted_) return false;
  if (turns <= operations_left_ / kOperationsPerStep) return true;
  exhaust(over, "a loop of " + count_text(turns, "turn") + " is too long",
          "a description may take " + count_text(limits_.steps, "step") + " in all");
  return false;
}

bool Budget::nodes(uint64_t count, std::string_view word, Span at) {
  if (exhausted_) return false;
  if (count > nodes_left_) {
    exhaust(at, count_text(count, word) + " more would be too many",
            "a description may have " + number_text(limits_.nodes) +
                " nodes and machines together (`--max-nodes`); " + number_text(nodes_left_) +
                " are left");
    return false;
  }
  nodes_left_ -= count;
  return true;
}

bool Budget::links(uint64_t count, Span at) {
  if (exhausted_) return false;
  if (count > links_left_) {
    exhaust(at, count_text(count, "link") + " more would be too many",
            "a description may have " + number_text(limits_.links) + " links (`--max-links`); " +
                number_text(links_left_) + " are left");
    return false;
  }
  links_left_ -= count;
  return true;
}

bool Budget::parts(uint64_t count, Span at) {
  if (exhausted_) return false;
  if (count > parts_left_) {
    exhaust(at, count_text(count, "part") + " more would be too many",
            "a description may use " + number_text(limits_.nodes) + " parts (`--max-nodes`); " +
                number_text(parts_left_) + " are left");
    return false;
  }
  parts_left_ -= count;
  return true;
}

bool Budget::enter_part(std::string name, Span at) {
  if (exhausted_) return false;
  if (uses_.size() >= limits_.depth) {
    const bool can_be_raised = limits_.depth < kMostDepth;
    exhaust(at, "parts in parts more than " + std::to_string(limits_.depth) + " deep",
            can_be_raised ? "does this recursion end? `--max-depth` allows more"
                          : "does this recursion end? more is not possible");
    return false;
  }
  uses_.push_back({"in part " + name_text(name), at});
  return true;
}

bool Budget::enter_block(Span at) {
  if (exhausted_) return false;
  if (blocks_ >= kMostBlocks) {
    exhaust(at,
            "blocks in blocks, through parts, more than " + std::to_string(kMostBlocks) + " deep",
            "");
    return false;
  }
  ++blocks_;
  return true;
}

void Budget::exhaust(Span at, std::string message, std::string note) {
  exhausted_ = true;
  diagnostics_.error(at, std::move(message), std::move(note), trail());
}

}  // namespace vinet::graph
