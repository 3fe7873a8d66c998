// DaemonFleets: the machines of fleets by the connections of a daemon (holdings.h says what they
// are to hold, fleet.h how all of them come to it).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/fleets.h"
#include "control/remembered.h"
#include "control/session.h"

namespace vinet::control {

class DaemonFleets final : public Fleets {
 public:
  /// What one daemon has once, whatever number of worlds are open in it.
  struct Daemon {
    fleet::Fleet& fleet;
    Session& session;
    Remembered& remembered;
  };
  /// All outlive it. `machine`: to be asked what base paths carry.
  DaemonFleets(const Daemon& daemon, machine::Machine& machine, Store& store)
      : fleet_(daemon.fleet),
        session_(daemon.session),
        remembered_(daemon.remembered),
        machine_(machine),
        store_(store) {}

  Status reach(const State&) const override { return ok(); }
  void know(const State& state) override;
  Result<std::map<std::string, plan::MachineFacts>> facts(const graph::Graph& graph,
                                                          const State& state) override;
  Status prepare(const State& before, const State& now, const Options& options,
                 Operation& operation) override;
  Result<std::vector<fleet::Place>> commit(const Options& options) override;
  void abort() override;
  Result<std::vector<fleet::Place>> carry_out(const State& before, const State& now,
                                              const Options& options) override;
  Result<Look> look(const State& state) override;
  Status mend(const Look& look, const Options& options, std::vector<std::string>& mended) override;
  Status settle_leases(State& state) override;
  Result<std::set<std::string>> held_after_recovery(State& state) override;
  void ask(const State& state) override;
  std::vector<MachineState> machines(const State& state) const override;
  void forget() override { session_.forget(); }

 private:
  /// Asks for `shares_`; brings up to date who refuses them and lacks something of `before`, and
  /// asks again.
  Status reserve(const State& before, const Options& options);
  Result<fleet::Order> next_order(const std::string& operation);
  Result<uint64_t> newest_term();
  Result<Holdings> holdings(const State& state) const;

  fleet::Fleet& fleet_;
  Session& session_;
  Remembered& remembered_;
  machine::Machine& machine_;
  Store& store_;
  fleet::Order prepared_;
  std::vector<fleet::Share> shares_;  // that are prepared
};

}  // namespace vinet::control
