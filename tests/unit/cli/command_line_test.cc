// The command line before CLI11: verbs, and where another program's words begin.
#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/input.h"

namespace vinet::cli {
namespace {

using Words = std::vector<std::string>;

struct VerbCase {
  const char* name;
  Words words;
  size_t index;
};
class VerbIndex : public ::testing::TestWithParam<VerbCase> {};
TEST_P(VerbIndex, Is) {
  EXPECT_EQ(verb_index(GetParam().words), GetParam().index);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, VerbIndex,
    ::testing::Values(VerbCase{"Nothing", {}, 0}, VerbCase{"First", {"up", "f"}, 0},
                      VerbCase{"BehindRoot", {"--root", "up", "ls"}, 2},
                      VerbCase{"BehindRootEquals", {"--root=/x", "ls"}, 1},
                      VerbCase{"BehindConnect", {"--connect", "ls", "up"}, 2},
                      VerbCase{"BehindIdentity", {"--identity", "a", "--connect", "b", "ls"}, 4},
                      VerbCase{"OnlyOptions", {"--help"}, 1},
                      VerbCase{"RootWithoutValue", {"--root"}, 1}),
    [](const auto& test) { return test.param.name; });

struct ProgramCase {
  const char* name;
  Words words;
  Words left;
  Words program;
};
class SplitProgram : public ::testing::TestWithParam<ProgramCase> {};
TEST_P(SplitProgram, TakesAllBehindTheNode) {
  Words words = GetParam().words;
  EXPECT_EQ(split_program(words, verb_index(words)), GetParam().program);
  EXPECT_EQ(words, GetParam().left);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, SplitProgram,
    ::testing::Values(
        ProgramCase{
            "Plain", {"exec", "i.A", "ping", "-c1", "F"}, {"exec", "i.A"}, {"ping", "-c1", "F"}},
        ProgramCase{"WithDashes", {"exec", "i.A", "--", "ls", "--"}, {"exec", "i.A"}, {"ls", "--"}},
        ProgramCase{"OptionsOfVinetsToo",
                    {"exec", "i.A", "x", "--root", "/", "--help"},
                    {"exec", "i.A"},
                    {"x", "--root", "/", "--help"}},
        ProgramCase{"RootBefore",
                    {"--root", "/r", "exec", "--root", "/s", "i.A", "x"},
                    {"--root", "/r", "exec", "--root", "/s", "i.A"},
                    {"x"}},
        ProgramCase{"EmptyWord", {"exec", "i.A", ""}, {"exec", "i.A"}, {""}},
        ProgramCase{"NoProgram", {"exec", "i.A"}, {"exec", "i.A"}, {}},
        ProgramCase{"NoNode", {"exec", "--help"}, {"exec", "--help"}, {}}),
    [](const auto& test) { return test.param.name; });

TEST(FileWord, IsOneByItsForm) {
  for (const char* file : {"-", "a.vinet", "./fig11", "/tmp/x", "dir/a"})
    EXPECT_TRUE(is_file_word(file)) << file;
  for (const char* name : {"fig11", "lab", "fig11.A", "vinet"})
    EXPECT_FALSE(is_file_word(name)) << name;
}

}  // namespace
}  // namespace vinet::cli
