// Member: a machine of a fleet, as a controller sees it: a daemon that takes holdings in two phases
// and keeps them by itself. Implemented by the daemon (member/), and over the wire (rpc/).
//
//   controller            member                        X-Bone's lock
//   prepare(order, puts)  checks, reserves for `patience`   AVAIL -> PEND
//   (stores the decision)
//   commit(order)         stores, then realises             PEND -> COMMIT
//   abort(order)          forgets the reservation           PEND -> AVAIL
//
// put and remove are a repair's and an undo's: what is already decided, without a reservation.
// Every call with an Order may be repeated. Errors of all of them: failed_precondition naming the
// newer term or generation that the machine has seen, or the instance that it obeys.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fleet/holding.h"
#include "fleet/order.h"
#include "machine/machine.h"
#include "plan/inventory.h"
#include "support/result.h"

namespace vinet::fleet {

/// What a member holds of one owner.
struct Held {
  std::string owner;
  std::string store;  ///< whose
  uint64_t generation = 0;
  std::string digest;   ///< of the holding (digest_of)
  std::string trouble;  ///< why the kernel does not hold it now; empty: it does
  std::optional<uint64_t> lease_left_s;
  friend bool operator==(const Held&, const Held&) = default;
};

/// A program of a node (`run`), as the member's supervisor sees it.
struct RunReport {
  std::string node, state, command, last_end;  ///< state: starting, running, failing
  int pid = 0;
  uint64_t starts = 0;
  uint64_t next_try_ms = 0;
  friend bool operator==(const RunReport&, const RunReport&) = default;
};

struct MemberReport {
  std::string boot;  ///< id of this boot
  std::string version;
  plan::MachineFacts facts;
  std::vector<Held> held;                 ///< sorted by owner
  std::vector<std::string> reservations;  ///< ids of operations
  std::vector<RunReport> runs;
  uint64_t refused_old = 0;               ///< calls refused for their term, instance or generation
  std::string trouble;                    ///< why it only watches (its store); empty: all is well
  std::map<std::string, uint64_t> terms;  ///< by store: the newest that it has seen
};

class Member {
 public:
  virtual ~Member() = default;

  /// Answers within seconds, or is an error: unavailable.
  virtual Result<MemberReport> report() = 0;

  /// Checks that all of `puts` could be realised now and `removes` removed, and reserves it for
  /// `patience`. `puts`: lower before upper; each replaces what is held of its owner. Changes no
  /// kernel object. Errors: already_exists (a name or address in use, and by whom),
  /// resource_exhausted (memory, limits of admission, map capacity), unimplemented (feature).
  virtual Status prepare(const Order& order, const std::vector<Holding>& puts,
                         const std::vector<std::string>& removes,
                         std::chrono::milliseconds patience) = 0;
  /// Errors: failed_precondition "reservation expired"; then nothing was done. Where realising
  /// fails, all of the order's share is as before.
  virtual Result<machine::ApplyReport> commit(const Order& order,
                                              const machine::Options& options) = 0;
  /// Fine if there is none. Refuses what was committed.
  virtual Status abort(const Order& order) = 0;

  virtual Result<machine::ApplyReport> put(const Order& order, const std::vector<Holding>& holdings,
                                           const machine::Options& options) = 0;
  /// Upper before lower. Fine for what is not held.
  virtual Result<machine::ApplyReport> remove(const Order& order,
                                              const std::vector<std::string>& owners,
                                              const machine::Options& options) = 0;
  /// The lease of one owner begins anew. Errors: not_found.
  virtual Status renew(const Order& order, const std::string& owner,
                       std::optional<uint64_t> lease_s) = 0;

  /// By the hand of who owns this machine, whatever any controller says: what is held of `owners`
  /// is removed, and forgotten. A controller that is still there puts it back. `recursive`: with
  /// what stands on it here. Errors: not_found; failed_precondition naming what stands on it.
  virtual Result<machine::ApplyReport> forget(const std::vector<std::string>& owners,
                                              bool recursive, const machine::Options& options) {
    (void)owners, (void)recursive, (void)options;
    return Error{Errc::kUnimplemented, "this machine cannot be made to forget", 0};
  }

  /// Puts a store aside that cannot be read, and holds nothing from then on: controllers bring
  /// back what they have here. Out: what was done; nothing where the store is sound.
  virtual Result<std::vector<std::string>> recover() { return std::vector<std::string>(); }

  /// To look at; what would change something is refused there. Errors: unavailable.
  virtual Result<std::shared_ptr<machine::Machine>> machine() = 0;
};

}  // namespace vinet::fleet
