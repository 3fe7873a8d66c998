// The fixture of these tests: a machine with one link to `kNear` whose end here is backside1.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <variant>

#include "frames.h"
#include "machine.h"

namespace vinet::progrun {

class Programs : public ::testing::Test {
 protected:
  void SetUp() override {
    m.reset();
    m.take_records();
    m.add_link(m.backside(1), link_of(link_to(kNear)));
    m.add_end(key_from_there(), end_at(1));
    m.add_own(kLinkHere, m.backside(1));
    model.base_address = kBaseAddress;
    model.ends[key_from_there()] = m.backside(1);
    model.own[kLinkHere] = m.backside(1);
    for (int n = 1; n <= kBacksides; ++n) model.nodes[m.backside(n)] = node_of(n);
  }

  /// The node that the peer of backside `n` is in, as maps name it: more than 32 bits.
  static uint64_t node_of(int n) { return 0x9000'0000'0000'0000 + static_cast<uint64_t>(n); }

  vi_end end_at(int n) const {
    vi_end end{};
    end.node = node_of(n);
    end.backside = m.backside(n);
    std::copy(kVlMac.begin(), kVlMac.end(), end.vl_mac);
    std::copy(kNeighbourMac.begin(), kNeighbourMac.end(), end.neighbour_mac);
    return end;
  }

  /// A node sends `packet` through backside `n`.
  Outcome send(const Bytes& packet, uint16_t ethertype, int n = 1) {
    return m.run("vi_backside", m.backside(n), ethernet({2, 9, 9}, {2, 8, 8}, ethertype, packet));
  }
  Outcome send(const Bytes& packet) { return send(packet, ethertype_of_packet(packet)); }

  /// `packet` comes in on the base interface, addressed to it.
  Outcome receive(const Bytes& packet) {
    return m.run("vi_base", m.base(), ethernet(m.base_mac(), kNextHopMac, kIpv4, packet));
  }

  uint64_t drops(uint32_t backside, vi_reason reason) const {
    return m.counters(backside).drops[reason];
  }

  /// What the model says that a node's packet becomes, checked against what the program did.
  static void expect_same(const std::variant<model::Sent, model::Dropped>& expected,
                          const Outcome& got) {
    ASSERT_EQ(got.error, 0) << std::strerror(got.error);
    if (const auto* sent = std::get_if<model::Sent>(&expected)) {
      ASSERT_EQ(got.verdict, kRedirect);
      EXPECT_EQ(ethertype_of(got.frame), kIpv4);
      EXPECT_EQ(packet_of(got.frame), sent->packet);
    } else {
      EXPECT_EQ(got.verdict, kShot);
    }
  }

  /// The same for a packet from the base; `sent` is what came in.
  static void expect_same(const model::Fate& expected, const Outcome& got, const Bytes& sent) {
    ASSERT_EQ(got.error, 0) << std::strerror(got.error);
    if (const auto* delivered = std::get_if<model::Delivered>(&expected)) {
      ASSERT_EQ(got.verdict, kRedirect);
      EXPECT_EQ(got.frame,
                ethernet(kVlMac, kNeighbourMac, delivered->ethertype, delivered->packet));
    } else if (const auto* answered = std::get_if<model::Answered>(&expected)) {
      ASSERT_EQ(got.verdict, kRedirect);
      EXPECT_EQ(packet_of(got.frame), answered->packet);
    } else if (std::holds_alternative<model::Passed>(expected)) {
      ASSERT_EQ(got.verdict, kUnspec);
      EXPECT_EQ(packet_of(got.frame), sent) << "a packet that passes must be untouched";
    } else {
      EXPECT_EQ(got.verdict, kShot);
    }
  }

  Machine& m = Machine::instance();
  model::Machine model;
};

}  // namespace vinet::progrun
