// Fleets: what a controller does with the machines of its fleets (holdings.h says what they are to
// hold, fleet.h how all of them come to it).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/controller.h"
#include "control/holdings.h"
#include "control/session.h"
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
  /// All outlive it. `machine`: to be asked what base paths carry.
  Fleets(fleet::Fleet& fleet, Session& session, machine::Machine& machine, Store& store)
      : fleet_(fleet), session_(session), machine_(machine), store_(store) {}

  /// What runs now: whose nodes are where.
  void know(const State& state);

  /// What is known of the machines of fleets that a description concerns: those that it declares,
  /// and those of the running fleets that it stands on. Asks all of them, at once. Errors: why none
  /// at all can be asked.
  Result<std::map<std::string, plan::MachineFacts>> facts(const graph::Graph& graph,
                                                          const State& state);

  /// Reserves on every machine what is another in `now` than in `before`, and makes `operation`
  /// decided. Nothing to do where no fleet is concerned. A machine that has lost what it held is
  /// brought up to date first. On error nothing is reserved.
  Status prepare(const State& before, const State& now, const Options& options,
                 Operation& operation);
  /// What was prepared. On error some have done it.
  /// Out: the machines that are away and have something to remove only.
  Result<std::vector<fleet::Place>> commit(const Options& options);
  void abort();

  /// From `before` to `now`, as decided. Who is away is told of and does it when it is back.
  /// Out: who is away. Errors: what a machine that answers cannot do.
  Result<std::vector<fleet::Place>> carry_out(const State& before, const State& now,
                                              const Options& options);

  /// Asks every machine what it holds.
  Result<Look> look(const State& state);
  /// Does it, and tells which machines did.
  Status mend(const Look& look, const Options& options, std::vector<std::string>& mended);

  /// Writes down what machines say of leases whose ends another boot wrote (fleet_leases.h). Asks
  /// them where there are such.
  Status settle_leases(State& state);
  /// Names of what machines hold for this store, as far as they answer. Asks all of them.
  Result<std::set<std::string>> held(const State& state);
  /// Asks all machines how they are.
  void ask(const State& state);
  std::vector<MachineState> machines(const State& state) const;
  /// The store is another: what it says is said anew.
  void forget() { session_.forget(); }

 private:
  /// Asks for `shares_`; brings up to date who refuses them and lacks something of `before`, and
  /// asks again.
  Status reserve(const State& before, const Options& options);
  Result<fleet::Order> next_order(const std::string& operation);
  Result<uint64_t> newest_term();
  Result<Holdings> holdings(const State& state) const;

  fleet::Fleet& fleet_;
  Session& session_;
  machine::Machine& machine_;
  Store& store_;
  fleet::Order prepared_;
  std::vector<fleet::Share> shares_;  // that are prepared
};

}  // namespace vinet::control
