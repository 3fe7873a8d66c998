// What a slice becomes where the base carries less than planned.
#include "slice/path_mtu.h"

#include <gtest/gtest.h>

namespace vinet::slice {
namespace {

constexpr net::Ipv4 kFar{0xc0a80002}, kElsewhere{0xc0a80003};

/// One link end with the device of its node and its backside.
Slice slice_of(uint32_t mtu_bytes, bool ipv6, bool local = false, bool lossy = false) {
  Slice slice;
  LinkEnd end;
  end.backside = "v1";
  end.base_destination = kFar;
  end.mtu_bytes = end.whole_bytes = mtu_bytes;
  end.ipv6 = ipv6;
  end.local = local;
  slice.link_ends = {end};
  Veth veth;
  veth.a.mtu_bytes = veth.b.mtu_bytes = mtu_bytes;
  veth.b.name = "v1";
  veth.a.gso_max_bytes = lossy ? mtu_bytes : 65396;
  slice.veths = {veth};
  return slice;
}

TEST(PathMtu, LinksFollowTheirPath) {
  const struct {
    const char* name;
    Slice slice;
    PathMtus paths;
    uint32_t mtu_bytes, whole_bytes, gso_max_bytes;
  } cases[] = {
      {"as planned", slice_of(1460, true), {}, 1460, 1460, 65396},
      {"another path", slice_of(1460, true), {{kElsewhere, 1300}}, 1460, 1460, 65396},
      {"larger than planned", slice_of(1460, true), {{kFar, 9000}}, 1460, 1460, 65396},
      {"smaller", slice_of(1460, true), {{kFar, 1400}}, 1360, 1360, 65396},
      {"smaller than a written mtu counts on",
       slice_of(1300, true),
       {{kFar, 1400}},
       1300,
       1300,
       65396},
      {"IPv6 just fits", slice_of(1460, true), {{kFar, 1320}}, 1280, 1280, 65396},
      {"too small for IPv6: fragments", slice_of(1460, true), {{kFar, 1300}}, 1280, 1260, 65396},
      {"the same without IPv6", slice_of(1460, false), {{kFar, 1300}}, 1260, 1260, 65396},
      {"too small for IPv4", slice_of(1460, false), {{kFar, 80}}, 68, 68, 65396},
      {"no super-packets", slice_of(1460, true, false, true), {{kFar, 1400}}, 1360, 1360, 1360},
      {"inside a machine", slice_of(1460, true, true), {{kFar, 1300}}, 1460, 1460, 65396},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Slice slice = c.slice;
    shrink_to_paths(slice, c.paths);
    EXPECT_EQ(slice.link_ends[0].mtu_bytes, c.mtu_bytes);
    EXPECT_EQ(slice.link_ends[0].whole_bytes, c.whole_bytes);
    EXPECT_EQ(slice.veths[0].a.mtu_bytes, c.mtu_bytes);
    EXPECT_EQ(slice.veths[0].b.mtu_bytes, c.mtu_bytes);
    EXPECT_EQ(slice.veths[0].a.gso_max_bytes, c.gso_max_bytes);
  }
}

TEST(PathMtu, LinksKeepWhatTheLinksAboveNeed) {
  Slice slice = slice_of(1460, false);
  slice.link_ends[0].floor_bytes = 1300;
  shrink_to_paths(slice, {{kFar, 1200}});
  EXPECT_EQ(slice.link_ends[0].mtu_bytes, 1300U);
  EXPECT_EQ(slice.link_ends[0].whole_bytes, 1160U);
}

TEST(PathMtu, LinksAboveFollowWhatIsCarried) {
  const struct {
    const char* name;
    bool ipv6, local, in_node;
    uint32_t floor_bytes, carried;
    uint32_t mtu_bytes, whole_bytes;
  } cases[] = {
      {"all", true, false, false, 0, 1440, 1440, 1440},
      {"less", true, false, false, 0, 1400, 1400, 1400},
      {"less than IPv6 needs", true, false, false, 0, 1200, 1280, 1200},
      {"less, without IPv6", false, false, false, 0, 1200, 1200, 1200},
      {"less than links above need", false, false, false, 1300, 1200, 1300, 1200},
      {"in a node, those below make fragments", true, false, true, 0, 1200, 1280, 1280},
      {"inside one lower node", true, true, false, 0, 1200, 1440, 1440},
  };
  plan::InternetPlan internet;
  internet.name = "upper";
  internet.links.resize(2);
  internet.links[0].name = "q-r";
  internet.links[1].name = "p-s";
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Slice slice = slice_of(1440, c.ipv6, c.local);
    slice.base_address = c.in_node ? net::Ipv4{} : kElsewhere;
    slice.link_ends[0].on = "lower.a";
    slice.link_ends[0].floor_bytes = c.floor_bytes;
    slice.veths[0].a.alias = slice.veths[0].b.alias = "vinet:upper:p-s@p";
    shrink_to_paths(slice, {{kFar, 100}});  // not its affair
    shrink_to_carried(slice, internet, {1000, c.carried});
    EXPECT_EQ(slice.link_ends[0].mtu_bytes, c.mtu_bytes);
    EXPECT_EQ(slice.link_ends[0].whole_bytes, c.whole_bytes);
    EXPECT_EQ(slice.veths[0].a.mtu_bytes, c.mtu_bytes);
  }
}

}  // namespace
}  // namespace vinet::slice
