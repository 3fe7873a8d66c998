// What someone removed or altered by hand is back after the next apply, on both kernels (faults
// F-40 to F-47). Each case damages a running Figure 11; then base and internet are applied again,
// and all is as before.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "machine/encode.h"
#include "slice/lower.h"
#include "unit/machine/scratch.h"
#include "unit/machine/world.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_figure11;
using vinet::testing::make_lab;
using vinet::testing::World;

struct Lab {
  plan::BasePlan base = make_lab();
  std::vector<slice::Slice> lab = slice::lower(base);
  std::vector<slice::Slice> fig11 = slice::lower(make_figure11(base), base);
  const slice::Veth& veth() const { return fig11[1].veths[0]; }
  const slice::LinkEnd& end() const { return fig11[1].link_ends[0]; }
};

uint32_t ifindex(World& world, const std::string& netns, const std::string& device) {
  return world.kernel().links().find_device(netns, device)->ifindex;
}

uint32_t backside(World& world, const Lab& lab) {
  return ifindex(world, "lab.Y", lab.end().backside);
}

Status change_device(World& world, const std::string& netns, const std::string& name,
                     const std::function<void(net::Device&)>& change) {
  net::Device device = world.kernel().links().find_device(netns, name)->device;
  change(device);
  return world.kernel().links().configure_device(netns, device);
}

Status change_settings(World& world, const std::string& netns,
                       const std::function<void(net::NamespaceSettings&)>& change) {
  net::NamespaceSettings settings = *world.kernel().namespaces().read_settings(netns);
  change(settings);
  return world.kernel().namespaces().write_settings(netns, settings);
}

struct DamageCase {
  const char* name;
  std::function<Status(World&, const Lab&)> damage;
};

const DamageCase kCases[] = {
    {"node_namespace_removed",
     [](World& w, const Lab&) { return w.kernel().namespaces().remove("fig11.D"); }},
    {"machine_namespace_removed",
     [](World& w, const Lab&) { return w.kernel().namespaces().remove("lab.Y"); }},
    {"link_deleted_in_node",
     [](World& w, const Lab& l) {
       return w.kernel().links().delete_device(l.veth().a_namespace, l.veth().a.name);
     }},
    {"link_deleted_in_machine",
     [](World& w, const Lab& l) {
       return w.kernel().links().delete_device("lab.Y", l.veth().b.name);
     }},
    {"base_link_deleted",
     [](World& w, const Lab&) { return w.kernel().links().delete_device("lab.X", "Y"); }},
    {"identity_removed",
     [](World& w, const Lab& l) {
       return w.kernel().links().delete_address("fig11.B", "lo",
                                                l.fig11[1].namespaces[0].lo_addresses[0]);
     }},
    {"interface_address_removed",
     [](World& w, const Lab& l) {
       return w.kernel().links().delete_address(l.veth().a_namespace, l.veth().a.name,
                                                l.veth().a.addresses[0]);
     }},
    {"base_address_removed",
     [](World& w, const Lab& l) {
       return w.kernel().links().delete_address("lab.Z", "lo",
                                                l.lab[2].namespaces[0].lo_addresses[0]);
     }},
    {"route_removed",
     [](World& w, const Lab& l) {
       return w.kernel().links().delete_route("fig11.B", l.fig11[1].namespaces[0].routes[0]);
     }},
    {"route_added",
     [](World& w, const Lab&) {
       net::Route route;
       route.destination = *net::parse_prefix("10.250.0.0/16");
       route.type = net::RouteType::kUnreachable;
       return w.kernel().links().add_route("fig11.B", route);
     }},
    {"node_device_down",
     [](World& w, const Lab& l) {
       return change_device(w, l.veth().a_namespace, l.veth().a.name,
                            [](net::Device& d) { d.up = false; });
     }},
    {"backside_down",
     [](World& w, const Lab& l) {
       return change_device(w, "lab.Y", l.veth().b.name, [](net::Device& d) { d.up = false; });
     }},
    {"base_device_down",
     [](World& w, const Lab&) {
       return change_device(w, "lab.Y", "X", [](net::Device& d) { d.up = false; });
     }},
    {"mtu_lowered",
     [](World& w, const Lab& l) {
       return change_device(w, l.veth().a_namespace, l.veth().a.name,
                            [](net::Device& d) { d.mtu_bytes = 1300; });
     }},
    {"mtu_lowered_below_what_ipv6_needs",
     [](World& w, const Lab& l) {
       return change_device(w, l.veth().a_namespace, l.veth().a.name,
                            [](net::Device& d) { d.mtu_bytes = 1000; });
     }},
    {"alias_taken_away_by_the_node",
     [](World& w, const Lab& l) {
       return change_device(w, l.veth().a_namespace, l.veth().a.name,
                            [](net::Device& d) { d.alias = ""; });
     }},
    {"mac_changed",
     [](World& w, const Lab& l) {
       return change_device(w, l.veth().a_namespace, l.veth().a.name,
                            [](net::Device& d) { d.mac = net::mac_from("another"); });
     }},
    {"forwarding_switched_off",
     [](World& w, const Lab& l) {
       return change_device(w, l.veth().a_namespace, l.veth().a.name,
                            [](net::Device& d) { d.forwarding = false; });
     }},
    {"machine_forwarding_switched_off",
     [](World& w, const Lab&) {
       return change_device(w, "lab.Y", "lo", [](net::Device& d) { d.forwarding = false; });
     }},
    {"ipv6_forwarding_switched_off",
     [](World& w, const Lab&) {
       return change_settings(w, "fig11.B",
                              [](net::NamespaceSettings& s) { s.ipv6_forwarding = false; });
     }},
    {"ipv6_switched_off",
     [](World& w, const Lab&) {
       return change_settings(w, "fig11.B", [](net::NamespaceSettings& s) { s.ipv6 = false; });
     }},
    {"base_filter_detached",
     [](World& w, const Lab&) { return w.kernel().programs().detach_base("lab.Y", "X"); }},
    {"template_erased",
     [](World& w, const Lab& l) {
       return w.kernel().programs().erase_link("lab.Y", backside(w, l));
     }},
    {"template_altered",
     [](World& w, const Lab& l) {
       vi_link link = encode(l.end(), 0).link;
       link.headers[1][19] ^= 1;
       return w.kernel().programs().put_link("lab.Y", backside(w, l), link);
     }},
    {"key_erased",
     [](World& w, const Lab& l) {
       return w.kernel().programs().erase_key("lab.Y", encode(l.end(), 0).base_key());
     }},
    {"key_leads_to_another_node",
     [](World& w, const Lab& l) {
       const uint32_t other = ifindex(w, "lab.Y", l.fig11[1].link_ends[1].backside);
       return w.kernel().programs().put_key("lab.Y", encode(l.end(), 0).base_key(),
                                            encode(l.end(), other).end);
     }},
    {"key_of_a_stranger_added",
     [](World& w, const Lab& l) {
       vi_key key = encode(l.end(), 0).base_key();
       key.link_src_be ^= 1;
       return w.kernel().programs().put_key("lab.Y", key, encode(l.end(), backside(w, l)).end);
     }},
    {"own_address_erased",
     [](World& w, const Lab& l) {
       return w.kernel().programs().erase_own("lab.Y", encode(l.end(), 0).own);
     }},
    {"own_address_added",
     [](World& w, const Lab& l) {
       return w.kernel().programs().put_own("lab.Y", kernel::machine_address(0x01020304),
                                            backside(w, l));
     }},
    {"counters_erased",
     [](World& w, const Lab& l) {
       return w.kernel().programs().erase_counters("lab.Y", backside(w, l));
     }},
    {"entries_of_a_device_that_is_gone",
     [](World& w, const Lab& l) {
       return w.kernel().programs().put_link("lab.Y", 4711, encode(l.end(), 0).link);
     }},
};

class Repair : public ::testing::TestWithParam<std::tuple<bool, DamageCase>> {};

TEST_P(Repair, brings_it_back) {
  const auto& [real, damage] = GetParam();
  if (real && !vinet::testing::is_root()) GTEST_SKIP() << "the real kernel needs root";
  const vinet::testing::ScratchRoot root;
  World world = real ? World::real(root.path()) : World::fake();
  const Lab lab;
  const auto up = [&]() -> Result<size_t> {
    ASSIGN_OR_RETURN(const auto base, world.machine().apply(lab.lab, {}));
    ASSIGN_OR_RETURN(const auto internet, world.machine().apply(lab.fig11, {}));
    return base.created + base.changed + base.deleted + internet.created + internet.changed +
           internet.deleted;
  };
  const auto made = up();
  ASSERT_TRUE(made) << made.error().message;
  const std::string whole = world.snapshot();
  const auto strayed = [&] {
    std::vector<slice::Slice> all = lab.lab;
    all.insert(all.end(), lab.fig11.begin(), lab.fig11.end());
    const auto names = world.machine().strayed(all, {});
    return names ? *names : std::set<std::string>{names.error().message};
  };
  EXPECT_EQ(strayed(), std::set<std::string>{});

  const Status damaged = damage.damage(world, lab);
  ASSERT_TRUE(damaged) << damaged.error().message;
  EXPECT_NE(world.snapshot(), whole) << "the damage does not bite";
  EXPECT_NE(strayed(), std::set<std::string>{});
  const auto repaired = up();
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_GT(*repaired, 0u);
  EXPECT_EQ(world.snapshot(), whole);
  EXPECT_EQ(strayed(), std::set<std::string>{});

  const uint64_t calls = world.calls();
  const auto again = up();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, 0u);
  EXPECT_EQ(world.calls(), calls);
  for (const char* owner : {"fig11", "lab"}) {
    const auto removed = world.machine().remove(owner, {}, {});
    EXPECT_TRUE(removed) << removed.error().message;
  }
  EXPECT_EQ(world.snapshot(), "");
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<bool, DamageCase>>& one) {
  return std::string(std::get<0>(one.param) ? "real_" : "fake_") + std::get<1>(one.param).name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Repair,
                         ::testing::Combine(::testing::Bool(), ::testing::ValuesIn(kCases)),
                         name_of);

}  // namespace
}  // namespace vinet::machine
