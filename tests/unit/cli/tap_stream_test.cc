// The stream of a machine's taps: what is written is read, however it is cut, and nonsense is told.
#include "cli/tap_stream.h"

#include <gtest/gtest.h>

#include <random>

namespace vinet::cli {
namespace {

std::string all_kinds() {
  std::string bytes;
  append(TapHello{1'700'000'000'000'000'001, "a boot"}, bytes);
  capture::Packet packet;
  packet.time_ns = 5;
  packet.tap = 3;
  packet.original_bytes = 1500;
  packet.direction = capture::Direction::kOut;
  packet.reception = capture::Reception::kMulticast;
  packet.bytes = std::string("\x00\xff!", 3);
  append(packet, bytes);
  append(TapRound{77}, bytes);
  append(capture::Round::End{2, "gone"}, bytes);
  append(TapCounts{1, {10, 2}}, bytes);
  return bytes;
}

TEST(TapStream, IsReadAsItWasWrittenHoweverItIsCut) {
  const std::string whole = all_kinds();
  for (size_t piece = 1; piece <= whole.size(); ++piece) {
    std::string bytes;
    size_t at = 0;
    std::vector<TapRecord> records;
    for (size_t from = 0; from < whole.size(); from += piece) {
      bytes += whole.substr(from, piece);
      for (;;) {
        auto record = take_record(bytes, at);
        ASSERT_TRUE(record);
        if (!*record) break;
        records.push_back(**record);
      }
    }
    ASSERT_EQ(records.size(), 5U) << piece;
    EXPECT_EQ(std::get<TapHello>(records[0]).now_ns, 1'700'000'000'000'000'001U);
    EXPECT_EQ(std::get<TapHello>(records[0]).boot, "a boot");
    const auto& packet = std::get<capture::Packet>(records[1]);
    EXPECT_EQ(packet.time_ns, 5U);
    EXPECT_EQ(packet.tap, 3U);
    EXPECT_EQ(packet.original_bytes, 1500U);
    EXPECT_EQ(packet.direction, capture::Direction::kOut);
    EXPECT_EQ(packet.reception, capture::Reception::kMulticast);
    EXPECT_EQ(packet.bytes, std::string("\x00\xff!", 3));
    EXPECT_EQ(std::get<TapRound>(records[2]).complete_ns, 77U);
    EXPECT_EQ(std::get<capture::Round::End>(records[3]).why, "gone");
    EXPECT_EQ(std::get<TapCounts>(records[4]).counts.dropped, 2U);
    EXPECT_EQ(at, bytes.size()) << "nothing is left";
  }
}

TEST(TapStream, TellsNonsense) {
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = all_kinds();
    for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
    size_t at = 0;
    for (int taken = 0; taken < 100; ++taken) {
      const auto record = take_record(bytes, at);
      if (!record || !*record) break;
    }
  }
  std::string unknown("\x63\x00\x00\x00\x00", 5);
  size_t at = 0;
  EXPECT_FALSE(take_record(unknown, at));
  std::string too_long("\x02\xff\xff\xff\xff", 5);
  EXPECT_FALSE(take_record(too_long, at = 0));
  std::string too_short("\x02\x01\x00\x00\x00x", 6);
  EXPECT_FALSE(take_record(too_short, at = 0));
}

}  // namespace
}  // namespace vinet::cli
