// Plans become the slices that the kernel is to hold.
#include "slice/lower.h"

#include <gtest/gtest.h>

#include <set>

#include "plan/share.h"
#include "slice/marks.h"
#include "slice/text.h"
#include "unit/slice/plans.h"

namespace vinet::slice {
namespace {

using vinet::testing::make_base;
using vinet::testing::make_figure11;
using vinet::testing::make_figure7;
using vinet::testing::make_internet;
using vinet::testing::make_lab;

std::string text_of(const std::vector<Slice>& slices) {
  std::string text;
  for (const Slice& slice : slices) text += to_string(slice);
  return text;
}

TEST(Lower, base_of_two_machines) {
  EXPECT_EQ(text_of(lower(make_base("lab", {"X", "Y"}, {{0, 1}}))),
            R"(slice lab on lab.X base 192.168.0.1
  namespace lab.X mark vinet:lab:X rp_filter_off lo_forwarding reassembly
    lo 192.168.0.1/32
    route 192.168.0.2/32 via 192.168.1.1 dev Y metric 1 src 192.168.0.1
  veth base
    a lab.X:Y alias vinet:lab:X-Y@X mac 6a:e5:07:93:24:bb mtu 1500 gso 65536 up forwarding ignore_linkdown
      address 192.168.1.0 peer 192.168.1.1/32
    b lab.Y:X alias vinet:lab:X-Y@Y mac 4e:7a:73:b7:0a:74 mtu 1500 gso 65536 up forwarding ignore_linkdown
      address 192.168.1.1 peer 192.168.1.0/32
slice lab on lab.Y base 192.168.0.2
  namespace lab.Y mark vinet:lab:Y rp_filter_off lo_forwarding reassembly
    lo 192.168.0.2/32
    route 192.168.0.1/32 via 192.168.1.0 dev X metric 1 src 192.168.0.2
)");
}

// A machine of a fleet is its daemon's own namespace: it gets no address, no route, no device, and
// says itself by which devices packets come in.
TEST(Lower, fleet) {
  plan::BasePlan base = make_base("fleet", {"X", "Y", "Z"}, {});
  base.fleet = true;
  for (plan::MachinePlan& machine : base.machines) machine.daemon = machine.name + ":7411";
  EXPECT_EQ(text_of(lower(base)), R"(slice fleet on fleet.X base 192.168.0.1
  namespace fleet.X mark vinet:fleet:X own lo_forwarding reassembly
slice fleet on fleet.Y base 192.168.0.2
  namespace fleet.Y mark vinet:fleet:Y own lo_forwarding reassembly
slice fleet on fleet.Z base 192.168.0.3
  namespace fleet.Z mark vinet:fleet:Z own lo_forwarding reassembly
)");
  for (const Slice& slice : lower(make_figure7(base), base)) {
    EXPECT_TRUE(slice.base_devices.empty()) << slice.machine;
    EXPECT_FALSE(slice.link_ends.empty()) << slice.machine;
  }
}

TEST(Lower, host_of_figure7) {
  const auto base = make_lab();
  const auto slices = lower(make_figure7(base), base);
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(to_string(slices[0]),
            R"(slice line on lab.X base 192.168.0.1
  namespace line.A mark vinet:line:A@lab.X ipv6 icmp_unlimited rp_filter_off lo_forwarding
    lo 10.7.0.0/32
    lo fd00:7::/128
    route unreachable 10.7.0.0/28 metric 4096
    route 10.7.0.16/28 via 10.7.0.17 dev B metric 1
    route 10.7.0.32/28 via 10.7.0.17 dev B metric 1
    route fd00:7::10/124 via fd00:7::11 dev B metric 1024
    route fd00:7::20/124 via fd00:7::11 dev B metric 1024
  veth link
    a line.A:B alias vinet:line:A-B@A mac 1a:ce:57:a7:c8:73 mtu 1460 gso 65396 up noarp
      address 10.7.0.1 peer 10.7.0.17/32
      address fd00:7::1 peer fd00:7::11/128
    b lab.X:v03a5e03bbaba80 alias vinet:line:A-B@A mac 8e:5c:98:65:67:16 mtu 1460 gso 65536 up noarp
  end v03a5e03bbaba80 base 192.168.0.1 -> 192.168.0.2 link 172.16.7.0 -> 172.16.7.1 mtu 1460 mac 1a:ce:57:a7:c8:73 neighbour ba:9d:50:a3:3a:e1 ipv6
  base_device Y
  base_device vi_whole
)");
}

TEST(Lower, router_of_figure7) {
  const auto base = make_lab();
  const auto slices = lower(make_figure7(base), base);
  EXPECT_EQ(to_string(slices[1]),
            R"(slice line on lab.Y base 192.168.0.2
  namespace line.B mark vinet:line:B@lab.Y ipv6 ipv6_forwarding icmp_unlimited rp_filter_off lo_forwarding
    lo 10.7.0.16/32
    lo fd00:7::10/128
    route 10.7.0.0/28 via 10.7.0.1 dev A metric 1
    route unreachable 10.7.0.16/28 metric 4096
    route 10.7.0.32/28 via 10.7.0.33 dev D metric 1
    route fd00:7::/124 via fd00:7::1 dev A metric 1024
    route fd00:7::20/124 via fd00:7::21 dev D metric 1024
  veth link
    a line.B:D alias vinet:line:B-D@B mac 56:eb:ad:ca:04:65 mtu 1460 gso 65396 up noarp forwarding
      address 10.7.0.18 peer 10.7.0.33/32
      address fd00:7::12 peer fd00:7::21/128
    b lab.Y:v50279ac9d836ac alias vinet:line:B-D@B mac 4e:7f:69:61:32:8f mtu 1460 gso 65536 up noarp
  veth link
    a line.B:A alias vinet:line:A-B@B mac ba:9d:50:a3:3a:e1 mtu 1460 gso 65396 up noarp forwarding
      address 10.7.0.17 peer 10.7.0.1/32
      address fd00:7::11 peer fd00:7::1/128
    b lab.Y:v54beb528fce63a alias vinet:line:A-B@B mac c6:21:33:57:2b:d7 mtu 1460 gso 65536 up noarp
  end v50279ac9d836ac base 192.168.0.2 -> 192.168.0.3 link 172.16.7.2 -> 172.16.7.3 mtu 1460 mac 56:eb:ad:ca:04:65 neighbour 0e:f7:bd:e5:9f:90 ipv6
  end v54beb528fce63a base 192.168.0.2 -> 192.168.0.1 link 172.16.7.1 -> 172.16.7.0 mtu 1460 mac ba:9d:50:a3:3a:e1 neighbour 1a:ce:57:a7:c8:73 ipv6
  base_device X
  base_device Z
  base_device vi_whole
)");
}

TEST(Lower, figure11_visits_y_three_times) {
  const auto base = make_lab();
  const auto slices = lower(make_figure11(base), base);
  ASSERT_EQ(slices.size(), 3u);
  const Slice& y = slices[1];
  EXPECT_EQ(y.machine, "lab.Y");
  ASSERT_EQ(y.namespaces.size(), 3u);
  EXPECT_EQ(y.namespaces[0].name, "fig11.B");
  EXPECT_EQ(y.namespaces[1].name, "fig11.D");
  EXPECT_EQ(y.namespaces[2].name, "fig11.F");
  EXPECT_EQ(y.link_ends.size(), 5u);  // B two, D two, F one
  EXPECT_EQ(y.base_devices, (std::vector<std::string>{"X", "Z", "vi_whole"}));
}

TEST(Lower, both_ends_on_one_machine_are_local_with_keys_of_their_own) {
  const auto base = make_lab();
  const auto slices =
      lower(make_internet("pair", 3, base, {{"A", false, 1}, {"B", false, 1}}, {{0, 1}}), base);
  ASSERT_EQ(slices.size(), 1u);
  ASSERT_EQ(slices[0].link_ends.size(), 2u);
  const LinkEnd& one = slices[0].link_ends[0];
  const LinkEnd& other = slices[0].link_ends[1];
  EXPECT_TRUE(one.local && other.local);
  EXPECT_EQ(one.base_source, one.base_destination);
  EXPECT_EQ(one.link_source, other.link_destination);
  EXPECT_EQ(one.link_destination, other.link_source);
  EXPECT_EQ(one.mac, other.neighbour_mac);
}

TEST(Lower, base_link_belongs_to_the_name_that_sorts_first_whatever_the_plan_says) {
  const auto there = lower(make_base("lab", {"X", "Y"}, {{1, 0}}));
  ASSERT_EQ(there[0].veths.size(), 1u);
  EXPECT_EQ(there[0].veths[0].a_namespace, "lab.X");
  EXPECT_EQ(there[0].veths[0].a.name, "Y");
  EXPECT_TRUE(there[1].veths.empty());
}

TEST(Lower, node_without_ipv6_gets_none) {
  const auto base = make_lab();
  const auto slices = lower(
      make_internet("old", 4, base, {{"A", false, 0}, {"B", true, 1}}, {{0, 1}}, false), base);
  const Namespace& router = slices[1].namespaces[0];
  EXPECT_FALSE(router.settings.ipv6);
  EXPECT_FALSE(router.settings.ipv6_forwarding);
  EXPECT_EQ(router.lo_addresses.size(), 1u);
  EXPECT_FALSE(slices[1].link_ends[0].ipv6);
}

TEST(Lower, link_attributes_reach_device_and_entry) {
  const auto base = make_lab();
  auto internet = make_figure7(base);
  internet.links[0].rate_bps = 1'000'003;  // 125,000 bytes and a few bits
  internet.links[0].delay_us = 2000;
  internet.links[0].loss_ppb = 5'000'000;
  const auto slices = lower(internet, base);
  const Veth& veth = slices[0].veths[0];
  EXPECT_EQ(veth.a.shaping, (net::Shaping{1'000'000, 2000}));
  EXPECT_EQ(veth.b.shaping, net::Shaping{});
  EXPECT_EQ(veth.a.gso_max_bytes, veth.a.mtu_bytes) << "loss is drawn per packet";
  EXPECT_EQ(slices[2].veths[0].a.gso_max_bytes, 65396u);
  EXPECT_EQ(slices[0].link_ends[0].rate_bps, 1'000'000u);
  EXPECT_EQ(slices[0].link_ends[0].loss_ppb, 5'000'000u);
}

TEST(Lower, backsides_have_kernel_names_macs_and_names_of_their_own) {
  const auto base = make_base("lab", {"M"}, {});
  std::vector<vinet::testing::NodeSpec> nodes{{"hub", true, 0}};
  std::vector<vinet::testing::LinkSpec> links;
  for (uint32_t i = 1; i <= 100; ++i) {
    nodes.push_back({"leaf" + std::to_string(i), false, 0});
    links.push_back({0, i});
  }
  const auto slices = lower(make_internet("star", 1, base, nodes, links), base);
  std::set<std::string> names;
  std::set<net::Mac> macs;
  for (const Veth& veth : slices[0].veths) {
    EXPECT_EQ(veth.b.name.size(), 15u);
    names.insert(veth.b.name);
    macs.insert(veth.a.mac);
    macs.insert(veth.b.mac);
    EXPECT_FALSE(veth.b.arp);
    EXPECT_FALSE(veth.b.forwarding);
    EXPECT_TRUE(veth.b.addresses.empty());
    EXPECT_EQ(veth.b.mtu_bytes, veth.a.mtu_bytes);
  }
  EXPECT_EQ(names.size(), 200u);
  EXPECT_EQ(macs.size(), 400u);
}

TEST(Lower, a_base_device_named_like_a_backside_is_not_taken) {
  const auto plain = make_lab();
  const std::string name = lower(make_figure7(plain), plain)[0].veths[0].b.name;
  auto clash = make_lab();
  clash.links[0].a.device = name;
  const auto slice = lower(make_figure7(clash), clash)[0];
  EXPECT_NE(slice.veths[0].b.name, name);
  EXPECT_EQ(slice.link_ends[0].backside, slice.veths[0].b.name);
}

TEST(Lower, machine_without_a_link_needs_no_programs) {
  const auto base = make_lab();
  const auto slices = lower(make_internet("one", 2, base, {{"A", false, 0}}, {}), base);
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_TRUE(slices[0].base_devices.empty());
}

TEST(Lower, hosts_names_every_identity_short_and_long) {
  const auto base = make_lab();
  EXPECT_EQ(hosts_text(make_figure7(base)),
            "127.0.0.1 localhost\n"
            "::1 localhost\n"
            "10.7.0.0 A A.line\n"
            "fd00:7:: A A.line\n"
            "10.7.0.16 B B.line\n"
            "fd00:7::10 B B.line\n"
            "10.7.0.32 D D.line\n"
            "fd00:7::20 D D.line\n");
}

TEST(Marks, read_back_what_was_printed) {
  const NamespaceMark machine{"lab", "X", ""}, node{"fig11", "campus.t.top", "lab.X"};
  EXPECT_EQ(to_string(machine), "vinet:lab:X");
  EXPECT_EQ(to_string(node), "vinet:fig11:campus.t.top@lab.X");
  EXPECT_EQ(parse_namespace_mark(to_string(machine)), machine);
  EXPECT_EQ(parse_namespace_mark(to_string(node)), node);
  const DeviceMark second{"fig11", "A-B:2", "A"};
  EXPECT_EQ(parse_device_mark(to_string(second)), second);
}

TEST(Marks, nothing_else_is_one) {
  for (const char* text : {"", "vinet", "vinet:", "vinet::A", "vinet:fig11",
                           "vinet:fig11:", "xvinet:a:b", "vinet:a:b@", "VINET:a:b"}) {
    EXPECT_FALSE(parse_namespace_mark(text)) << text;
    EXPECT_FALSE(parse_device_mark(text)) << text;
  }
  EXPECT_FALSE(parse_device_mark("vinet:lab:X"));
}

// What stays on one machine has none.
TEST(Lower, a_share_is_on_every_base_device_of_its_machines) {
  const auto base = make_lab();
  auto internet = make_figure11(base);
  internet.share_bps = 1'000'004;
  const uint16_t id = plan::share_id(internet.name);
  const auto slices = lower(internet, base);
  ASSERT_EQ(slices.size(), 3u);
  for (const Slice& slice : slices) {
    std::vector<DeviceShare> expected;
    for (const std::string& device : slice.base_devices) {
      if (device == net::kWholeDevice) continue;      // nothing leaves by it
      expected.push_back({device, {id, 1'000'000}});  // whole bytes
    }
    EXPECT_EQ(slice.shares, expected);
    EXPECT_FALSE(expected.empty());
    for (const LinkEnd& end : slice.link_ends) EXPECT_EQ(end.share, end.local ? 0 : id);
  }
  internet.share_bps = 0;
  for (const Slice& slice : lower(internet, base)) {
    EXPECT_TRUE(slice.shares.empty());
    for (const LinkEnd& end : slice.link_ends) EXPECT_EQ(end.share, 0);
  }
}

}  // namespace
}  // namespace vinet::slice
