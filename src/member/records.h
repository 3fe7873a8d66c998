// Records: what a machine of a fleet remembers from one start to the next.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/state.h"
#include "fleet/holding.h"
#include "fleet/order.h"
#include "machine/machine.h"
#include "support/result.h"

namespace vinet::member {

/// A holding, and by whose word.
struct Record {
  fleet::Holding holding;  ///< `lease_s`: as it was granted last
  std::string store;
  uint64_t generation = 0;
  std::string digest;
  std::optional<control::LeaseEnd> lease_end;
  friend bool operator==(const Record&, const Record&) = default;
};
using RecordPtr = std::shared_ptr<const Record>;
using Records = std::map<std::string, RecordPtr>;  ///< by owner

/// Whom this machine obeys for a store.
struct Seen {
  uint64_t term = 0;
  std::string instance;
  friend bool operator==(const Seen&, const Seen&) = default;
};

/// What an operation that had an effect was answered.
struct Outcome {
  std::string key;
  std::optional<Error> error;
  machine::ApplyReport report;
};

/// A change that has begun: what it names is half realised. While it goes forward, the records are
/// those that it makes; once it goes back, those that were before.
struct Change {
  std::string key;  ///< of its outcome; empty: nobody asks for it
  bool back = false;
  std::map<std::string, RecordPtr> old;                   ///< null: was not held
  std::vector<std::string> order;                         ///< the owners, lower before upper
  std::map<std::string, std::vector<std::string>> names;  ///< namespaces, before and after
  std::string why_back;                                   ///< the error that made it go back
};

/// Everything.
struct Contents {
  Records held;
  std::map<std::string, Seen> seen;  ///< by store
  /// By store and owner; also of what is held no more.
  std::map<std::pair<std::string, std::string>, uint64_t> newest;
  /// Answers that are remembered: the newest.
  static constexpr size_t kMostOutcomes = 1000;
  std::map<std::string, Outcome> outcomes;  ///< by key
  std::deque<std::string> outcome_keys;     ///< oldest first
  std::optional<Change> change;
};

/// What one transaction does, in this order.
struct Changes {
  std::vector<std::string> erased;
  std::vector<RecordPtr> put;
  std::vector<RecordPtr> renewed;  ///< only their leases are others
  std::optional<std::pair<std::string, Seen>> seen;
  std::map<std::pair<std::string, std::string>, uint64_t> newest;
  std::optional<Change> change;
  bool ends_change = false;
  std::optional<Outcome> outcome;

  /// One line that says what is written.
  std::string describe() const;
};
void apply(const Changes& changes, Contents& contents);

// Texts of the database. Errors of the readers: failed_precondition, "damaged: ...".

/// All but the slices, which are by far the most of it.
std::string head_text(const Record& record);
Result<Record> record_from(const std::string& head, const std::string& slices);
std::string to_text(const Outcome& outcome);
Result<Outcome> outcome_from(const std::string& text);
/// Without the old records, which are rows of their own.
std::string to_text(const Change& change);
Result<Change> change_from(const std::string& text);

}  // namespace vinet::member
