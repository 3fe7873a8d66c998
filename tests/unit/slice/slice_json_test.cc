// Slices as JSON and back.
#include "slice/slice_json.h"

#include <gtest/gtest.h>

#include "net/ip.h"

namespace vinet::slice {
namespace {

net::IpAddress address(const char* text) {
  return *net::parse_address(text);
}

Slice full() {
  Slice slice;
  slice.owner = "fig11";
  slice.machine = "lab.X";
  slice.base_address = *net::parse_ipv4("192.168.0.1");
  Namespace space;
  space.name = "fig11.A";
  space.mark = "vinet:fig11:A@lab.X";
  space.settings = {false, true, false, false};
  space.lo_forwarding = true;
  space.reassembly = true;
  space.lo_addresses = {{address("10.0.0.1"), std::nullopt, 32}, {address("fd00::1"), {}, 128}};
  net::Route route;
  route.destination = *net::parse_prefix("10.0.0.16/28");
  route.metric = 512;
  route.via = address("10.0.0.17");
  route.device = "B";
  route.source = address("10.0.0.1");
  net::Route unreachable;
  unreachable.destination = *net::parse_prefix("10.0.0.0/28");
  unreachable.type = net::RouteType::kUnreachable;
  space.routes = {route, unreachable};
  slice.namespaces = {space};
  Veth veth;
  veth.role = VethRole::kBase;
  veth.a_namespace = "fig11.A";
  veth.b_namespace = "lab.X";
  veth.a.name = "B";
  veth.a.alias = "vinet:fig11:A-B@A";
  veth.a.mac = net::mac_from("a");
  veth.a.mtu_bytes = 1460;
  veth.a.up = veth.a.arp = false;
  veth.a.forwarding = veth.a.ignore_linkdown = true;
  veth.a.gso_max_bytes = 65396;
  veth.a.shaping = {1'000'000, 20'000};
  veth.a.addresses = {{address("10.0.0.2"), address("10.0.0.18"), 32}};
  veth.b.name = "v00000000000000";
  slice.veths = {veth, Veth()};
  LinkEnd end;
  end.backside = "v00000000000000";
  end.base_source = end.base_destination = *net::parse_ipv4("192.168.0.1");
  end.link_source = end.link_destination = *net::parse_ipv4("172.16.0.1");
  end.mtu_bytes = 1460;
  end.rate_bps = 5;
  end.loss_ppb = 6;
  end.ipv6 = false;
  end.local = true;
  end.share = 17;
  end.mac = end.neighbour_mac = net::mac_from("b");
  slice.link_ends = {end, LinkEnd()};
  slice.base_devices = {"Y", "Z"};
  slice.shares = {{"Y", {17, 500'000'000}}};
  return slice;
}

TEST(SliceJson, WhatIsWrittenCanBeReadBack) {
  const std::vector<std::vector<Slice>> cases = {
      {}, {Slice()}, {full()}, {full(), Slice(), full()}};
  for (const auto& slices : cases) {
    const auto read = from_json(to_json(slices));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, slices);
  }
}

TEST(SliceJson, BadTextIsRefusedWithItsPlace) {
  struct Case {
    const char* text;
    const char* says;
  };
  const Case cases[] = {
      {"", "no valid JSON"},
      {"[]", "expected an object"},
      {"{}", "slices: is missing"},
      {R"({"slices": 3})", "slices: expected an array"},
      {R"({"slices": [{}]})", "slices[0].owner: is missing"},
      {R"({"slices": [{"owner": 7}]})", "slices[0].owner: expected text"},
      {R"({"slices": [], "more": 1})", "expected 1 members, found 2"},
  };
  for (const Case& c : cases) {
    const auto read = from_json(c.text);
    ASSERT_FALSE(read) << c.text;
    EXPECT_EQ(read.error().code, Errc::kInvalidArgument);
    EXPECT_NE(read.error().message.find(c.says), std::string::npos) << read.error().message;
  }
}

}  // namespace
}  // namespace vinet::slice
