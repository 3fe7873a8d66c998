// Addresses and prefixes as values.
#include "net/ip.h"

#include <gtest/gtest.h>

namespace vinet::net {
namespace {

Ipv4 v4(const std::string& text) {
  return parse_ipv4(text).value();
}
Ipv6 v6(const std::string& text) {
  return parse_ipv6(text).value();
}
IpPrefix prefix(const std::string& text) {
  return parse_prefix(text).value();
}

struct TextCase {
  std::string text;
  std::string printed;  // "" where it is no address or prefix
};

class AddressText : public testing::TestWithParam<TextCase> {};

TEST_P(AddressText, IsReadAndPrinted) {
  const auto& [text, printed] = GetParam();
  const bool is_prefix = text.find('/') != std::string::npos;
  const auto shown = [&]() -> std::string {
    if (is_prefix) {
      const auto p = parse_prefix(text);
      return p ? to_string(*p) : "";
    }
    const auto a = parse_address(text);
    return a ? to_string(*a) : "";
  };
  EXPECT_EQ(shown(), printed) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Net, AddressText,
    testing::Values(TextCase{"10.0.0.1", "10.0.0.1"},
                    TextCase{"255.255.255.255", "255.255.255.255"}, TextCase{"256.0.0.1", ""},
                    TextCase{"10.0.0", ""}, TextCase{"10.0.0.1.2", ""}, TextCase{"10.0.0.1 ", ""},
                    TextCase{"", ""}, TextCase{"FD00:0:0::1", "fd00::1"}, TextCase{"::", "::"},
                    TextCase{"::ffff:192.0.2.1", "::ffff:192.0.2.1"}, TextCase{"1:2:3", ""},
                    TextCase{"fe80::1%eth0", ""}, TextCase{"10.0.0.0/8", "10.0.0.0/8"},
                    TextCase{"10.0.0.1/8", ""}, TextCase{"10.0.0.1/32", "10.0.0.1/32"},
                    TextCase{"0.0.0.0/0", "0.0.0.0/0"}, TextCase{"10.0.0.0/33", ""},
                    TextCase{"10.0.0.0/", ""}, TextCase{"10.0.0.0/8x", ""},
                    TextCase{"10.0.0.0/-1", ""}, TextCase{"fd40::/48", "fd40::/48"},
                    TextCase{"::/0", "::/0"}, TextCase{"fd40::1/48", ""}, TextCase{"::/129", ""}));

TEST(Prefix, ClearsTheBitsBehind) {
  EXPECT_EQ(to_string(prefix_of(v4("10.255.255.255"), 12)), "10.240.0.0/12");
  EXPECT_EQ(to_string(prefix_of(v4("10.1.2.3"), 0)), "0.0.0.0/0");
  EXPECT_EQ(to_string(prefix_of(v4("10.1.2.3"), 32)), "10.1.2.3/32");
  EXPECT_EQ(to_string(prefix_of(v6("fd40:1:2:ffff::1"), 50)), "fd40:1:2:c000::/50");
  EXPECT_EQ(to_string(prefix_of(v6("ffff::1"), 0)), "::/0");
  EXPECT_EQ(to_string(host_prefix(v6("fd00::1"))), "fd00::1/128");
}

struct PairCase {
  std::string a;
  std::string b;
  bool overlap;
};

class PrefixPair : public testing::TestWithParam<PairCase> {};

TEST_P(PrefixPair, OverlapIsMutual) {
  const auto& [a, b, overlap] = GetParam();
  EXPECT_EQ(overlaps(prefix(a), prefix(b)), overlap);
  EXPECT_EQ(overlaps(prefix(b), prefix(a)), overlap);
}

INSTANTIATE_TEST_SUITE_P(Net, PrefixPair,
                         testing::Values(PairCase{"10.0.0.0/8", "10.1.0.0/16", true},
                                         PairCase{"10.0.0.0/9", "10.128.0.0/9", false},
                                         PairCase{"0.0.0.0/0", "192.0.2.1/32", true},
                                         PairCase{"10.0.0.1/32", "10.0.0.1/32", true},
                                         PairCase{"fd00::/8", "fd40::/48", true},
                                         PairCase{"fd00::/16", "fd01::/16", false},
                                         PairCase{"0.0.0.0/0", "::/0", false}));

TEST(Prefix, ContainsOnlyItsFamily) {
  EXPECT_TRUE(contains(prefix("10.0.0.0/30"), v4("10.0.0.3")));
  EXPECT_FALSE(contains(prefix("10.0.0.0/30"), v4("10.0.0.4")));
  EXPECT_FALSE(contains(prefix("0.0.0.0/0"), v6("::1")));
  EXPECT_TRUE(contains(prefix("fd40::/48"), v6("fd40::ffff")));
}

TEST(Address, AddsWithCarry) {
  EXPECT_EQ(to_string(v4("10.0.0.255") + 1), "10.0.1.0");
  EXPECT_EQ(to_string(v4("255.255.255.255") + 1), "0.0.0.0");
  EXPECT_EQ(to_string(v6("fd00::ffff:ffff") + 1), "fd00::1:0:0");
  EXPECT_EQ(to_string(v6("fd00::ffff:ffff:ffff:ffff") + 1), "fd00:0:0:1::");
  EXPECT_EQ(to_string(v6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") + 1), "::");
  EXPECT_EQ(to_string(v6("fd00::") + 0xffffffffffffffff), "fd00::ffff:ffff:ffff:ffff");
}

TEST(Address, SortsByFamilyThenValue) {
  EXPECT_LT(IpAddress(v4("255.0.0.0")), IpAddress(v6("::")));
  EXPECT_LT(v4("9.0.0.0"), v4("10.0.0.0"));
  EXPECT_LT(v6("9::"), v6("10::"));
}

}  // namespace
}  // namespace vinet::net
