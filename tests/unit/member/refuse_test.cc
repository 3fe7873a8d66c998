// What a machine of a fleet refuses in prepare, each with its reason; and what it says of itself.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/member/member_fixture.h"

namespace vinet::member {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Opens what the cases set.
class Refusal : public MemberTest, public ::testing::WithParamInterface<int> {
 public:
  struct Case {
    const char* name;
    void (*given)(Refusal&);
    std::vector<fleet::Holding> puts;
    std::vector<std::string> removes;
    Errc code;
    std::string says;
  };
  static const std::vector<Case>& cases();
  void hold(const std::string& whose, const std::vector<fleet::Holding>& holdings) {
    const auto done = member->put(order(1, "given", 1, "i1", whose), holdings, {});
    ASSERT_TRUE(done) << done.error().message;
  }
  void restart() { start(); }
  Options& limits() { return options; }
  using MemberTest::free_memory;
  using MemberTest::local;
  using MemberTest::machine;
  using MemberTest::order;
  using MemberTest::prepare;
  using MemberTest::room;
  using MemberTest::strangers;
};

fleet::Holding with(fleet::Holding holding, void (*edit)(fleet::Holding&)) {
  edit(holding);
  return holding;
}

const std::vector<Refusal::Case>& Refusal::cases() {
  static const std::vector<Case> kCases = {
      {"OfAnotherStore",
       [](Refusal& t) {
         t.hold("T", {base_holding(), internet_holding("line")});
       },
       {internet_holding("line")},
       {},
       Errc::kAlreadyExists,
       "'line' is held here for another controller (store T)"},
      {"RemovedByAnotherStore",
       [](Refusal& t) { t.hold("T", {base_holding()}); },
       {},
       {"fleet"},
       Errc::kAlreadyExists,
       "(store T)"},
      {"OfTheOwnController",
       [](Refusal& t) { t.local = {"fleet"}; },
       {base_holding()},
       {},
       Errc::kAlreadyExists,
       "own controller runs something called 'fleet'"},
      {"OfAStranger",
       [](Refusal& t) { t.strangers = {"fleet.x"}; },
       {base_holding()},
       {},
       Errc::kAlreadyExists,
       "namespace fleet.x is there and is not vinet's"},
      {"Reserved",
       [](Refusal& t) {
         ASSERT_TRUE(t.prepare(t.order(1, "other", 1, "i", "T"), {base_holding()}));
       },
       {base_holding()},
       {},
       Errc::kAlreadyExists,
       "'fleet' is reserved by another operation (store T)"},
      {"SecondFleet",
       [](Refusal& t) { t.hold("T", {base_holding("farm")}); },
       {base_holding()},
       {},
       Errc::kAlreadyExists,
       "this computer is farm.x already"},
      {"AddressOfAnother",
       [](Refusal& t) {
         t.hold("S", {base_holding(), internet_holding("a", {.link_address = 7})});
       },
       {internet_holding("b", {.link_address = 7})},
       {},
       Errc::kAlreadyExists,
       "link address 10.0.0.7 of 'b' is in use on fleet.x by 'a'"},
      {"AddressReserved",
       [](Refusal& t) {
         t.hold("S", {base_holding()});
         ASSERT_TRUE(t.prepare(t.order(6, "other"), {internet_holding("a", {.link_address = 7})}));
       },
       {internet_holding("b", {.link_address = 7})},
       {},
       Errc::kAlreadyExists,
       "by 'a'"},
      {"NotItsAddress",
       [](Refusal&) {},
       {with(base_holding(), [](auto& h) { h.slices[0].base_address = net::Ipv4{0x01020304}; })},
       {},
       Errc::kFailedPrecondition,
       "fleet.x is to have base address 1.2.3.4, which this computer has not"},
      {"NoBase",
       [](Refusal&) {},
       {internet_holding("line")},
       {},
       Errc::kFailedPrecondition,
       "'line' stands on 'fleet', which is not held here"},
      {"BaseInUse",
       [](Refusal& t) {
         t.hold("S", {base_holding(), internet_holding("line")});
       },
       {},
       {"fleet"},
       Errc::kFailedPrecondition,
       "'fleet' cannot be removed, 'line' stands on it"},
      {"F87Nodes",
       [](Refusal& t) {
         t.limits().most_nodes = 3;
         t.restart();
       },
       {base_holding(), internet_holding("line", {.nodes = 4})},
       {},
       Errc::kResourceExhausted,
       "4 nodes are more than this machine takes: 3 (--most-nodes)"},
      {"F87NodesOfOthers",
       [](Refusal& t) {
         t.limits().most_nodes = 3;
         t.restart();
         t.hold("S", {base_holding(), internet_holding("a")});
         ASSERT_TRUE(t.prepare(t.order(6, "other"), {internet_holding("b", {.link_address = 90})}));
       },
       {internet_holding("c", {.link_address = 50, .nodes = 2})},
       {},
       Errc::kResourceExhausted,
       "4 nodes"},
      {"F87MemoryGiven",
       [](Refusal& t) {
         t.limits().most_memory_bytes = 1 << 20;
         t.restart();
       },
       {base_holding(), internet_holding("line", {.nodes = 10})},
       {},
       Errc::kResourceExhausted,
       "(--most-memory)"},
      {"F91MemoryFree",
       [](Refusal& t) { t.free_memory = 1 << 20; },
       {base_holding(), internet_holding("line", {.nodes = 10})},
       {},
       Errc::kResourceExhausted,
       "of memory are needed, 1 MiB are free"},
      {"F93Namespaces",
       [](Refusal& t) {
         t.room = {20, 15};
       },
       {base_holding(), internet_holding("line", {.nodes = 6})},
       {},
       Errc::kResourceExhausted,
       "6 more network namespaces are needed, 15 are there, and the kernel allows 20 (sysctl "
       "user.max_net_namespaces)"},
      {"F94Map",
       [](Refusal& t) {
         t.limits().most_link_ends = 5;
         t.restart();
       },
       {base_holding(), internet_holding("line", {.nodes = 6})},
       {},
       Errc::kResourceExhausted,
       "machine fleet.x can hold 5 ends of links, and 6 are wanted"},
      {"NotOfOneOwner",
       [](Refusal&) {},
       {with(base_holding(), [](auto& h) { h.slices[0].owner = "x"; })},
       {},
       Errc::kInvalidArgument,
       "slice of 'x'"},
      {"NamespaceOfAnother",
       [](Refusal&) {},
       {with(base_holding(), [](auto& h) { h.slices[0].namespaces[0].name = "lab.X"; })},
       {},
       Errc::kInvalidArgument,
       "with a namespace lab.X"},
      {"DeviceElsewhere",
       [](Refusal&) {},
       {base_holding(), with(internet_holding("line"),
                             [](auto& h) { h.slices[0].veths[0].b_namespace = "lab.X"; })},
       {},
       Errc::kInvalidArgument,
       "with a device in lab.X"},
      {"NameOfAPath",
       [](Refusal&) {},
       {base_holding("../x")},
       {},
       Errc::kInvalidArgument,
       "owner called '../x'"},
      {"Twice",
       [](Refusal&) {},
       {base_holding(), base_holding()},
       {},
       Errc::kInvalidArgument,
       "twice"},
      {"ProgramElsewhere",
       [](Refusal&) {},
       {base_holding(), with(internet_holding("line"), [](auto& h) { h.runs["lab.X"] = "true"; })},
       {},
       Errc::kInvalidArgument,
       "runs a program in lab.X"},
  };
  return kCases;
}

TEST_P(Refusal, NamesItsReasonAndChangesNothing) {
  const Case& one = cases()[static_cast<size_t>(GetParam())];
  one.given(*this);
  const auto calls = machine.calls;
  const auto reserved = member->report()->reservations;
  const Status refused = prepare(order(5), one.puts, one.removes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, one.code);
  EXPECT_THAT(refused.error().message, HasSubstr(one.says));
  EXPECT_EQ(machine.calls, calls);
  EXPECT_EQ(member->report()->reservations, reserved);
  EXPECT_THAT(member->commit(order(5), {}).error().message, HasSubstr("reservation expired"));
}
INSTANTIATE_TEST_SUITE_P(Cases, Refusal,
                         ::testing::Range(0, static_cast<int>(Refusal::cases().size())),
                         [](const auto& test) {
                           return Refusal::cases()[static_cast<size_t>(test.param)].name;
                         });

TEST_F(MemberTest, AMachineWithoutNetemRefusesDelay) {
  machine.stock.features.netem = false;
  const Status refused =
      prepare(order(1), {base_holding(), internet_holding("line", {.delay_us = 5})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnimplemented);
  EXPECT_THAT(refused.error().message, HasSubstr("'delay'"));
  EXPECT_TRUE(prepare(order(1), {base_holding(), internet_holding("line")}));
}

TEST_F(MemberTest, WhatReplacesItselfIsInNobodysWay) {
  options.most_nodes = 3;
  start();
  ASSERT_TRUE(up(order(1), {base_holding(), internet_holding("line", {.nodes = 3})}));
  strangers = {"fleet.x", "line.A0"};  // its own
  EXPECT_TRUE(up(order(2), {internet_holding("line", {.nodes = 3, .delay_us = 4})}));
  EXPECT_TRUE(up(order(3), {internet_holding("other", {.nodes = 3})}, {"line"}));
  options.most_nodes = 1;  // less than it holds already
  start();
  EXPECT_FALSE(prepare(order(4), {internet_holding("more", {.link_address = 90})}));
  EXPECT_TRUE(up(order(5), {internet_holding("other", {.nodes = 2})})) << "fewer are welcome";
}

TEST_F(MemberTest, ANamespaceOfItsOwnEarlierTimeIsNoStrangers) {
  machine.held["fleet"] = base_holding().slices;
  strangers = {"fleet.x"};
  EXPECT_TRUE(up(order(1), {base_holding()}));
}

// F-83: one order or one clear refusal. A controller that died holds nobody up.
TEST_F(MemberTest, AReservationOfAnEndedTermIsInNobodysWay) {
  ASSERT_TRUE(prepare(order(2), {base_holding()}));
  EXPECT_FALSE(prepare(order(1), {base_holding()})) << "a newer one of the same term is";
  EXPECT_TRUE(up(order(1, "new", 2, "i2"), {base_holding()}));
}

TEST_F(MemberTest, ItsReportSaysWhatItIs) {
  options.most_nodes = 100;
  options.most_memory_bytes = uint64_t{1} << 30;
  options.attributes = {{"role", "router"}};
  options.version = "9";
  start();
  ASSERT_TRUE(up(order(1), {base_holding(), internet_holding("line", {.nodes = 10})}));
  const fleet::MemberReport report = *member->report();
  EXPECT_EQ(report.boot, "this boot");
  EXPECT_EQ(report.version, "9");
  EXPECT_EQ(report.facts.base_address, kHere);
  EXPECT_EQ(report.facts.attributes.at("memory"), "1073741824");
  EXPECT_EQ(report.facts.attributes.at("cpus"), "2");
  EXPECT_EQ(report.facts.attributes.at("nodes"), "90");
  EXPECT_EQ(report.facts.attributes.at("role"), "router");
  EXPECT_EQ(report.facts.takes_none_because, "");
  EXPECT_EQ(report.held[1].digest, fleet::digest_of(internet_holding("line", {.nodes = 10})));
}

TEST_F(MemberTest, ItsReportShowsWhatItRuns) {
  LocalMember::Watch watch;
  watch.runs = [] {
    control::RunState run;
    run.node = "line.A0";
    run.is = control::RunState::Is::kRunning;
    run.pid = 7;
    return std::vector<control::RunState>{run};
  };
  member->serve(std::move(watch));
  ASSERT_EQ(member->report()->runs.size(), 1U);
  EXPECT_EQ(member->report()->runs[0].state, "running");
  EXPECT_EQ(member->report()->runs[0].pid, 7);
}

}  // namespace
}  // namespace vinet::member
