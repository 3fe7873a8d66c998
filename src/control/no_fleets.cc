// NoFleets: of a controller that reaches no machine. A state with fleets can be looked at, and what
// is in it on this computer can be changed.
#include "control/fleets.h"
#include "control/holdings.h"

namespace vinet::control {
namespace {

class NoFleets final : public Fleets {
 public:
  Status reach(const State& state) const override {
    if (!has_fleet(state)) return ok();
    return Error{Errc::kFailedPrecondition,
                 "machines of a fleet are reached by the daemon only: leave --no-daemon out"};
  }
  void know(const State&) override {}
  Result<std::map<std::string, plan::MachineFacts>> facts(const graph::Graph&,
                                                          const State&) override {
    return std::map<std::string, plan::MachineFacts>();
  }
  Status prepare(const State&, const State&, const Options&, Operation&) override { return ok(); }
  Result<std::vector<fleet::Place>> commit(const Options&) override {
    return std::vector<fleet::Place>();
  }
  void abort() override {}
  Result<std::vector<fleet::Place>> carry_out(const State&, const State&, const Options&) override {
    return std::vector<fleet::Place>();
  }
  Result<Look> look(const State&) override { return Look(); }
  Status mend(const Look&, const Options&, std::vector<std::string>&) override { return ok(); }
  Status settle_leases(State&) override { return ok(); }
  Result<std::set<std::string>> held_after_recovery(State&) override {
    return std::set<std::string>();
  }
  void ask(const State&) override {}
  std::vector<MachineState> machines(const State&) const override { return {}; }
  void forget() override {}
};

}  // namespace

Fleets& no_fleets() {
  static NoFleets none;  // it has no state
  return none;
}

}  // namespace vinet::control
