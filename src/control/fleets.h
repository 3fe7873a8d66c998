// Fleets: what a controller does with the machines of its fleets. A daemon speaks to them
// (daemon_fleets.h); a controller in a process of its own has no_fleets(), which do nothing.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/controller.h"
#include "fleet/fleet.h"
#include "graph/graph.h"

namespace vinet::control {

/// What machines of fleets say that they hold, against what they shall.
struct Look {
  std::vector<fleet::Share> shares;   ///< what those that answer are to do
  std::set<std::string> cleaned;      ///< daemons that were leaving, and hold nothing any more
  std::vector<fleet::Place> unaware;  ///< that have not heard who controls now
  bool lease_news = false;            ///< they know of leases that settle_leases is about
  bool empty() const { return shares.empty() && cleaned.empty() && unaware.empty() && !lease_news; }
};

class Fleets {
 public:
  virtual ~Fleets() = default;

  /// May what is in `state` be changed from here? Errors: failed_precondition where a fleet is out
  /// of reach.
  virtual Status reach(const State& state) const = 0;

  /// What runs now: whose nodes are where.
  virtual void know(const State& state) = 0;

  /// What is known of the machines of fleets that a description concerns: those that it declares,
  /// and those of the running fleets that it stands on. Asks all of them, at once. Errors: why none
  /// at all can be asked.
  virtual Result<std::map<std::string, plan::MachineFacts>> facts(const graph::Graph& graph,
                                                                  const State& state) = 0;

  /// Reserves on every machine what is another in `now` than in `before`, and makes `operation`
  /// decided. Nothing to do where no fleet is concerned. A machine that has lost what it held is
  /// brought up to date first. On error nothing is reserved.
  virtual Status prepare(const State& before, const State& now, const Options& options,
                         Operation& operation) = 0;
  /// What was prepared. On error some have done it.
  /// Out: the machines that are away and have something to remove only.
  virtual Result<std::vector<fleet::Place>> commit(const Options& options) = 0;
  virtual void abort() = 0;

  /// From `before` to `now`, as decided. Who is away is told of and does it when it is back.
  /// Out: who is away. Errors: what a machine that answers cannot do.
  virtual Result<std::vector<fleet::Place>> carry_out(const State& before, const State& now,
                                                      const Options& options) = 0;

  /// Asks every machine what it holds.
  virtual Result<Look> look(const State& state) = 0;
  /// Does it, and tells which machines did.
  virtual Status mend(const Look& look, const Options& options,
                      std::vector<std::string>& mended) = 0;

  /// Writes down what machines say of leases whose ends another boot wrote (fleet_leases.h). Asks
  /// them where there are such.
  virtual Status settle_leases(State& state) = 0;
  /// Names of what machines hold for this store, as far as they answer. Asks all of them. Leases of
  /// what none of them holds go on by the calendar, and that is written down.
  virtual Result<std::set<std::string>> held_after_recovery(State& state) = 0;
  /// Asks all machines how they are.
  virtual void ask(const State& state) = 0;
  /// As they were last asked.
  virtual std::vector<MachineState> machines(const State& state) const = 0;
  /// The store is another: what it says is said anew.
  virtual void forget() = 0;
};

}  // namespace vinet::control
