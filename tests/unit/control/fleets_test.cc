// The controller over machines of a fleet, each a map behind a wire: every call to one of them and
// to the store can be the controller's last, or have no effect, or no answer.
//
//     x (192.0.2.1) ---- y (192.0.2.2) ---- z (192.0.2.3)      A at x, B at y, D at z
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/fleet_leases.h"
#include "unit/control/fleets_fixture.h"

namespace vinet::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const auto kAllThree = ElementsAre("1: fleet line", "2: fleet line", "3: fleet line");

TEST_F(FleetsTest, EachMachineHoldsItsShare) {
  const auto outcomes = up(kFleet + kOnFleet);
  ASSERT_TRUE(outcomes) << outcomes.error().message << diagnostics.error_count();
  EXPECT_THAT(held(), kAllThree);
  EXPECT_THAT(machine.calls, IsEmpty()) << "this computer is none of the fleet's";
  const fleet::Holding& there = daemons["192.0.2.2:7411"].held.at("line").holding;
  ASSERT_EQ(there.slices.size(), 1U);
  EXPECT_EQ(there.slices.front().machine, "fleet.y");
  EXPECT_THAT(there.namespaces, ElementsAre("line.B"));
  EXPECT_EQ(state().operation, std::nullopt);
  ASSERT_TRUE(down({"line"}));
  EXPECT_THAT(held(), IsEmpty());
  EXPECT_TRUE(state().empty());
}

// Its machine puts them into the tenant's user namespace (faults.md F-125).
TEST_F(FleetsTest, NodesOfATenantAreTheTenants) {
  ASSERT_TRUE(up(kFleet));
  options.tenant = "ann";
  const auto outcomes = up(kOnFleet);
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  for (const auto& [name, daemon] : daemons) {
    const fleet::Holding& there = daemon.held.at("line").holding;
    EXPECT_EQ(there.tenant, "ann") << name;
    ASSERT_EQ(there.slices.size(), 1U) << name;
    for (const auto& space : there.slices[0].namespaces) EXPECT_EQ(space.tenant, "ann") << name;
    EXPECT_EQ(daemon.held.at("fleet").holding.slices[0].namespaces[0].tenant, "") << name;
  }
}

TEST_F(FleetsTest, ALayerAboveGoesToTheSameMachines) {
  ASSERT_TRUE(up(kFleet + kOnFleet + kUpper));
  EXPECT_THAT(held(), ElementsAre("1: fleet line upper", "2: fleet line", "3: fleet line upper"));
}

TEST_F(FleetsTest, OneRefusalLeavesAllAsTheyWere) {
  daemons["192.0.2.2:7411"].refusal = "no memory: 10 MiB are needed, 1 MiB is free";
  const auto outcomes = up(kFleet + kOnFleet);
  ASSERT_FALSE(outcomes);
  EXPECT_THAT(outcomes.error().message, HasSubstr("fleet.y (192.0.2.2:7411): no memory"));
  EXPECT_THAT(held(), IsEmpty());
  for (const auto& [name, daemon] : daemons) EXPECT_FALSE(daemon.reserved) << name;
  EXPECT_TRUE(state().empty());
}

TEST_F(FleetsTest, AMachineThatIsAwayMakesAnUpFail) {
  daemons["192.0.2.3:7411"].away = true;
  const auto outcomes = up(kFleet + kOnFleet);
  ASSERT_FALSE(outcomes);
  EXPECT_THAT(held(), IsEmpty());
}

TEST_F(FleetsTest, WhoWasAwayIsBroughtUpToDate) {
  ASSERT_TRUE(up(kFleet + kOnFleet));
  daemons["192.0.2.3:7411"].held.clear();
  for (const auto& [owner, store] :
       {std::pair<std::string, std::string>{"old", *world->store.id()}, {"theirs", "another"}}) {
    FakeDaemon::Kept& kept = daemons["192.0.2.1:7411"].held[owner];
    kept.holding.owner = owner;
    kept.store = store;
  }
  tend();
  EXPECT_THAT(held(), ElementsAre("1: fleet line theirs", "2: fleet line", "3: fleet line"));
}

// F-63: nobody has looked since; an `up` would be refused by the machine.
TEST_F(FleetsTest, WhoLostAllIsBroughtUpToDateBeforeAnUp) {
  ASSERT_TRUE(up(kFleet + kOnTwo));
  daemons["192.0.2.1:7411"].held.clear();
  const auto outcomes =
      up(kFleet + "internet more on fleet {\n  host C at x\n  host D at y\n  C -- D\n}\n");
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  EXPECT_THAT(held(), ElementsAre("1: fleet line more", "2: fleet line more", "3: fleet"));
}

TEST_F(FleetsTest, WhoWasAwayWhileItsInternetWentIsCleaned) {
  ASSERT_TRUE(up(kFleet + kOnFleet));
  daemons["192.0.2.3:7411"].away = true;
  ASSERT_TRUE(down({"line"}));
  EXPECT_THAT(held(), ElementsAre("3: fleet line"));
  restart();
  tend();
  daemons["192.0.2.3:7411"].away = false;
  tend();
  EXPECT_THAT(held(), IsEmpty());
}

// F-121: it holds up nobody, and is cleaned should it be trusted again.
TEST_F(FleetsTest, F121AMachineThatIsNotTrustedAnyMoreIsAsOneThatIsAway) {
  FakeDaemon& gone = daemons["192.0.2.3:7411"];
  ASSERT_TRUE(up(kFleet + kOnFleet));
  gone.untrusted = true;
  EXPECT_FALSE(up(kFleet + kOnFleet + kUpper));
  const auto removed = down({"line"});
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_THAT(held(), ElementsAre("3: fleet line"));
  ASSERT_TRUE(up("base fleet { machine x [daemon = \"192.0.2.1:7411\"] }"));
  tend();
  EXPECT_THAT(held(), ElementsAre("1: fleet", "3: fleet line"));
  gone.untrusted = false;
  tend();
  EXPECT_THAT(held(), ElementsAre("1: fleet"));
}

TEST_F(FleetsTest, WhoReachesNoMachineForgetsNothingOfThem) {
  ASSERT_TRUE(up(kFleet + kOnFleet));
  LocalController alone(machine, world->store);
  const State before = state();
  for (const char* name : {"line", "fleet"}) {
    DownRequest request;
    request.names = {name};
    request.recursive = true;
    const auto outcomes = alone.down(request, options);
    ASSERT_FALSE(outcomes) << name;
    EXPECT_THAT(outcomes.error().message, HasSubstr("reached by the daemon only")) << name;
  }
  EXPECT_EQ(state(), before);
  EXPECT_THAT(held(), kAllThree);
}

TEST_F(FleetsTest, MachinesComeAndGoUnderWhatStands) {
  ASSERT_TRUE(up(kFleet + "internet line on fleet { host A at y; host B at z; A -- B }"));
  const auto before = digests();
  const std::string rest =
      "machine y [daemon = \"192.0.2.2:7411\"]; machine z [daemon = \"192.0.2.3:7411\"]; ";
  const auto outcomes = up("base fleet { " + rest + "machine w [daemon = \"192.0.2.1:7411\"] }");
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  EXPECT_THAT(held(), ElementsAre("1: fleet", "2: fleet line", "3: fleet line"));
  for (const auto& [what, digest] : digests()) {
    if (what.find("2.1:") != std::string::npos) continue;
    EXPECT_EQ(before.at(what), digest) << what;
  }
  const State is = state();
  for (const plan::NodePlan& node : is.internets.at("line").plan.nodes) {
    EXPECT_EQ(is.bases.at("fleet").plan.machines[node.machine.index].name,
              node.name == "A" ? "y" : "z");
  }
  EXPECT_EQ(is.internets.at("line").plan.nodes.front().machine.index, 0U);
  tend();
  EXPECT_FALSE(up("base fleet { machine y [daemon = \"192.0.2.2:7411\"] }"));
}

TEST_F(FleetsTest, ADrainedMachineIsKnownAsSuch) {
  ASSERT_TRUE(up(kFleet + kOnFleet));
  ASSERT_TRUE(world->controller.drain("fleet", "y", true, options));
  EXPECT_TRUE(state().bases.at("fleet").plan.machines[1].drained);
  tend();
  EXPECT_THAT(held(), kAllThree);
  EXPECT_FALSE(world->controller.drain("fleet", "w", true, options));
}

// Two that edit a fleet at once: what was seen of it before is what the edit is about.
TEST_F(FleetsTest, AnEditOfAFleetThatIsAnotherMeanwhileIsRefused) {
  options.only_if = BaseSeen{"fleet", 0};  // it is not there
  ASSERT_TRUE(up(kFleet));
  const auto late = up(kFleet + kOnTwo);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kUnavailable);
  EXPECT_THAT(late.error().message, HasSubstr("changed meanwhile"));
  EXPECT_THAT(held(), ElementsAre("1: fleet", "2: fleet", "3: fleet"));
  options.only_if = BaseSeen{"fleet", state().bases.at("fleet").generation};
  EXPECT_TRUE(up(kFleet + kOnTwo));
}

TEST_F(FleetsTest, AMachineThatIsLeavingIsForgottenByHand) {
  ASSERT_TRUE(up(kFleet + kOnFleet));
  EXPECT_FALSE(world->controller.forget_machine("fleet", "z", options));  // it does not leave
  daemons["192.0.2.3:7411"].away = true;
  ASSERT_TRUE(down({"line"}));
  const auto machines = [this] {
    std::vector<std::string> all;
    const std::vector<MachineState> known = *world->controller.machines();
    for (const MachineState& one : known) {
      all.push_back(one.base + "." + one.name + (one.leaving ? " leaving" : ""));
    }
    return all;
  };
  EXPECT_THAT(machines(), ElementsAre("fleet.z leaving"));
  EXPECT_FALSE(world->controller.forget_machine("fleet", "y", options));
  EXPECT_FALSE(world->controller.forget_machine("other", "z", options));
  ASSERT_TRUE(world->controller.forget_machine("fleet", "z", options));
  EXPECT_THAT(machines(), IsEmpty());
  EXPECT_TRUE(state().empty());
  // It is not ours to clean any more.
  daemons["192.0.2.3:7411"].away = false;
  restart();
  tend();
  EXPECT_THAT(held(), ElementsAre("3: fleet line"));
  EXPECT_FALSE(world->controller.forget_machine("fleet", "z", options));
}

// F-84, F-08: two controllers with one store, or copies of it.
TEST_F(FleetsTest, TheNewestControllerIsObeyed) {
  ASSERT_TRUE(up(kFleet + kOnFleet));
  World second(*this);
  ASSERT_TRUE(up(second, kFleet + kOnTwo));
  const auto now = digests();
  daemons["192.0.2.1:7411"].held.clear();
  const auto old = world->controller.tend_fleets(options);
  EXPECT_FALSE(old);
  EXPECT_GT(daemons["192.0.2.1:7411"].refused_old, 0U);
  ASSERT_TRUE(second.controller.tend_fleets(options));
  EXPECT_EQ(digests(), now);
}

/// A controller takes over whose store was written by another computer, with another calendar.
class StrangeLease : public FleetsTest, public ::testing::WithParamInterface<int64_t> {
 protected:
  static constexpr uint64_t kLength = 3600;
  std::string fleet_with_lease() const {
    return kFleet + "internet line on fleet [lease = 1h] " + kOnFleet.substr(23);
  }
  /// Machine number `i` says that so much is left.
  void says(int i, uint64_t left_s) {
    daemons[fmt::format("192.0.2.{}:7411", i)].held.at("line").holding.lease_s = left_s;
  }
  void written_elsewhere() {
    InternetIntent intent = state().internets.at("line");
    intent.lease_end->boot = "of another computer";
    intent.lease_end->wall_s =
        static_cast<uint64_t>(static_cast<int64_t>(intent.lease_end->wall_s) + GetParam());
    ASSERT_TRUE(world->store.put(intent, *state().ground_of(intent.plan)));
    restart();
  }
  /// Seconds; nothing where nobody may judge it yet.
  std::optional<uint64_t> left() {
    const State now = state();
    if (asks_for_lease(now, "line", read_clocks())) return std::nullopt;
    return remaining_s(*now.internets.at("line").lease_end, read_clocks());
  }
};

// F-76: two hours ahead, two behind.
TEST_P(StrangeLease, F76IsAsLongAsMachinesSay) {
  ASSERT_TRUE(up(fleet_with_lease()));
  written_elsewhere();
  says(1, 1000);
  says(2, 1003);
  says(3, 2000);
  daemons["192.0.2.3:7411"].away = true;
  tend();
  EXPECT_NEAR(static_cast<double>(left().value_or(0)), 1003, 2);
  daemons["192.0.2.3:7411"].away = false;  // it hears what counts now
  tend();
  const uint64_t there = *daemons["192.0.2.3:7411"].held.at("line").holding.lease_s;
  EXPECT_NEAR(static_cast<double>(there), 1003, 2);
}

TEST_P(StrangeLease, F76IsNotJudgedBeforeAMachineSpeaks) {
  ASSERT_TRUE(up(fleet_with_lease()));
  written_elsewhere();
  for (auto& [name, daemon] : daemons) daemon.away = true;
  tend();
  EXPECT_EQ(left(), std::nullopt);
  for (auto& [name, daemon] : daemons) daemon.away = false;
  for (const int i : {1, 2, 3}) says(i, 10);
  tend();
  EXPECT_LE(left().value_or(kLength), 10U);
}

TEST_P(StrangeLease, F76HasEndedWhereMachinesLetGoOfIt) {
  ASSERT_TRUE(up(fleet_with_lease()));
  written_elsewhere();
  for (auto& [name, daemon] : daemons) daemon.held.erase("line");
  daemons["192.0.2.2:7411"].terms.clear();  // and one has lost its store
  tend();
  EXPECT_EQ(left(), 0U);
}

TEST_P(StrangeLease, F76OfACopyThatIsTakenBackGoesOnByTheCalendar) {
  ASSERT_TRUE(up(fleet_with_lease()));
  written_elsewhere();
  const std::string copy = scratch.path() + "/kept.db";
  ASSERT_TRUE(world->store.backup(copy));
  ASSERT_TRUE(down({"line"}));
  ASSERT_TRUE(world->controller.recover(copy, options));
  const auto by_calendar = static_cast<int64_t>(kLength) + GetParam();
  EXPECT_NEAR(static_cast<double>(left().value_or(1)),
              static_cast<double>(std::max<int64_t>(by_calendar, 0)), 2);
}

INSTANTIATE_TEST_SUITE_P(Clocks, StrangeLease, ::testing::Values(-7200, 7200));

// F-02, F-03, F-04, F-05, F-80, F-81: the controller ends at every call, once with and once without
// an effect of the last one; its successor finds all or nothing.
struct Step {
  const char* name;
  std::string before, text;  // `text` empty: down
};
class EveryCall : public FleetsTest,
                  public ::testing::WithParamInterface<std::tuple<size_t, bool, bool>> {
 public:
  static const std::vector<Step>& steps() {
    static const std::vector<Step> kSteps = {{"up", "", kFleet + kOnFleet},
                                             {"change", kFleet + kOnFleet, kFleet + kOnTwo},
                                             {"layer", kFleet + kOnFleet, kUpper},
                                             {"down", kFleet + kOnFleet, ""}};
    return kSteps;
  }
  Result<std::vector<Outcome>> act(const Step& step) {
    return step.text.empty() ? down({"line"}) : up(step.text);
  }
};

TEST_P(EveryCall, IsAllOrNothing) {
  const auto& [index, is_dead, is_cut_after] = GetParam();
  const Step step = steps()[index];
  for (size_t at = 1; at < 500; ++at) {
    heal();
    for (auto& [name, daemon] : daemons) {
      daemon.held.clear();
      daemon.reserved.reset();
      daemon.terms.clear();
    }
    std::filesystem::remove_all(scratch.path() + "/run");
    restart();
    if (!step.before.empty()) {
      ASSERT_TRUE(up(step.before));
    }
    const auto before = digests();
    heal();
    fail_at = at;
    dead = is_dead;
    cut_after = is_cut_after;
    const auto outcome = act(step);
    const bool bit = number >= at;
    heal();
    cut_after = false;
    restart();
    for (auto& [name, daemon] : daemons) daemon.reserved.reset();  // it expires
    tend();
    const auto now = digests();
    const State is = state();
    EXPECT_EQ(is.operation, std::nullopt) << at;
    const auto again = act(step);  // whatever became of the first
    ASSERT_TRUE(again || again.error().code == Errc::kNotFound) << at << again.error().message;
    const auto after = digests();
    EXPECT_TRUE(now == before || now == after)
        << "call " << at << ": " << ::testing::PrintToString(held());
    if (outcome && bit && !is_dead) {
      EXPECT_EQ(now, after) << at;
    }
    if (!bit) {
      EXPECT_GT(at, 3U) << "nothing was called";
      return;
    }
  }
  FAIL() << "it does not end";
}
INSTANTIATE_TEST_SUITE_P(Calls, EveryCall,
                         ::testing::Combine(::testing::Values(0, 1, 2, 3), ::testing::Bool(),
                                            ::testing::Bool()),
                         [](const auto& one) {
                           return std::string(EveryCall::steps()[std::get<0>(one.param)].name) +
                                  (std::get<1>(one.param) ? "_killed" : "_failed") +
                                  (std::get<2>(one.param) ? "_answer_lost" : "_call_lost");
                         });

}  // namespace
}  // namespace vinet::control
