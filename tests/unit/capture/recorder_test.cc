// From rounds of packets to a file: order, limits, counts.
#include "capture/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/capture/frames.h"

namespace vinet::capture {
namespace {

using namespace testing;
using ::testing::ElementsAre;

constexpr net::Ipv4 X{0xc0a80001}, Y{0xc0a80002}, q{0xac100000}, r{0xac100001};

/// A node's end (interface 0), and a base interface with one link (1) and the rest (2).
Layout layout() {
  Layout layout;
  layout.interfaces.resize(3);
  layout.taps.resize(2);
  layout.taps[0].layer = 1;
  layout.taps[0].rest = 0;
  layout.taps[1].claims = {{{{X, Y}, {q, r}}, 1}};
  layout.taps[1].rest = 2;
  return layout;
}

Packet packet_at(uint64_t time_ns, uint32_t tap, Direction direction, std::string bytes) {
  Packet packet;
  packet.time_ns = time_ns;
  packet.tap = tap;
  packet.direction = direction;
  packet.bytes = std::move(bytes);
  packet.original_bytes = static_cast<uint32_t>(packet.bytes.size());
  return packet;
}

uint32_t get32(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}
/// `interface@time/bytes` of each packet block.
std::vector<std::string> packets(const std::string& bytes) {
  std::vector<std::string> texts;
  for (size_t at = 0; at < bytes.size(); at += get32(bytes, at + 4)) {
    if (get32(bytes, at) != 6) continue;
    texts.push_back(std::to_string(get32(bytes, at + 8)) + "@" +
                    std::to_string(get32(bytes, at + 16)) + "/" +
                    std::to_string(get32(bytes, at + 20)));
  }
  return texts;
}

TEST(Recorder, PutsPacketsInOrderOnceTheyAreCertain) {
  const Layout file = layout();
  Recorder recorder(file, {});
  std::string out;
  recorder.begin({}, 0, out);
  Round round;
  round.complete_ns = 30;
  round.packets = {packet_at(20, 0, Direction::kOut, "0123"),
                   packet_at(40, 0, Direction::kOut, "01234"),
                   packet_at(10, 1, Direction::kIn, "rest")};
  out.clear();
  recorder.take(std::move(round), out);
  EXPECT_THAT(packets(out), ElementsAre("2@10/4", "0@20/4"));
  EXPECT_TRUE(recorder.holds_back());
  Round next;
  next.complete_ns = 41;
  next.packets = {packet_at(35, 1, Direction::kOut, frame({{X, Y}, {q, r}}))};
  out.clear();
  recorder.take(std::move(next), out);
  EXPECT_THAT(packets(out), ElementsAre("1@35/57", "0@40/5"));
  EXPECT_FALSE(recorder.holds_back());
}

TEST(Recorder, OfOneTimeTheNodeSendsFirstAndReceivesLast) {
  const Layout file = layout();
  for (const Direction direction : {Direction::kOut, Direction::kIn}) {
    Recorder recorder(file, {});
    std::string out;
    recorder.begin({}, 0, out);
    Round round;
    round.complete_ns = 10;
    round.packets = {packet_at(5, 0, direction, "n"), packet_at(5, 1, direction, "mm"),
                     packet_at(5, 0, direction, "nnn")};
    recorder.take(std::move(round), out);
    EXPECT_THAT(packets(out), direction == Direction::kOut
                                  ? ElementsAre("0@5/1", "0@5/3", "2@5/2")
                                  : ElementsAre("2@5/2", "0@5/1", "0@5/3"));
  }
}

TEST(Recorder, EndsWithWhatItHoldsAndWithStatistics) {
  const Layout file = layout();
  Recorder recorder(file, {});
  std::string out;
  recorder.begin({}, 1, out);
  Round round;
  round.packets = {packet_at(7, 1, Direction::kIn, "x"), packet_at(6, 0, Direction::kIn, "yy")};
  recorder.take(std::move(round), out);
  EXPECT_EQ(recorder.stored(), 0U);
  recorder.end({{10, 3}, {20, 4}}, 9, out);
  EXPECT_THAT(packets(out), ElementsAre("0@6/2", "2@7/1"));
  ASSERT_EQ(recorder.statistics().size(), 3U);
  EXPECT_EQ(recorder.statistics()[0].dropped, 3U);
  EXPECT_EQ(recorder.statistics()[1].dropped, 4U);
  EXPECT_EQ(recorder.statistics()[1].stored, 0U);
  EXPECT_EQ(recorder.statistics()[2].stored, 1U);
  EXPECT_EQ(recorder.statistics()[2].received, 20U);
}

TEST(Recorder, StoresNoMoreThanItMay) {
  const Layout file = layout();
  Recorder recorder(file, {3, 2});
  std::string out;
  recorder.begin({}, 0, out);
  Round round;
  round.complete_ns = 100;
  // The key is behind what is stored.
  round.packets = {packet_at(1, 1, Direction::kIn, frame({{X, Y}, {q, r}})),
                   packet_at(2, 0, Direction::kIn, "ab"), packet_at(3, 0, Direction::kIn, "abcd")};
  recorder.take(std::move(round), out);
  EXPECT_THAT(packets(out), ElementsAre("1@1/3", "0@2/2"));
  EXPECT_TRUE(recorder.full());
  EXPECT_EQ(recorder.stored_bytes(), 57U + 2);
}

}  // namespace
}  // namespace vinet::capture
