// Store: where the State is kept. SqliteStore (sqlite_store.h) keeps it in a file of this computer;
// src/etcd in an etcd, so that more than one computer can lead.
//
// Whatever belongs together is one transaction, so a crash leaves all of it or nothing. The objects
// carry checksums of their own: what a disk has altered is not taken for state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/state.h"
#include "support/result.h"

namespace vinet::control {

/// What one transaction does, in this order.
struct Changes {
  std::vector<std::string> erased_internets, erased_bases;  ///< fine if they are not there
  std::vector<BaseIntent> bases;
  std::vector<OldInternet> internets;  ///< each with what it stands on
  std::optional<Operation> operation;
  bool ends_operation = false;
  std::vector<Event> events;  ///< without their ids

  /// One line that says what is written.
  std::string describe() const;
  /// More than events?
  bool changes_state() const {
    return !(erased_internets.empty() && erased_bases.empty() && bases.empty() &&
             internets.empty() && !operation && !ends_operation);
  }
};

/// What a transaction makes of a state, without reading it back.
void change(State& state, const Changes& changes);

/// What makes a state out of an empty one.
Changes all_of(const State& state);
/// What gives all that has a generation this one.
Changes with_generation(const State& state, uint64_t generation);

/// The value of a counter after `last`. It follows the calendar, in microseconds, so that also a
/// store that was set back to an old copy, or exists twice, gives numbers that were never given.
uint64_t next_count(uint64_t last);

class Store {
 public:
  /// Decides about mutating call number `n` (from 1): ok() lets it happen. For tests that fail or
  /// end at every one.
  using Policy = std::function<Status(uint64_t n, const std::string& what)>;

  static constexpr uint64_t kMostEvents = 10'000;

  Store() = default;
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Of this computer: locks, sockets, logs; `<root>/run/vinet`.
  virtual const std::string& directory() const = 0;
  /// Where the state is, for messages.
  virtual std::string file() const = 0;

  /// Everything. Nothing there yet is an empty state.
  /// Errors: failed_precondition naming what is damaged, not vinet's, of another version, or locked
  /// by another program for 5 s, and what to do; resource_exhausted, permission_denied,
  /// unavailable.
  virtual Result<State> load() const = 0;
  /// Everything that can be read, and one line for each thing that cannot: for verbs that only
  /// look.
  virtual State load_readable(std::vector<std::string>& damaged) const = 0;
  /// As load_readable, only the bases: internets and operation are not even looked at.
  virtual State load_bases(std::vector<std::string>& damaged) const = 0;
  /// Is it readable, and without anything but events? Costs the same whatever is in it.
  virtual bool empty() const = 0;
  /// Events after the one of number `after`, oldest first, the newest `most` of them.
  virtual Result<std::vector<Event>> events(uint64_t after, uint64_t most) const = 0;
  /// The random name that the store got when it was made; empty where there is none.
  virtual Result<std::string> id() const = 0;

  /// Writes all of it into one database file that restore_from takes, of any kind of store; only
  /// root can read it. Errors: not_found where nothing is up; failed_precondition while a command
  /// is at work.
  virtual Status backup(const std::string& path) const = 0;

  // The calls below need the Lock.

  /// May this process change what shall be there? Errors: unavailable where the store cannot be
  /// reached; failed_precondition where another controller leads, with its endpoint.
  virtual Status may_write() const = 0;
  /// Which time of leading it is: another number after another may have led in between. 0: it does
  /// not lead.
  virtual uint64_t reign() const { return 1; }
  /// Where the daemon is that controls, if that is another; as last heard.
  virtual std::string controller() const { return ""; }
  /// Do several daemons have it, so that any of them may have to make what is in it?
  virtual bool is_shared() const { return false; }
  /// One transaction: all of it, or an error and nothing.
  virtual Status write(const Changes& changes) = 0;
  /// A new term, stored: above all that this store gave, and all that a copy of it gave before.
  /// Called once by a daemon that begins to control.
  /// `above`: it is above that too: what machines have seen of this store's terms.
  virtual Result<uint64_t> begin_term(uint64_t above) = 0;
  Result<uint64_t> begin_term() { return begin_term(0); }
  /// A new generation, stored, likewise. For one operation, or for taking one back.
  virtual Result<uint64_t> next_generation() = 0;
  /// Removes what is left of an empty state where nobody asked to keep it.
  virtual Status tidy() = 0;
  /// Whether an empty store stays: a daemon keeps its events.
  virtual void keep_when_empty(bool) {}

  /// Puts a copy that somebody kept, a database file, in the place of the state, which goes aside.
  /// The copy is only read, with the log beside it (`-wal`), if there is one.
  /// Out:    what was done, one line each.
  /// Errors: not_found; failed_precondition where it is not whole, not vinet's, empty, or was taken
  ///         while a command was at work. Nothing has changed then.
  virtual Result<std::vector<std::string>> restore_from(const std::string& path) = 0;
  /// Puts what cannot be read aside, and the copy in its place.
  /// Out:    what was done, one line each; nothing where the state can be read and is not empty.
  /// Errors: not_found where there is no copy to go back to; what is damaged is aside then.
  virtual Result<std::vector<std::string>> restore() = 0;

  Status put(const BaseIntent& base);
  /// `ground`: what it stands on.
  Status put(const InternetIntent& internet, const Ground& ground);
  Status put(const Operation& operation);
  /// Fine if it is not there.
  Status erase_base(const std::string& name);
  Status erase_internet(const std::string& name);
  Status erase_operation();

  uint64_t calls() const { return calls_; }
  void set_policy(Policy policy) { policy_ = std::move(policy); }

 protected:
  /// To be called before whatever changes the store.
  Status count(const std::string& what);

 private:
  uint64_t calls_ = 0;
  Policy policy_;
};

}  // namespace vinet::control
