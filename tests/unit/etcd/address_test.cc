// Where an etcd is: what is read, and what is refused.
#include "etcd/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vinet::etcd {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string text;
  Address address;    // where it is good
  std::string error;  // else
};

class AddressTest : public ::testing::TestWithParam<Case> {};

TEST_P(AddressTest, IsReadOrRefused) {
  const auto address = parse_address(GetParam().text);
  if (GetParam().error.empty()) {
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(*address, GetParam().address);
    EXPECT_EQ(*parse_address(to_text(*address)), *address);
  } else {
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().code, Errc::kInvalidArgument);
    EXPECT_THAT(address.error().message, HasSubstr(GetParam().error));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Texts, AddressTest,
    ::testing::Values(
        Case{"etcd://a:2379/vinet", {{"a:2379"}, "/vinet"}, ""},
        Case{"etcd://a:2379", {{"a:2379"}, "/vinet"}, ""},
        Case{"etcd://a:2379/", {{"a:2379"}, "/vinet"}, ""},
        Case{"etcd://10.0.0.1:1,10.0.0.2:2,c.example:3/x/y-z/",
             {{"10.0.0.1:1", "10.0.0.2:2", "c.example:3"}, "/x/y-z"},
             ""},
        Case{"etcd://[2001:db8::1]:2379/p", {{"[2001:db8::1]:2379"}, "/p"}, ""},
        Case{"http://a:1/p", {}, "does not begin with etcd://"},
        Case{"etcd://", {}, "'' has no port"}, Case{"etcd:///p", {}, "'' has no port"},
        Case{"etcd://a/p", {}, "'a' has no port"}, Case{"etcd://a:0/p", {}, "'a:0' has no port"},
        Case{"etcd://a:70000/p", {}, "has no port"}, Case{"etcd://a:1,/p", {}, "'' has no port"},
        Case{"etcd://:1/p", {}, "':1' is no host"}, Case{"etcd://a b:1/p", {}, "is no host"},
        Case{"etcd://[::1:1/p", {}, "is no host"}, Case{"etcd://a:1//p", {}, "is no prefix"},
        Case{"etcd://a:1/p q", {}, "is no prefix"}, Case{"etcd://a:1/$(id)", {}, "is no prefix"}));

}  // namespace
}  // namespace vinet::etcd
