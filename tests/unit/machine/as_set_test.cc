// What somebody did to a base by hand stays.
//
//     lab.X --Y--------X-- lab.Y
#include "machine/as_set.h"

#include <gtest/gtest.h>

namespace vinet::machine {
namespace {

std::map<std::string, slice::Slice> base() {
  slice::Veth veth;
  veth.role = slice::VethRole::kBase;
  veth.a_namespace = "lab.X";
  veth.b_namespace = "lab.Y";
  veth.a.name = "Y";
  veth.b.name = "X";
  slice::Namespace space;
  space.name = "lab.X";
  net::Route route;
  route.device = "Y";
  space.routes = {route};
  slice::Slice slice;
  slice.machine = "lab.X";
  slice.veths = {veth};
  slice.namespaces = {space};
  return {{slice.machine, slice}};
}

TEST(AsSet, MtusStayAndDevicesStayDownWithoutTheirRoutes) {
  auto have = base(), want = base();
  have["lab.X"].veths[0].b.mtu_bytes = 1300;
  leave_as_set(have, want);
  EXPECT_EQ(want["lab.X"].veths[0].a.mtu_bytes, 1500U);
  EXPECT_EQ(want["lab.X"].veths[0].b.mtu_bytes, 1300U);
  EXPECT_EQ(want["lab.X"].namespaces[0].routes.size(), 1U);

  have["lab.X"].veths[0].a.up = false;
  leave_as_set(have, want);
  EXPECT_FALSE(want["lab.X"].veths[0].a.up);
  EXPECT_TRUE(want["lab.X"].veths[0].b.up);
  EXPECT_TRUE(want["lab.X"].namespaces[0].routes.empty());
}

TEST(AsSet, NodesAndWhatIsGoneAreMadeAsPlanned) {
  auto have = base(), want = base();
  have["lab.X"].veths[0].role = want["lab.X"].veths[0].role = slice::VethRole::kLink;
  have["lab.X"].veths[0].a.mtu_bytes = 1300;
  leave_as_set(have, want);
  EXPECT_EQ(want["lab.X"].veths[0].a.mtu_bytes, 1500U) << "a link's device";
  have = {};
  want = base();
  leave_as_set(have, want);
  EXPECT_EQ(want, base());
}

}  // namespace
}  // namespace vinet::machine
