// The key check finds link ends that do not fit each other, and nothing in what lower() makes.
#include "slice/key_check.h"

#include <gtest/gtest.h>

#include "slice/lower.h"
#include "unit/plan/builder.h"

namespace vinet::slice {
namespace {

using plan::testing::figure11;
using plan::testing::graph_of;
using plan::testing::planned;
using plan::testing::row;

std::vector<Slice> both() {
  const plan::Plan plan = planned(graph_of({row()}, {figure11("one"), figure11("two")}));
  std::vector<Slice> all;
  for (const plan::InternetPlan& internet : plan.internets) {
    for (Slice& slice : lower(internet, plan.bases[0])) all.push_back(std::move(slice));
  }
  return all;
}

LinkEnd& end_of(std::vector<Slice>& slices, const std::string& name) {
  for (Slice& slice : slices) {
    for (const Veth& veth : slice.veths) {
      if (name_of_end(veth) != name) continue;
      for (LinkEnd& end : slice.link_ends) {
        if (end.backside == veth.b.name) return end;
      }
    }
  }
  std::cerr << "test: no end " << name << "\n";
  std::abort();
}

struct FaultCase {
  const char* name;
  void (*spoil)(std::vector<Slice>&);
  const char* expected;
};

class KeyCheckTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(KeyCheckTest, FindsTheFault) {
  std::vector<Slice> slices = both();
  ASSERT_TRUE(check_keys(slices).empty());
  GetParam().spoil(slices);
  std::string text;
  for (const KeyFault& fault : check_keys(slices)) text += fault.where + ": " + fault.what + "\n";
  EXPECT_NE(text.find(GetParam().expected), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    All, KeyCheckTest,
    ::testing::Values(
        FaultCase{"key_of_another_internet",
                  [](std::vector<Slice>& s) {
                    LinkEnd &mine = end_of(s, "one.A-B at B"), &theirs = end_of(s, "two.A-B at B");
                    mine.link_source = theirs.link_source;
                    mine.link_destination = theirs.link_destination;
                  },
                  "two.A-B at B: its key, base 192.168.0.1 -> 192.168.0.2 link"},
        FaultCase{"link_address_twice",
                  [](std::vector<Slice>& s) {
                    end_of(s, "one.A-B at B").link_source = end_of(s, "two.B-C at B").link_source;
                  },
                  "is on lab.Y also that of one.A-B at B"},
        FaultCase{"sends_to_another",
                  [](std::vector<Slice>& s) {
                    LinkEnd &mine = end_of(s, "one.A-B at A"), &theirs = end_of(s, "two.A-B at A");
                    mine.link_source = theirs.link_source;
                    mine.link_destination = theirs.link_destination;
                  },
                  "one.A-B at A: what it sends, base 192.168.0.1 -> 192.168.0.2 link"},
        FaultCase{"nobody_accepts",
                  [](std::vector<Slice>& s) {
                    end_of(s, "one.A-B at A").base_destination = net::Ipv4{0x01020304};
                  },
                  "one.A-B at A: no end accepts what it sends"},
        FaultCase{"foreign_base_source",
                  [](std::vector<Slice>& s) {
                    end_of(s, "one.A-B at A").base_source = net::Ipv4{0x01020304};
                  },
                  "sends from 1.2.3.4, which is not the base address of lab.X"},
        FaultCase{"mtu_of_one_end",
                  [](std::vector<Slice>& s) { end_of(s, "one.A-B at A").mtu_bytes = 1400; },
                  "one.A-B at A: mtu 1400 here and 1460 at B"},
        FaultCase{"mtu_of_the_program",
                  [](std::vector<Slice>& s) { end_of(s, "one.A-B at A").mtu_bytes = 1400; },
                  "mtu 1400 in the program, 1460 of the interface"},
        FaultCase{"ipv6_at_one_end",
                  [](std::vector<Slice>& s) { end_of(s, "one.A-B at A").ipv6 = false; },
                  "one.A-B at A: IPv6 off here and on at B"},
        FaultCase{"wrong_neighbour",
                  [](std::vector<Slice>& s) {
                    end_of(s, "one.A-B at A").neighbour_mac = end_of(s, "two.A-B at B").mac;
                  },
                  "takes its neighbour's MAC for"},
        FaultCase{"end_without_a_device",
                  [](std::vector<Slice>& s) { s[0].link_ends[0].backside = "nothing"; },
                  "a link end without a device"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace vinet::slice
