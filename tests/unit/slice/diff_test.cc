// What differs between two slices.
#include "slice/diff.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "slice/lower.h"
#include "unit/slice/plans.h"

namespace vinet::slice {
namespace {

Slice slice_of_y() {
  const auto base = vinet::testing::make_lab();
  return lower(vinet::testing::make_figure11(base), base)[1];
}

net::InterfaceAddress address(const char* local, const char* peer = nullptr, uint8_t length = 32) {
  net::InterfaceAddress out{*net::parse_address(local), std::nullopt, length};
  if (peer != nullptr) out.peer = net::parse_address(peer);
  return out;
}

TEST(Diff, of_equal_slices_is_empty) {
  const Slice slice = slice_of_y();
  EXPECT_TRUE(diff(slice, slice).empty());
  EXPECT_TRUE(diff(slice, slice, Tolerance::kExact).empty());
}

TEST(Diff, against_nothing_lists_everything_once) {
  const Slice want = slice_of_y();
  Slice nothing;
  const Diff all = diff(want, nothing);
  EXPECT_EQ(all.namespaces_made, want.namespaces);
  EXPECT_EQ(all.veths_made, want.veths);
  EXPECT_EQ(all.link_ends_put, want.link_ends);
  EXPECT_EQ(all.base_devices_attached, want.base_devices);
  size_t routes = 0;
  for (const auto& space : want.namespaces) routes += space.routes.size();
  EXPECT_EQ(all.routes_added.size(), routes);
  EXPECT_EQ(all.addresses_added.size(), 3u * 2 + 5u * 2);  // two families: identities, interfaces
  EXPECT_TRUE(all.devices_changed.empty());
  EXPECT_TRUE(all.namespaces_changed.empty());
}

TEST(Diff, towards_nothing_deletes_everything_and_detaches_only_when_exact) {
  const Slice have = slice_of_y();
  Slice nothing;
  nothing.owner = have.owner;
  nothing.machine = have.machine;
  const Diff all = diff(nothing, have);
  EXPECT_EQ(all.namespaces_deleted, have.namespaces);
  EXPECT_EQ(all.veths_deleted, have.veths);
  EXPECT_EQ(all.link_ends_erased, have.link_ends);
  EXPECT_TRUE(all.base_devices_detached.empty());
  EXPECT_EQ(diff(nothing, have, Tolerance::kExact).base_devices_detached, have.base_devices);
}

TEST(Diff, touched_are_machines_nodes_that_differ_and_both_ends_of_their_links_here) {
  const std::vector<Slice> have{slice_of_y()};
  using Names = std::set<std::string>;
  const auto after = [&](const std::function<void(Slice&)>& change) {
    std::vector<Slice> want = have;
    change(want[0]);
    return touched(want, have);
  };
  const std::string node = have[0].veths[0].a_namespace;
  const std::string other = have[0].namespaces.back().name;
  EXPECT_EQ(after([](Slice&) {}), (Names{"lab.Y"}));
  EXPECT_EQ(touched({}, have).size(), 1 + have[0].namespaces.size());
  EXPECT_EQ(touched(have, {}).size(), 1 + have[0].namespaces.size());
  EXPECT_EQ(after([](Slice& y) { y.namespaces.back().routes.pop_back(); }),
            (Names{"lab.Y", other}));
  EXPECT_EQ(after([](Slice& y) { y.veths[0].a.mtu_bytes = 1300; }), (Names{"lab.Y", node}));
  EXPECT_EQ(after([](Slice& y) { y.veths[0].b.mtu_bytes = 1300; }), (Names{"lab.Y", node}));
  EXPECT_EQ(after([](Slice& y) { y.link_ends[0].loss_ppb = 1; }).size(), 2u);
  EXPECT_EQ(after([](Slice& y) { y.veths.erase(y.veths.begin()); }), (Names{"lab.Y", node}));
}

TEST(Diff, tells_shares_by_device_and_number) {
  Slice want = slice_of_y(), have = want;
  want.shares = {{"X", {20, 8000}}, {"Z", {20, 8000}}};
  have.shares = {{"X", {20, 16000}}, {"X", {21, 8000}}};
  const Diff found = diff(want, have);
  EXPECT_EQ(found.shares_put, want.shares);
  EXPECT_EQ(found.shares_erased, (std::vector<DeviceShare>{{"X", {21, 8000}}}));
  EXPECT_EQ(found.count(), 3u);
}

/// One thing altered in what the kernel holds, and what the diff must be about.
struct AlterCase {
  const char* name;
  std::function<void(Slice&)> alter;
  std::function<size_t(const Diff&)> listed;  ///< how many entries of the expected kind there are
};

class DiffAlter : public ::testing::TestWithParam<AlterCase> {};

TEST_P(DiffAlter, lists_that_and_nothing_else) {
  const Slice want = slice_of_y();
  Slice have = want;
  GetParam().alter(have);
  const Diff changes = diff(want, have);
  EXPECT_EQ(GetParam().listed(changes), changes.count());
  EXPECT_GT(changes.count(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, DiffAlter,
    ::testing::Values(
        AlterCase{"device_down", [](Slice& s) { s.veths[0].a.up = false; },
                  [](const Diff& d) { return d.devices_changed.size(); }},
        AlterCase{"device_mtu", [](Slice& s) { s.veths[0].a.mtu_bytes = 1400; },
                  [](const Diff& d) { return d.devices_changed.size(); }},
        AlterCase{"device_alias_taken_away", [](Slice& s) { s.veths[0].a.alias = ""; },
                  [](const Diff& d) { return d.devices_changed.size(); }},
        AlterCase{"shaping", [](Slice& s) { s.veths[0].a.shaping.rate_bps = 8; },
                  [](const Diff& d) { return d.shaping_changed.size(); }},
        AlterCase{"address_missing", [](Slice& s) { s.veths[0].a.addresses.clear(); },
                  [](const Diff& d) { return d.addresses_added.size(); }},
        AlterCase{
            "address_with_another_peer",
            [](Slice& s) { s.veths[0].a.addresses[0].peer = net::Ipv4{1}; },
            [](const Diff& d) { return d.addresses_added.size() + d.addresses_deleted.size(); }},
        AlterCase{"route_missing",
                  [](Slice& s) { s.namespaces[0].routes.erase(s.namespaces[0].routes.begin()); },
                  [](const Diff& d) { return d.routes_added.size(); }},
        AlterCase{"route_too_many",
                  [](Slice& s) {
                    net::Route route;
                    route.destination = *net::parse_prefix("0.0.0.0/0");
                    route.type = net::RouteType::kUnreachable;
                    s.namespaces[0].routes.insert(s.namespaces[0].routes.begin(), route);
                  },
                  [](const Diff& d) { return d.routes_deleted.size(); }},
        AlterCase{"settings", [](Slice& s) { s.namespaces[0].settings.ipv6_forwarding = false; },
                  [](const Diff& d) { return d.namespaces_changed.size(); }},
        AlterCase{"identity_missing", [](Slice& s) { s.namespaces[0].lo_addresses.clear(); },
                  [](const Diff& d) { return d.addresses_added.size(); }},
        AlterCase{
            "identity_renumbered",
            [](Slice& s) { s.namespaces[0].lo_addresses[0] = address("10.99.0.1"); },
            [](const Diff& d) { return d.addresses_added.size() + d.addresses_deleted.size(); }},
        AlterCase{"link_end_altered", [](Slice& s) { s.link_ends[0].link_source = net::Ipv4{5}; },
                  [](const Diff& d) { return d.link_ends_put.size(); }},
        AlterCase{"link_end_missing", [](Slice& s) { s.link_ends.pop_back(); },
                  [](const Diff& d) { return d.link_ends_put.size(); }},
        AlterCase{"base_filter_missing", [](Slice& s) { s.base_devices.pop_back(); },
                  [](const Diff& d) { return d.base_devices_attached.size(); }}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Diff, keeps_what_a_tenant_adds) {
  const Slice want = slice_of_y();
  Slice have = want;
  have.veths[0].a.addresses.push_back(address("10.50.0.1", nullptr, 24));
  have.namespaces[0].lo_addresses.push_back(address("10.60.0.1"));
  EXPECT_TRUE(diff(want, have).empty());
  EXPECT_EQ(diff(want, have, Tolerance::kExact).addresses_deleted.size(), 2u);
}

TEST(Diff, takes_away_an_old_address_of_ours) {
  const Slice want = slice_of_y();
  Slice have = want;
  have.veths[0].a.addresses.push_back(address("10.50.0.1", "10.50.0.2"));
  EXPECT_EQ(diff(want, have).addresses_deleted.size(), 1u);
}

TEST(Diff, rebuilds_a_veth_whose_node_end_is_lost) {
  const Slice want = slice_of_y();
  Slice have = want;
  have.veths[0].a_namespace = "";
  have.veths[0].a = {};
  const Diff changes = diff(want, have);
  ASSERT_EQ(changes.veths_made.size(), 1u);
  ASSERT_EQ(changes.veths_deleted.size(), 1u);
  EXPECT_EQ(changes.veths_made[0].b.name, changes.veths_deleted[0].b.name);
  // Its entry looked right, but named the old device.
  ASSERT_EQ(changes.link_ends_put.size(), 1u);
  EXPECT_EQ(changes.link_ends_put[0].backside, want.veths[0].b.name);
  EXPECT_EQ(changes.addresses_added.size(), want.veths[0].a.addresses.size());
}

}  // namespace
}  // namespace vinet::slice
