// The check sees nothing where all is as planned, and names each thing that is not, on the fake
// kernel. What only a real one has (foreign routes, rules, filters) is in tests/netns/verify.sh.
#include "machine/check.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kernel/fake.h"
#include "machine/encode.h"
#include "slice/key_check.h"
#include "slice/lower.h"
#include "unit/machine/world.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_figure11;
using vinet::testing::make_lab;
using vinet::testing::World;

std::string text_of(const CheckReport& report, Finding::Weight weight) {
  std::string text;
  for (const Finding& finding : report.findings) {
    if (finding.weight != weight) continue;
    text += fmt::format("{} {}: {}: planned {}, found {}\n", finding.owner, finding.where,
                        finding.what, finding.planned, finding.found);
  }
  return text;
}

/// Figure 11 on its lab.
class Stage {
 public:
  Stage() : world(World::fake()), base(make_lab()), fig11(make_figure11(base)) {
    for (const auto& slices : {slice::lower(base), slice::lower(fig11, base)}) {
      const auto made = world.machine().apply(slices, {});
      EXPECT_TRUE(made) << made.error().message;
      request.want.insert(request.want.end(), slices.begin(), slices.end());
    }
    request.owners = {"lab", "fig11"};
  }

  CheckReport check() {
    auto report = world.machine().check(request, {});
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : CheckReport{};
  }
  kernel::Links& links() { return world.kernel().links(); }
  kernel::Programs& programs() { return world.kernel().programs(); }

  const slice::Slice& slice_of(const std::string& owner, const std::string& machine) const {
    for (const slice::Slice& slice : request.want) {
      if (slice.owner == owner && slice.machine == machine) return slice;
    }
    ADD_FAILURE() << owner << " on " << machine;
    return request.want.front();
  }
  /// The end `fig11.A-B at A`.
  const slice::Veth& veth_of(const std::string& name) const {
    for (const slice::Slice& slice : request.want) {
      for (const slice::Veth& veth : slice.veths) {
        if (slice::name_of_end(veth) == name) return veth;
      }
    }
    ADD_FAILURE() << name;
    return request.want.front().veths.front();
  }
  uint32_t backside_of(const std::string& name) {
    const slice::Veth& veth = veth_of(name);
    return links().find_device(veth.b_namespace, veth.b.name)->ifindex;
  }
  LinkEntries entries_of(const std::string& name) {
    const slice::Veth& veth = veth_of(name);
    for (const slice::LinkEnd& end : slice_of("fig11", veth.b_namespace).link_ends) {
      if (end.backside == veth.b.name) return encode(end, backside_of(name));
    }
    ADD_FAILURE() << name;
    return {};
  }
  void set_mtu(const std::string& netns, net::Device device, uint32_t mtu_bytes) {
    device.mtu_bytes = mtu_bytes;
    EXPECT_TRUE(links().configure_device(netns, device));
  }

  World world;
  plan::BasePlan base;
  plan::InternetPlan fig11;
  CheckRequest request;
};

TEST(Check, FindsNothingWhereAllIsAsPlanned) {
  Stage stage;
  const CheckReport report = stage.check();
  EXPECT_EQ(text_of(report, Finding::Weight::kFault), "");
  EXPECT_EQ(text_of(report, Finding::Weight::kNote), "");
  ASSERT_EQ(report.compared.size(), 2U);
  const Compared& fig11 = report.compared[1];
  EXPECT_EQ(fig11.namespaces, 6U);
  EXPECT_EQ(fig11.devices, 20U);
  EXPECT_EQ(fig11.map_entries, 40U);
  // Backsides, three blocks, the base devices of three machines in a row, and where whole packets
  // come out of reassembly.
  EXPECT_EQ(fig11.filters, 10U + 3 + 4 + 3);
}

struct Damage {
  const char* name;
  void (*damage)(Stage&);
  const char* expected;  ///< part of a fault
};

class CheckFinds : public ::testing::TestWithParam<Damage> {};

TEST_P(CheckFinds, TheFault) {
  Stage stage;
  GetParam().damage(stage);
  const std::string text = text_of(stage.check(), Finding::Weight::kFault);
  EXPECT_NE(text.find(GetParam().expected), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckFinds,
    ::testing::Values(
        Damage{"namespace_gone",
               [](Stage& s) { EXPECT_TRUE(s.world.kernel().namespaces().remove("fig11.C")); },
               "fig11 fig11.C: namespace: planned is there, found \n"},
        Damage{"machine_gone",
               [](Stage& s) { EXPECT_TRUE(s.world.kernel().namespaces().remove("lab.Y")); },
               "lab lab.Y: namespace: planned is there, found \n"},
        Damage{"route_gone",
               [](Stage& s) {
                 EXPECT_TRUE(s.links().delete_route("fig11.A", s.fig11.nodes[0].routes.front()));
               },
               "fig11 fig11.A: route to 10."},
        Damage{"route_too_many",
               [](Stage& s) {
                 net::Route route = s.fig11.nodes[0].routes.front();
                 route.destination = *net::parse_prefix("203.0.113.0/24");
                 EXPECT_TRUE(s.links().add_route("fig11.A", route));
               },
               "fig11 fig11.A: route to 203.0.113.0/24: planned , found "},
        Damage{"identity_gone",
               [](Stage& s) {
                 EXPECT_TRUE(s.links().delete_address(
                     "fig11.A", "lo", {s.fig11.nodes[0].identity, std::nullopt, 32}));
               },
               "fig11 fig11.A: address 10."},
        Damage{"device_gone",
               [](Stage& s) { EXPECT_TRUE(s.links().delete_device("fig11.A", "B")); },
               "fig11 fig11.A: interface B (link A-B): planned is there, found \n"},
        Damage{"base_device_gone",
               [](Stage& s) { EXPECT_TRUE(s.links().delete_device("lab.X", "Y")); },
               "lab lab.X: base device Y (link X-Y): planned is there, found \n"},
        Damage{"device_down",
               [](Stage& s) {
                 net::Device device = s.veth_of("fig11.A-B at A").a;
                 device.up = false;
                 EXPECT_TRUE(s.links().configure_device("fig11.A", device));
               },
               "interface B (link A-B): state: planned up, found down"},
        Damage{"forwarding_off",
               [](Stage& s) {
                 net::Device device = s.veth_of("fig11.B-C at B").a;
                 device.forwarding = false;
                 EXPECT_TRUE(s.links().configure_device("fig11.B", device));
               },
               "fig11 fig11.B: interface C (link B-C): forwarding: planned on, found off"},
        Damage{"ipv6_forwarding_off",
               [](Stage& s) {
                 auto settings = *s.world.kernel().namespaces().read_settings("fig11.B");
                 settings.ipv6_forwarding = false;
                 EXPECT_TRUE(s.world.kernel().namespaces().write_settings("fig11.B", settings));
               },
               "fig11 fig11.B: IPv6 forwarding: planned on, found off"},
        Damage{"backside_with_an_address",
               [](Stage& s) {
                 EXPECT_TRUE(
                     s.links().add_address("lab.X", s.veth_of("fig11.A-B at A").b.name,
                                           {*net::parse_address("10.9.9.9"), std::nullopt, 32}));
               },
               "(link A-B): address 10.9.9.9/32: planned , found on it"},
        Damage{"mtu_of_one_end",
               [](Stage& s) { s.set_mtu("fig11.A", s.veth_of("fig11.A-B at A").a, 1300); },
               "fig11 fig11.A: interface B (link A-B): mtu: planned 1460, found 1300"},
        Damage{"no_link_entry",
               [](Stage& s) {
                 EXPECT_TRUE(s.programs().erase_link("lab.X", s.backside_of("fig11.A-B at A")));
               },
               "fig11 lab.X: vi_links entry of fig11.A-B at A: planned 192.168.0.1 -> "
               "192.168.0.2 | "},
        Damage{"wrong_rate",
               [](Stage& s) {
                 vi_link link = s.entries_of("fig11.A-B at A").link;
                 link.rate_bytes_per_s = 125'000;
                 EXPECT_TRUE(s.programs().put_link("lab.X", s.backside_of("fig11.A-B at A"), link));
               },
               "vi_links entry of fig11.A-B at A: rate: planned none, found 1mbit"},
        Damage{"wrong_header",
               [](Stage& s) {
                 vi_link link = s.entries_of("fig11.A-B at A").link;
                 link.headers[0][8] = 1;
                 EXPECT_TRUE(s.programs().put_link("lab.X", s.backside_of("fig11.A-B at A"), link));
               },
               "found other header bytes or MACs"},
        Damage{"no_key",
               [](Stage& s) {
                 EXPECT_TRUE(
                     s.programs().erase_key("lab.Y", s.entries_of("fig11.A-B at B").base_key()));
               },
               "fig11 lab.Y: vi_keys entry of fig11.A-B at B: planned base 192.168.0.1"},
        Damage{"key_leads_elsewhere",
               [](Stage& s) {
                 LinkEntries mine = s.entries_of("fig11.A-B at B");
                 mine.end.backside = s.backside_of("fig11.E-F at F");
                 EXPECT_TRUE(s.programs().put_key("lab.Y", mine.base_key(), mine.end));
               },
               "found leads to vinet:fig11:E-F@F"},
        Damage{"key_of_a_stranger",
               [](Stage& s) {
                 LinkEntries mine = s.entries_of("fig11.A-B at B");
                 vi_key key = mine.base_key();
                 key.link_src_be ^= 1;
                 EXPECT_TRUE(s.programs().put_key("lab.Y", key, mine.end));
               },
               "vi_keys entry of a stranger into fig11.A-B at B: planned , found base"},
        Damage{"entry_of_no_device",
               [](Stage& s) {
                 EXPECT_TRUE(s.programs().put_own("lab.Y", kernel::machine_address(7), 4711));
               },
               "vi_own entry of a device that is gone: planned , found 7.0.0.0, of device number "
               "4711"},
        Damage{"no_own",
               [](Stage& s) {
                 EXPECT_TRUE(s.programs().erase_own("lab.Y", s.entries_of("fig11.A-B at B").own));
               },
               "fig11 lab.Y: vi_own entry of fig11.A-B at B: planned 172."},
        Damage{"no_counters",
               [](Stage& s) {
                 EXPECT_TRUE(s.programs().erase_counters("lab.Y", s.backside_of("fig11.A-B at B")));
               },
               "vi_counts entry of fig11.A-B at B: planned is there, found \n"},
        Damage{"base_filter_gone",
               [](Stage& s) { EXPECT_TRUE(s.programs().detach_base("lab.Y", "X")); },
               "fig11 lab.Y: filter of base device X: planned vi_base, found \n"},
        Damage{"other_code", [](Stage& s) { kernel::alter_programs(s.world.kernel(), "lab.Y"); },
               "fig11 lab.Y: program of base device X: planned vi_base with tag tag of vi_base, "
               "found tag other tag of vi_base: loaded by another build of vinet, or not by vinet"},
        Damage{"other_code_of_backsides",
               [](Stage& s) { kernel::alter_programs(s.world.kernel(), "lab.Z"); },
               "fig11 lab.Z: program of the block of all backsides: planned vi_backside"},
        Damage{"lo_forwarding_of_a_machine",
               [](Stage& s) {
                 net::Device lo = s.links().find_device("lab.Y", "lo")->device;
                 lo.forwarding = false;
                 EXPECT_TRUE(s.links().configure_device("lab.Y", lo));
               },
               "lab lab.Y: forwarding on lo: planned on, found off"}),
    [](const auto& one) { return one.param.name; });

TEST(Check, TakesASmallerMtuAtBothEndsForANote) {
  Stage stage;
  for (const char* end : {"fig11.A-B at A", "fig11.A-B at B"}) {
    const slice::Veth& veth = stage.veth_of(end);
    stage.set_mtu(veth.a_namespace, veth.a, 1300);
    stage.set_mtu(veth.b_namespace, veth.b, 1300);
    vi_link link = stage.entries_of(end).link;
    link.mtu_bytes = 1300;
    ASSERT_TRUE(stage.programs().put_link(veth.b_namespace, stage.backside_of(end), link));
  }
  const CheckReport report = stage.check();
  EXPECT_EQ(text_of(report, Finding::Weight::kFault), "");
  EXPECT_EQ(text_of(report, Finding::Weight::kNote),
            "fig11 fig11.A-B: mtu: planned 1460, found 1300 at both ends: the base path carries "
            "less than planned\n");
}

TEST(Check, TakesWhatATenantAddsForANote) {
  Stage stage;
  ASSERT_TRUE(stage.links().add_address("fig11.A", "lo",
                                        {*net::parse_address("10.9.9.9"), std::nullopt, 32}));
  const CheckReport report = stage.check();
  EXPECT_EQ(text_of(report, Finding::Weight::kFault), "");
  EXPECT_EQ(text_of(report, Finding::Weight::kNote),
            "fig11 fig11.A: address 10.9.9.9/32: planned , found on lo\n");
}

TEST(Check, TellsOnlyOfWhatWasAskedFor) {
  Stage stage;
  stage.request.owners = {"lab"};
  ASSERT_TRUE(stage.world.kernel().namespaces().remove("fig11.C"));
  EXPECT_EQ(text_of(stage.check(), Finding::Weight::kFault), "");
}

TEST(Check, ChangesNothing) {
  Stage stage;
  const std::string before = stage.world.snapshot();
  const uint64_t calls = stage.world.calls();
  stage.check();
  EXPECT_EQ(stage.world.calls(), calls);
  EXPECT_EQ(stage.world.snapshot(), before);
}

TEST(Check, ACanaryNeedsARealKernel) {
  Stage stage;
  const auto report =
      stage.world.machine().canary({slice::lower(stage.fig11, stage.base), {"fig11"}}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kUnimplemented);
}

}  // namespace
}  // namespace vinet::machine
