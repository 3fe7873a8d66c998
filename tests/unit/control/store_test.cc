// The store: what is written is read back, and nothing that is damaged, foreign or half written is
// taken for state.
#include "control/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/intend.h"
#include "control/state_json.h"
#include "unit/control/scratch.h"

namespace vinet::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Intention intention() {
  Diagnostics diagnostics;
  auto planned =
      intend(graph_of(kLab + kLine), State{}, plan::Inventory{}, Changed::kRefuse, diagnostics);
  EXPECT_TRUE(planned);
  return *planned;
}

class StoreTest : public ::testing::Test {
 protected:
  void fill() {
    const Intention planned = intention();
    base = planned.bases.front().intent;
    internet = planned.internets.front().intent;
    ASSERT_TRUE(store.put(base));
    ASSERT_TRUE(store.put(internet, base.plan));
  }
  Scratch scratch;
  Store store{scratch.path()};
  BaseIntent base;
  InternetIntent internet;
};

TEST_F(StoreTest, NoDirectoryIsAnEmptyState) {
  const auto state = store.load();
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->empty());
  EXPECT_FALSE(std::filesystem::exists(store.directory()));
}

TEST_F(StoreTest, WhatIsWrittenIsReadBack) {
  fill();
  const Operation operation{Operation::Kind::kDown, 42, {"lab"}, {"line", "pair"}};
  ASSERT_TRUE(store.put(operation));
  const auto state = store.load();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->bases.at("lab"), base);
  EXPECT_EQ(state->internets.at("line"), internet);
  EXPECT_EQ(state->operation, operation);
  EXPECT_EQ(phase_of_internet(*state, "line"), "removing");
  EXPECT_THAT(state->standing_on("lab"), ElementsAre("line"));
}

TEST_F(StoreTest, ErasingLeavesNothing) {
  fill();
  ASSERT_TRUE(store.erase_internet("line"));
  ASSERT_TRUE(store.erase_internet("line")) << "fine if it is not there";
  ASSERT_TRUE(store.erase_base("lab"));
  ASSERT_TRUE(store.tidy());
  EXPECT_TRUE(std::filesystem::is_empty(store.directory()));
}

TEST_F(StoreTest, AHalfWrittenFileIsNeitherReadNorKept) {
  fill();
  const std::string half = store.directory() + "/internets/.line.json.new";
  write_whole(half, "{\"format\": \"vin");
  const auto state = store.load();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->internets.at("line"), internet);
  ASSERT_TRUE(store.tidy());
  EXPECT_FALSE(std::filesystem::exists(half));
}

TEST_F(StoreTest, AFailedWriteKeepsTheOldFile) {
  fill();
  store.set_policy([](uint64_t, const std::string&) {
    return Error{Errc::kResourceExhausted, "no space"};
  });
  BaseIntent other = base;
  other.made_for_internet = !base.made_for_internet;
  EXPECT_FALSE(store.put(other));
  EXPECT_EQ(store.load()->bases.at("lab"), base);
}

TEST_F(StoreTest, AnUnwritableFolderIsAnErrorThatNamesIt) {
  ASSERT_TRUE(std::filesystem::create_directories(store.directory()));
  write_whole(store.directory() + "/bases", "a file where the folder should be");
  const Status written = store.put(intention().bases.front().intent);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("/bases"));
}

TEST_F(StoreTest, EveryCutAndEveryFlippedBitIsSeen) {
  fill();
  const std::string path = store.directory() + "/internets/line.json";
  const std::string text = read_whole(path);
  ASSERT_GT(text.size(), 100U);
  for (size_t i = 0; i < text.size(); i += 7) {
    const auto cut = internet_from_text(text.substr(0, i));
    EXPECT_FALSE(cut) << "cut at " << i;
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 7)));
    const auto read = internet_from_text(flipped);
    // A flip in the white space between values changes nothing that matters.
    EXPECT_TRUE(!read || *read == internet) << "flipped at " << i;
  }
}

struct DamageCase {
  const char* name;
  std::string text;
  const char* message;
};
class Damage : public StoreTest, public ::testing::WithParamInterface<DamageCase> {};
TEST_P(Damage, IsNamedAndTheRestIsReadable) {
  fill();
  const std::string path = store.directory() + "/internets/line.json";
  write_whole(path, GetParam().text);
  const auto state = store.load();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Errc::kFailedPrecondition);
  EXPECT_THAT(state.error().message, HasSubstr(path));
  EXPECT_THAT(state.error().message, HasSubstr(GetParam().message));
  std::vector<std::string> damaged;
  EXPECT_EQ(store.load_readable(damaged).bases.count("lab"), 1U);
  EXPECT_EQ(damaged.size(), 1U);
  EXPECT_EQ(read_whole(path), GetParam().text) << "it was touched";
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Damage,
    ::testing::Values(
        DamageCase{"Empty", "", "not JSON"},
        DamageCase{"Zeroes", std::string(64, '\0'), "not JSON"},
        DamageCase{"Noise", "\xff\xfe\x80garbage", "not JSON"},
        DamageCase{"Number", "42\n", "not a state file of vinet"},
        DamageCase{"List", "[]\n", "not a state file of vinet"},
        DamageCase{"Foreign", "{\"hosts\": 3}\n", "not a state file of vinet"},
        DamageCase{"OtherVersion", "{\"format\": \"vinet state 2\", \"content\": {}}\n",
                   "vinet state 2"},
        DamageCase{"NoContent", "{\"format\": \"vinet state 1\"}\n", "no content"},
        DamageCase{"NoSum", "{\"format\": \"vinet state 1\", \"content\": {}}\n", "no text 'sum'"},
        DamageCase{"WrongSum",
                   "{\"format\": \"vinet state 1\", \"sum\": \"00\", \"content\": {\"kind\": "
                   "\"internet\"}}",
                   "checksum"},
        DamageCase{"Deep", std::string(100'000, '['), "not JSON"}),
    [](const auto& test) { return test.param.name; });

TEST_F(StoreTest, AFileUnderAnotherNameIsForeign) {
  fill();
  std::filesystem::rename(store.directory() + "/internets/line.json",
                          store.directory() + "/internets/other.json");
  const auto state = store.load();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("holds the state of 'line'"));
}

TEST_F(StoreTest, AnotherKindOfFileIsForeign) {
  fill();
  std::filesystem::copy(store.directory() + "/bases/lab.json",
                        store.directory() + "/internets/lab.json");
  const auto state = store.load();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("holds the state of base, not of internet"));
}

}  // namespace
}  // namespace vinet::control
