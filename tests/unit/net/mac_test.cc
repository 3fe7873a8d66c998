// Ethernet addresses as values.
#include "net/mac.h"

#include <gtest/gtest.h>

#include <set>

namespace vinet::net {
namespace {

TEST(Mac, IsReadAndPrinted) {
  EXPECT_EQ(to_string(parse_mac("02:00:5E:00:0a:ff").value()), "02:00:5e:00:0a:ff");
  for (const char* bad :
       {"", "02:00:5e:00:0a", "02:00:5e:00:0a:fg", "02-00-5e-00-0a-ff", "02:00:5e:00:0a:ff:01"}) {
    EXPECT_FALSE(parse_mac(bad)) << bad;
  }
}

TEST(Mac, FromANameIsLocalUnicastAndItsOwn) {
  std::set<Mac> seen;
  for (int i = 0; i < 10'000; ++i) {
    const Mac mac = mac_from("lab.X:" + std::to_string(i));
    EXPECT_EQ(mac.bytes[0] & 3, 2) << "locally administered, not a group";
    seen.insert(mac);
  }
  EXPECT_EQ(seen.size(), 10'000U);
  EXPECT_EQ(mac_from("lab.X:1"), mac_from("lab.X:1"));
}

}  // namespace
}  // namespace vinet::net
