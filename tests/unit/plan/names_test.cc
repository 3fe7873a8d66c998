#include "plan/names.h"

#include <gtest/gtest.h>

#include <set>

namespace vinet::plan {
namespace {

struct DeviceNames {
  const char* name;
  std::vector<Neighbour> neighbours;
  std::vector<std::string> expected;  // "" where only validity matters
};

class DeviceNamesTest : public ::testing::TestWithParam<DeviceNames> {};

TEST_P(DeviceNamesTest, AreChosen) {
  const auto names = device_names(GetParam().neighbours);
  ASSERT_EQ(names.size(), GetParam().expected.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& expected = GetParam().expected[i];
    EXPECT_TRUE(expected.empty() || names[i] == expected) << names[i];
    EXPECT_TRUE(is_device_name(names[i])) << names[i];
  }
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

const std::string kLong = "a_rather_long_name";         // 18 bytes
const std::string kLongToo = "a_rather_long_name_too";  // the same first 10
const std::string kFits = "fifteen_bytes_x";            // 15
const std::string kShort = shortened(kLong);            // a_rather_l~xxxx

INSTANTIATE_TEST_SUITE_P(
    All, DeviceNamesTest,
    ::testing::Values(
        DeviceNames{"neighbour", {{"B", "A-B", false, ""}}, {"B"}},
        DeviceNames{"fits_exactly", {{kFits, "A-x", false, ""}}, {kFits}},
        DeviceNames{"too_long", {{kLong, "A-x", false, ""}}, {kShort}},
        DeviceNames{
            "too_long_twice", {{kLong, "l", false, ""}, {kLongToo, "m", false, ""}}, {"", ""}},
        DeviceNames{"second_unnamed",
                    {{"B", "A-B", false, ""}, {"B", "A-B:2", false, ""}, {"B", "A-B:3", false, ""}},
                    {"B", "B.2", "B.3"}},
        DeviceNames{
            "second_named", {{"B", "A-B", false, ""}, {"B", "backup", true, ""}}, {"B", "backup"}},
        DeviceNames{"second_named_too_long",
                    {{"B", "A-B", false, ""}, {"B", "a_long_link_name_", true, ""}},
                    {"B", "B.2"}},
        DeviceNames{"link_named_like_a_neighbour",
                    {{"B", "A-B", false, ""}, {"C", "A-C", false, ""}, {"B", "C", true, ""}},
                    {"B", "C", "B.2"}},
        DeviceNames{
            "second_too_long", {{kLong, "l", false, ""}, {kLong, "m", false, ""}}, {kShort, ""}},
        DeviceNames{"reserved", {{"lo", "A-lo", false, ""}}, {"lo.2"}},
        DeviceNames{"reserved_with_named_link", {{"all", "first", true, ""}}, {"first"}},
        DeviceNames{
            "keeps_previous", {{"B", "new", false, ""}, {"B", "old", false, "B"}}, {"B.2", "B"}},
        DeviceNames{"previous_no_longer_valid", {{"B", "A-B", false, "lo"}}, {"B"}},
        DeviceNames{"node_of_a_part", {{"t.child0.top", "x", false, ""}}, {"t.child0.top"}},
        DeviceNames{
            "node_of_a_deep_part", {{"t.child0.child1.top", "x", false, ""}}, {"child1.top"}},
        DeviceNames{
            "nodes_of_deep_parts_with_one_end",
            {{"t.child0.child1.top", "x", false, ""}, {"t.child1.child1.top", "y", false, ""}},
            {"child1.top", shortened("t.child1.child1.top")}},
        DeviceNames{"long_node_of_a_part",
                    {{"t.a_rather_long_node", "x", false, ""}},
                    {shortened("t.a_rather_long_node")}}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(RelativeName, LeavesOutWhatBothAreIn) {
  EXPECT_EQ(relative_name("t.child0.top", "t.child0.leaf"), "leaf");
  EXPECT_EQ(relative_name("t.child0.top", "t.child1.top"), "child1.top");
  EXPECT_EQ(relative_name("t.child0.top", "t.top"), "top");
  EXPECT_EQ(relative_name("t.top", "t.child0.top"), "child0.top");
  EXPECT_EQ(relative_name("admin", "t.top"), "t.top");
  EXPECT_EQ(relative_name("t.top", "admin"), "admin");
  EXPECT_EQ(relative_name("top", "topmost"), "topmost");
}

TEST(IsDeviceName, FollowsTheKernel) {
  for (const char* good : {"B", "eth0", "a.b", "x~12ab", "fifteen_bytes_x"}) {
    EXPECT_TRUE(is_device_name(good)) << good;
  }
  for (const char* bad : {"", ".", "..", "lo", "all", "default", "a/b", "a:b", "a b", "a\tb",
                          "eth%d", "sixteen_bytes_xx", "sit0"}) {
    EXPECT_FALSE(is_device_name(bad)) << bad;
  }
}

TEST(Shortened, KeepsTenBytesAndDiffersByTheRest) {
  EXPECT_EQ(kShort.size(), 15U);
  EXPECT_EQ(kShort.substr(0, 11), "a_rather_l~");
  EXPECT_NE(kShort, shortened(kLongToo));
  EXPECT_EQ(kShort, shortened(kLong));
}

}  // namespace
}  // namespace vinet::plan
