// What words of the command line mean: names, parts, patterns.
#include "cli/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vinet::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

control::State state() {
  control::State state;
  plan::BasePlan base;
  base.name = "lab";
  base.machines.resize(1);
  base.machines[0].name = "X";
  plan::InternetPlan internet;
  internet.name = "net";
  internet.base = "lab";
  for (const char* name : {"t.top", "t.child0.leaf", "t.child1.leaf", "tee"}) {
    internet.nodes.emplace_back().name = name;
  }
  internet.links.emplace_back().name = "t.top-child0.leaf";
  state.bases["lab"].plan = base;
  state.internets["net"].plan = internet;
  return state;
}

std::vector<std::string> names(const std::string& word) {
  const control::State all = state();
  const auto found = find_objects(all, word);
  if (!found) return {found.error().message};
  std::vector<std::string> names;
  for (const Object& object : *found) names.push_back(name_of(object));
  return names;
}

TEST(Names, AWordIsAnObjectAPartOrAPattern) {
  EXPECT_THAT(names("net"), ElementsAre("net"));
  EXPECT_THAT(names("lab.X"), ElementsAre("lab.X"));
  EXPECT_THAT(names("net.tee"), ElementsAre("net.tee"));
  EXPECT_THAT(names("net.t.top-child0.leaf"), ElementsAre("net.t.top-child0.leaf"));
  EXPECT_THAT(names("net.t"), ElementsAre("net.t.top", "net.t.child0.leaf", "net.t.child1.leaf",
                                          "net.t.top-child0.leaf"));
  EXPECT_THAT(names("net.t.**.leaf"), ElementsAre("net.t.child0.leaf", "net.t.child1.leaf"));
  EXPECT_THAT(names("n?t"), ElementsAre("net"));
  EXPECT_THAT(names("net.te"), ElementsAre(HasSubstr("did you mean 'net.tee'?")));
  EXPECT_THAT(names("net.x*"), ElementsAre("nothing that runs matches 'net.x*'"));
}

TEST(Names, OneNodeIsFoundByNameOrByAPatternThatOnlyItMatches) {
  const control::State all = state();
  EXPECT_EQ(name_of(*find_node(all, "net.tee")), "net.tee");
  EXPECT_EQ(name_of(*find_node(all, "net.*e")), "net.tee");
  EXPECT_EQ(name_of(*find_node(all, "net.**.child0.*")), "net.t.child0.leaf");
  for (const auto& [word, message] :
       {std::pair("net.t.**.leaf", "matches 2 nodes"), std::pair("lab.*", "no node matches"),
        std::pair("net", "is an internet, not a node"), std::pair("x*", "nothing that runs")}) {
    const auto found = find_node(all, word);
    ASSERT_FALSE(found) << word;
    EXPECT_EQ(found.error().code, Errc::kNotFound) << word;
    EXPECT_THAT(found.error().message, HasSubstr(message)) << word;
  }
}

TEST(Names, WordsSelectTogetherAndNoneSelectsAll) {
  EXPECT_TRUE(selects({}, "net.tee"));
  EXPECT_TRUE(selects({"lab", "net.t*"}, "net.tee"));
  EXPECT_TRUE(selects({"net"}, "net.t.top"));
  EXPECT_FALSE(selects({"net.t"}, "net.tee"));
  EXPECT_FALSE(selects({"net.*"}, "net.t.top"));
}

}  // namespace
}  // namespace vinet::cli
