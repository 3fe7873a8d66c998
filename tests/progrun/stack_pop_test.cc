// vi_base with internets on internets: how many headers go, and to whom the packet comes.
#include "stacks.h"

namespace vinet::progrun {
namespace {

using StackPop = Stacks;

Bytes with(Bytes packet, size_t at, uint8_t value) {
  packet[at] = value;
  return packet;
}
// The header at `at` gets a right checksum again.
Bytes mended(Bytes packet, size_t at) {
  model::put16(packet, at + 10, 0);
  model::put16(packet, at + 10, model::checksum(packet, at, 20));
  return packet;
}

// Cut by a byte, and all headers but the innermost packet's say so.
Bytes short_by_one(Bytes packet) {
  packet.resize(packet.size() - 1);
  for (size_t at = 0; at + 20 <= packet.size(); at += 20) {
    model::put16(packet, at + 2, static_cast<uint16_t>(packet.size() - at));
    packet = mended(packet, at);
  }
  return packet;
}

TEST_F(StackPop, TakesAllHeadersOfAnyDepth) {
  add_layers(70);  // 72 headers with base and link
  for (const int layers : {0, 1, 2, 3, 4, 7, 15, 44, 69, 70}) {
    SCOPED_TRACE(layers);
    for (const Bytes& inner : {ipv4(80, 0xb9), ipv6(80, 0xb9), ipv4(20), ipv6(40)}) {
      const auto fate = check_in(stacked(layers, inner));
      const auto* delivered = std::get_if<model::Delivered>(&fate);
      ASSERT_NE(delivered, nullptr) << "the model itself";
      EXPECT_EQ(delivered->packet, inner);
      EXPECT_EQ(delivered->backside, layers == 0 ? m.backside(1) : end_of_layer(layers));
    }
    if (layers > 0) {
      EXPECT_EQ(m.counters(end_of_layer(layers)).rx_packets, 4U);
      EXPECT_EQ(m.counters(end_of_layer(layers)).rx_bytes, 80U + 80 + 20 + 40);
    }
  }
  EXPECT_EQ(m.counters(m.backside(1)).rx_packets, 4U) << "counted where it ends, nowhere else";
}

TEST_F(StackPop, MoreHeadersThanOneMachineTakesAreDropped) {
  add_layers(71);
  EXPECT_EQ(receive(stacked(71, ipv4(80))).verdict, kShot);
  EXPECT_EQ(drops(end_of_layer(71), VI_DROP_MALFORMED), 1U);
}

// A packet in transit through a lower router keeps the header that is not for it.
TEST_F(StackPop, StopsAtWhatIsNotForALinkOnTheNode) {
  add_layers(2);
  std::vector<model::Header> stack = {{kNear, kBaseAddress}, {kLinkThere, kLinkHere}};
  stack.push_back({there(1), here(1) + 8});
  stack.push_back({there(2), here(2)});
  const auto fate = check_in(wrapped(stack, ipv4(80)));
  const auto& delivered = std::get<model::Delivered>(fate);
  EXPECT_EQ(delivered.backside, m.backside(1));
  EXPECT_EQ(delivered.packet.size(), 120U);

  stack[2] = {there(1), here(1)};
  stack[3] = {there(2), here(2) + 8};
  EXPECT_EQ(std::get<model::Delivered>(check_in(wrapped(stack, ipv6(80)))).backside,
            end_of_layer(1));
  EXPECT_EQ(m.counters(end_of_layer(1)).rx_bytes, 100U);
}

// The addresses of a link are its node's: two that stand on different nodes may have the same.
TEST_F(StackPop, TheNodeIsPartOfTheKey) {
  add_upper({node_at(0), there(1), here(1)}, end_of_layer(1), node_at(1));
  add_upper({node_of(2), there(1), here(1)}, end_of_layer(2), node_at(2));
  m.add_end({kNear, kBaseAddress, kLinkThere, kLinkHere + 4}, end_at(2));
  m.add_own(kLinkHere + 4, m.backside(2));
  model.ends[{kNear, kBaseAddress, kLinkThere, kLinkHere + 4}] = m.backside(2);
  model.own[kLinkHere + 4] = m.backside(2);
  for (const int node : {1, 2}) {
    const std::vector<model::Header> stack = {{kNear, kBaseAddress},
                                              {kLinkThere, node == 1 ? kLinkHere : kLinkHere + 4},
                                              {there(1), here(1)}};
    EXPECT_EQ(std::get<model::Delivered>(check_in(wrapped(stack, ipv4(80)))).backside,
              end_of_layer(node));
  }
  // On a node where nobody has this address the node itself gets the packet.
  add_upper({node_at(3), there(5), here(5)}, end_of_layer(5), node_at(5));
  const std::vector<model::Header> stack = {
      {kNear, kBaseAddress}, {kLinkThere, kLinkHere}, {there(5), here(5)}};
  EXPECT_EQ(std::get<model::Delivered>(check_in(wrapped(stack, ipv4(80)))).backside, m.backside(1));
}

struct Case {
  const char* name;
  Bytes packet;
  vi_reason reason;  // VI_DROP_NONE: delivered
  uint32_t backside;
};

TEST_F(StackPop, DropsWhatIsForgedAboveTheFirstLayer) {
  add_layers(2);
  constexpr size_t kQ = 40, kR = 60;  // offsets of the headers of layers 1 and 2
  const Bytes good = stacked(2, ipv4(80));
  const auto key = [](Bytes packet, size_t at, uint32_t value) {
    model::put32(packet, at, value);
    return mended(packet, at / 20 * 20);
  };
  const auto length = [](Bytes packet, size_t at, uint16_t value) {
    model::put16(packet, at + 2, value);
    return mended(packet, at);
  };
  const uint32_t first = m.backside(1), q = end_of_layer(1), r = end_of_layer(2);
  const Case cases[] = {
      {"as it should be", good, VI_DROP_NONE, r},
      {"source of another", key(good, kQ + 12, there(1) + 1), VI_DROP_UNKNOWN_KEY, q},
      {"source of another, one up", key(good, kR + 12, there(1)), VI_DROP_UNKNOWN_KEY, r},
      {"checksum", with(good, kQ + 10, 0x99), VI_DROP_MALFORMED, q},
      {"checksum one up", with(good, kR + 10, 0x99), VI_DROP_MALFORMED, r},
      {"length one too small", length(good, kQ, 119), VI_DROP_MALFORMED, q},
      {"length one too large", length(good, kQ, 121), VI_DROP_MALFORMED, q},
      {"length one too large, one up", length(good, kR, 101), VI_DROP_MALFORMED, r},
      {"first fragment", mended(with(good, kQ + 6, 0x20), kQ), VI_DROP_MALFORMED, q},
      {"later fragment", mended(with(good, kQ + 7, 1), kQ), VI_DROP_MALFORMED, q},
      {"fragment one up", mended(with(good, kR + 6, 0x20), kR), VI_DROP_MALFORMED, r},
      {"options", mended(with(good, kQ, 0x46), kQ), VI_DROP_MALFORMED, q},
      {"IHL 4", mended(with(good, kR, 0x44), kR), VI_DROP_MALFORMED, r},
      {"version 5", with(good, kQ, 0x55), VI_DROP_MALFORMED, first},
      {"version 6", with(good, kR, 0x65), VI_DROP_MALFORMED, q},
      {"ipv6 said, ipv4 there", mended(with(good, kR + 9, 41), kR), VI_DROP_MALFORMED, r},
      {"19 bytes inside", short_by_one(stacked(2, ipv4(20))), VI_DROP_MALFORMED, r},
      // Not what links carry: for the node, which knows what to say.
      {"icmp to a link address", mended(with(good, kQ + 9, 1), kQ), VI_DROP_NONE, first},
      {"tcp to a link address", mended(with(good, kR + 9, 6), kR), VI_DROP_NONE, q},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto before = [&] {
      vi_counters counts = m.counters(c.backside);
      return std::pair(counts.rx_packets, counts.drops[c.reason]);
    }();
    const auto fate = check_in(c.packet);
    ASSERT_EQ(reason_of(fate), c.reason) << "the model itself";
    const vi_counters after = m.counters(c.backside);
    EXPECT_EQ(after.rx_packets, before.first + (c.reason == VI_DROP_NONE ? 1 : 0));
    if (c.reason != VI_DROP_NONE) {
      EXPECT_EQ(after.drops[c.reason], before.second + 1);
    }
  }
}

TEST_F(StackPop, AnOwnAddressWithoutKeyIsDropped) {
  add_own(node_at(0), here(1), end_of_layer(1));
  m.add_counters(end_of_layer(1));
  EXPECT_EQ(reason_of(check_in(stacked(1, ipv4(80)))), VI_DROP_UNKNOWN_KEY);
  EXPECT_EQ(drops(end_of_layer(1), VI_DROP_UNKNOWN_KEY), 1U);
}

TEST_F(StackPop, EveryCutAndEveryBit) {
  add_layers(3);
  const Bytes whole = stacked(3, ipv6(60, 1));
  for (size_t bytes = 20; bytes <= whole.size(); ++bytes) {
    SCOPED_TRACE(bytes);
    check_in({whole.begin(), whole.begin() + static_cast<long>(bytes)});
    Bytes told = whole;  // cut, and every header says so
    told.resize(bytes);
    for (size_t at = 0; at < 100 && at + 20 <= bytes; at += 20) {
      model::put16(told, at + 2, static_cast<uint16_t>(bytes - at));
      told = mended(told, at);
    }
    check_in(told);
  }
  for (size_t bit = 8 * 40; bit < 8 * 104; ++bit) {
    SCOPED_TRACE(bit);
    Bytes packet = whole;
    packet[bit / 8] = static_cast<uint8_t>(packet[bit / 8] ^ (1U << (bit % 8)));
    check_in(packet);
    if (bit < 8 * 100) check_in(mended(packet, bit / 8 / 20 * 20));
  }
}

// RFC 6040 §4.2 header by header: base, link, two layers, inside.
TEST_F(StackPop, CongestionMarksMoveThroughAllLayers) {
  add_layers(2);
  for (const bool six : {false, true}) {
    for (int marks = 0; marks < 1024; ++marks) {
      SCOPED_TRACE(marks);
      const auto inner_ecn = static_cast<uint8_t>(marks >> 8 & 3);
      Bytes packet = stacked(2, six ? ipv6(60, inner_ecn) : ipv4(60, inner_ecn));
      for (int i = 0; i < 4; ++i) {
        packet[20 * i + 1] = static_cast<uint8_t>(0xb8 | (marks >> (2 * i) & 3));
        packet = mended(packet, 20 * static_cast<size_t>(i));
      }
      check_in(packet);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(drops(end_of_layer(2), VI_DROP_ECN), 0U);
}

TEST_F(StackPop, PaddingIsNoneOfWhatIsInside) {
  add_layers(2);
  Bytes packet = stacked(2, ipv4(33));
  packet.resize(packet.size() + 9, 0xee);
  EXPECT_EQ(std::get<model::Delivered>(check_in(packet)).packet, ipv4(33));
  EXPECT_EQ(m.counters(end_of_layer(2)).rx_bytes, 33U);
}

class NodeAnchor : public Stacks {
 protected:
  void SetUp() override {
    Stacks::SetUp();
    m.set_node(node_at(0));
    model.node = node_at(0);
    add_layers(3);
  }
};

TEST_F(NodeAnchor, TakesHeadersWithoutABaseHeader) {
  for (const int layers : {1, 2, 3}) {
    for (const Bytes& inner : {ipv4(80, 0xb9), ipv6(80, 0xb9)}) {
      const auto fate = check_in(wrapped(headers_from_there(layers), inner));
      EXPECT_EQ(std::get<model::Delivered>(fate).packet, inner);
      EXPECT_EQ(std::get<model::Delivered>(fate).backside, end_of_layer(layers));
    }
  }
  EXPECT_EQ(m.counters(end_of_layer(3)).rx_packets, 2U);
}

TEST_F(NodeAnchor, LetsPassWhatIsTheNodes) {
  const Bytes good = wrapped(headers_from_there(1), ipv4(80));
  const Bytes strangers[] = {
      ipv4(80),
      ipv4(80, 0, 4),
      ipv6(80),
      mended(with(good, 19, 99), 0),  // to another address
      mended(with(good, 9, 1), 0),    // icmp
      mended(with(good, 9, 17), 0),
      from_there(ipv4(80)),  // base and link header: nobody's here
  };
  for (const Bytes& packet : strangers) {
    const Outcome got =
        m.run("vi_base", m.base(),
              ethernet(m.base_mac(), kNextHopMac, ethertype_of_packet(packet), packet));
    EXPECT_EQ(got.verdict, kUnspec);
    EXPECT_EQ(packet_of(got.frame), packet);
  }
  const Bytes frame = ethernet({2, 7}, kNextHopMac, kIpv4, good);  // to another host
  EXPECT_EQ(m.run("vi_base", m.base(), frame).verdict, kUnspec);
  EXPECT_EQ(drops(0, VI_DROP_NOT_OURS), 0U);
}

TEST_F(NodeAnchor, DropsWhatIsForged) {
  const Bytes good = wrapped(headers_from_there(2), ipv4(80));
  const std::pair<vi_reason, Bytes> cases[] = {
      {VI_DROP_UNKNOWN_KEY, mended(with(good, 15, 77), 0)},
      {VI_DROP_MALFORMED, with(good, 10, 77)},
      {VI_DROP_MALFORMED, mended(with(good, 3, 119), 0)},
      {VI_DROP_MALFORMED, mended(with(good, 6, 0x20), 0)},
      {VI_DROP_UNKNOWN_KEY, mended(with(good, 35, 77), 20)},
  };
  for (const auto& [reason, packet] : cases) EXPECT_EQ(reason_of(check_in(packet)), reason);
  EXPECT_EQ(drops(end_of_layer(1), VI_DROP_MALFORMED), 3U);
  EXPECT_EQ(drops(end_of_layer(1), VI_DROP_UNKNOWN_KEY), 1U);
  EXPECT_EQ(drops(end_of_layer(2), VI_DROP_UNKNOWN_KEY), 1U);
}

// A packet that lost headers on this machine has a segment size, but no count: its payload tells,
// not the headers before it. (A test run cannot say what kind of GSO a packet is: adjust_room
// refuses.)
TEST_F(NodeAnchor, SegmentsAreCountedWithoutHeaders) {
  for (const bool six : {false, true}) {
    for (const int payload : {2001, 2999, 3000}) {
      Bytes tcp = six ? ipv6(40 + 32 + payload, 0, 6) : ipv4(20 + 32 + payload, 0, 6);
      tcp[(six ? 40 : 20) + 12] = 0x80;  // 32 bytes of TCP header
      const Bytes packet = wrapped(headers_from_there(2), tcp);
      const uint64_t before = drops(end_of_layer(2), VI_DROP_HELPER);
      m.run("vi_base", m.base(), ethernet(m.base_mac(), kNextHopMac, kIpv4, packet), 1000);
      EXPECT_EQ(drops(end_of_layer(2), VI_DROP_HELPER), before + 3) << payload;
    }
  }
}

TEST_F(NodeAnchor, CutsAndBits) {
  const Bytes whole = wrapped(headers_from_there(2), ipv4(60, 2));
  for (size_t bytes = 20; bytes <= whole.size(); ++bytes)
    check_in({whole.begin(), whole.begin() + static_cast<long>(bytes)});
  for (size_t bit = 0; bit < 8 * 44; ++bit) {
    SCOPED_TRACE(bit);
    Bytes packet = whole;
    packet[bit / 8] = static_cast<uint8_t>(packet[bit / 8] ^ (1U << (bit % 8)));
    check_in(packet);
    if (bit < 8 * 40) check_in(mended(packet, bit / 8 / 20 * 20));
  }
}

}  // namespace
}  // namespace vinet::progrun
