// Controller: `up` and `down`, all or nothing, under the lock.
//
//   up:    lock, recover, plan, write the operation and the intents, apply bases, apply internets
//          (lower before upper), let go of what changed bases no longer have, erase the operation
//   down:  lock, recover, write the operation, remove internets (upper before lower), remove bases,
//          erase the operation and the intents
//
// A failure or a stop on the way of `up` takes back what this very command did before it returns:
// what it made is removed, what it changed is as before. A command that was killed is taken back,
// or as a `down` ended, by the next one.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/description.h"
#include "control/held.h"
#include "control/intend.h"
#include "control/lease.h"
#include "control/state.h"
#include "control/store.h"
#include "control/supervisor.h"
#include "graph/graph.h"
#include "machine/machine.h"
#include "support/diagnostics.h"
#include "support/result.h"

namespace vinet::control {

class Fleets;
/// Those of a controller that reaches none: it changes only what is on this computer.
Fleets& no_fleets();

/// A base as a caller saw it: when it last changed (BaseIntent::generation); 0: it was not there.
struct BaseSeen {
  std::string base;
  uint64_t generation = 0;
  friend bool operator==(const BaseSeen&, const BaseSeen&) = default;
};
BaseSeen base_as_seen(const State& state, const std::string& name);

struct Options {
  machine::Progress progress;
  std::function<bool()> stop;                    ///< true: undo and return Errc::kCancelled
  std::function<void(const std::string&)> note;  ///< told what a user should know, one line each
  std::chrono::milliseconds lock_wait{60'000};
  std::string
      tenant;  ///< of `up`: whose the internets of the description are; empty: the operator's
  /// Of `up`: unless this fleet is as it was seen, nothing is done (unavailable).
  std::optional<BaseSeen> only_if;
  /// Somebody repairs whatever strays from the plan, so that a change need look only at what it
  /// changes.
  bool has_keeper = false;
  /// Of `repair`: namespaces of nodes; only the links of what stands on them, directly or on each
  /// other, are looked at. Empty: all that runs.
  std::set<std::string> only_above;
  /// Of `repair`: told the slices of all internets on bases, as planned, before they are applied.
  std::function<Status(machine::Machine&, const std::vector<slice::Slice>&)> tend_paths;
};

/// What happened to one base or internet.
struct Outcome {
  enum class What { kMade, kUnchanged, kRepaired, kChanged, kRemoved };
  std::string name;
  bool internet = false;  ///< else a base
  What what = What::kMade;
  machine::ApplyReport report;
};

/// What a description names, as far as `down` must know: its text may no longer fit what runs.
struct Named {
  std::vector<std::string> bases, internets;
};

/// What to remove.
struct DownRequest {
  std::vector<std::string> names;  ///< bases or internets; each must be known, or be a leftover
  std::vector<Named> files;  ///< their internets, and their bases where docs/operations.md says so
  bool all = false;          ///< everything, and all leftovers
  bool recursive = false;    ///< with all that stands on these
};

/// A machine of a fleet, as its controller knows it.
struct MachineState {
  std::string base, name;  ///< `fleet`, `x`
  std::string daemon;      ///< `192.0.2.10:7411`
  net::Ipv4 address;       ///< its base address
  bool drained = false;    ///< no node is placed on it any more
  bool leaving = false;    ///< it left while it was away, and is cleaned when it answers
  bool asked = false;      ///< else nothing below is known
  bool away = false;       ///< it does not answer
  uint64_t since_s = 0;    ///< it was last heard of so long ago
  std::string why;         ///< what came instead of its last answer; empty: it answered
  std::string trouble;     ///< why it only watches; empty: all is well
  std::map<std::string, std::string> troubles;  ///< by owner: why its kernel does not hold it now
  std::string version;
  plan::MachineFacts facts;  ///< what the planner asks about, with the reason why it takes no nodes
  uint64_t refused_old = 0;  ///< calls that it refused as older than what it has seen
  friend bool operator==(const MachineState&, const MachineState&) = default;
};

class Controller {
 public:
  virtual ~Controller() = default;

  /// Makes what the description asks for, changes what runs otherwise, repairs the rest; nothing is
  /// touched before the whole plan is known good. On error all is as before; if undoing failed too,
  /// the error says so.
  /// Errors: invalid_argument (see `diagnostics`), failed_precondition (lock, lost or damaged
  ///         state, a changed base under other internets, machines of a fleet out of reach),
  ///         already_exists (name taken), cancelled, permission_denied, unimplemented, internal.
  virtual Result<std::vector<Outcome>> up(const Description& description, const Options& options,
                                          Diagnostics& diagnostics) = 0;

  /// Removes, and returns when the kernel has let go. Empty: there was nothing to do. Ignores
  /// `options.stop` once it has begun to remove.
  /// Errors: not_found for a name that neither the state nor the kernel knows; failed_precondition
  ///         for a base on which something else stands, and where machines are out of reach.
  virtual Result<std::vector<Outcome>> down(const DownRequest& request, const Options& options) = 0;

  /// What shall be there, as far as it can be read, and one line in `damaged` for what cannot.
  virtual Result<State> state(std::vector<std::string>& damaged) = 0;
  /// Only its bases: what a description may refer to. Costs the same whatever stands on them.
  virtual Result<State> bases(std::vector<std::string>& damaged) = 0;

  /// For a state that is damaged or lost: puts it aside, goes back to its last copy, and compares
  /// with the kernel, which is not touched. `file`: a copy that the user kept takes the state's
  /// place, whatever that is like (Store::restore_from); empty: vinet's own copy.
  /// Out:    what was done and found, one line each.
  /// Errors: failed_precondition where there is no copy; what cannot be read is aside then.
  virtual Result<std::vector<std::string>> recover(const std::string& file,
                                                   const Options& options) = 0;

  /// Owners of what carries our mark in the kernel, and that the state does not know.
  virtual Result<std::vector<std::string>> leftovers() = 0;

  /// Makes the kernel hold what the state says, and finishes what a killed command left.
  /// Errors: unavailable while somebody else holds the lock longer than `options.lock_wait`.
  virtual Result<std::vector<Outcome>> repair(const Options& options) = 0;

  /// Asks the machines of all fleets how they are, and brings up to date those that hold something
  /// else than they shall. Out: the names of these (`fleet.x`).
  /// Errors: as repair, and what a machine that answers could not do.
  virtual Result<std::vector<std::string>> tend_fleets(const Options& options) = 0;
  /// For a daemon that does not control: learns what runs where, so that it can be looked at.
  virtual void watch_fleets() {}
  /// As last asked, or as they are now where another daemon controls.
  virtual Result<std::vector<MachineState>> machines() = 0;
  /// No node is placed on this machine any more, or is again. Those that it has stay.
  /// Errors: not_found.
  virtual Status drain(const std::string& base, const std::string& machine, bool drained,
                       const Options& options) = 0;

  /// A machine that has left its fleet while it was away (MachineState::leaving) is not cleaned any
  /// more, should it come back. Errors: not_found.
  virtual Status forget_machine(const std::string& base, const std::string& machine,
                                const Options& options) {
    (void)base, (void)machine, (void)options;
    return Error{Errc::kUnimplemented, "no fleets here", 0};
  }

  /// Begins an internet's lease anew: `lease_s`, or as long as its description says.
  /// Out:    seconds until it ends. Errors: not_found; failed_precondition if it has no lease.
  virtual Result<uint64_t> renew(const std::string& internet, std::optional<uint64_t> lease_s,
                                 const Options& options) = 0;

  /// What happened after event number `after`, oldest first, at most the newest `most`.
  virtual Result<std::vector<Event>> events(uint64_t after, uint64_t most) = 0;

  /// The programs of nodes, as their supervisor sees them; none where no daemon runs.
  virtual Result<std::vector<RunState>> runs() = 0;
};

/// The controller in this process, over a store of its own.
class LocalController final : public Controller {
 public:
  /// All outlive it. `held`: what is not its own, and no leftover.
  LocalController(machine::Machine& machine, Store& store, Fleets& fleets = no_fleets(),
                  HeldOwners held = holds_nothing)
      : machine_(machine), store_(store), fleets_(fleets), held_(std::move(held)) {}

  Result<std::vector<Outcome>> up(const Description& description, const Options& options,
                                  Diagnostics& diagnostics) override {
    return up(description.graph, options, diagnostics);
  }
  Result<std::vector<Outcome>> up(const graph::Graph& graph, const Options& options,
                                  Diagnostics& diagnostics);
  Result<std::vector<Outcome>> down(const DownRequest& request, const Options& options) override;
  Result<State> state(std::vector<std::string>& damaged) override;
  Result<State> bases(std::vector<std::string>& damaged) override;
  Result<std::vector<std::string>> recover(const std::string& file,
                                           const Options& options) override;
  Result<std::vector<std::string>> leftovers() override;
  Result<std::vector<Outcome>> repair(const Options& options) override;
  Result<std::vector<std::string>> tend_fleets(const Options& options) override;
  void watch_fleets() override;
  Result<std::vector<MachineState>> machines() override;
  Status drain(const std::string& base, const std::string& machine, bool drained,
               const Options& options) override;
  Status forget_machine(const std::string& base, const std::string& machine,
                        const Options& options) override;
  Result<uint64_t> renew(const std::string& internet, std::optional<uint64_t> lease_s,
                         const Options& options) override;
  Result<std::vector<Event>> events(uint64_t after, uint64_t most) override;
  Result<std::vector<RunState>> runs() override { return std::vector<RunState>(); }

 private:
  Result<std::vector<std::string>> leftovers_of(const State& state);
  Result<State> begin(const Options& options, Operation& recovered);
  Status refuse_lost(const State& state);
  Status refuse_labs(const State& state) const;
  Status complete(const Operation& operation, State& state, const Options& options);
  Status undo(const Operation& operation, State& state, const std::string& stage,
              const Options& options);
  static Operation begin_operation(const Intention& intention, const Clocks& now, State& state);
  Result<std::vector<Outcome>> roll_out(const Intention& intention, State& state,
                                        const Options& options);
  Result<Operation> choose(const DownRequest& request, const State& state,
                           const Operation& recovered);
  Status take_down(const Operation& operation, const std::string& why, State& state,
                   const Options& options);
  Status end_what_is_over(const graph::Graph& graph, State& state, const Options& options);

  machine::Machine& machine_;
  Store& store_;
  Fleets& fleets_;
  HeldOwners held_;
};

}  // namespace vinet::control
