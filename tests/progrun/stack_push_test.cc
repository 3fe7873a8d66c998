// vi_backside and vi_loop with internets on internets: stacks of headers, links that end on the
// same machine, sources, the way through `lo`.
#include "stacks.h"

namespace vinet::progrun {
namespace {

class StackPush : public Stacks {
 protected:
  static model::Link link_of_depth(size_t headers) {
    model::Link link = link_to(kNear, 1500 - 20 * static_cast<uint32_t>(headers));
    for (size_t i = 2; i < headers; ++i)
      link.stack.push_back({there(static_cast<int>(i)), here(static_cast<int>(i))});
    return link;
  }
  uint64_t tx(int n) { return m.counters(m.backside(n)).tx_packets; }
};

TEST_F(StackPush, PutsAllHeadersOfAnyDepthOn) {
  for (size_t headers = 2; headers <= 72; ++headers) {
    SCOPED_TRACE(headers);
    const model::Link link = link_of_depth(headers);
    for (const Bytes& packet : {ipv4(60, 0xb9), ipv6(60, 0x2a), ipv4(link.mtu_bytes)})
      EXPECT_TRUE(std::holds_alternative<model::Sent>(check_out(link, packet)));
  }
  EXPECT_EQ(tx(5), 71U * 3);
}

TEST_F(StackPush, WhatIsPushedIsPopped) {
  add_layers(70);
  for (const int layers : {1, 2, 3, 15, 44, 69, 70}) {
    SCOPED_TRACE(layers);
    model::Link there = {{{kNear, kBaseAddress}, {kLinkThere, kLinkHere}}, 65'000};
    for (const model::Header& h : headers_from_there(layers)) there.stack.push_back(h);
    vi_link link = link_of(there);
    link.key.base_dst_be = key_of(model::Key{0, kNear, 0, 0}).base_dst_be;  // a way that is known
    m.add_link(m.backside(4), there);
    m.add_link(m.backside(4), link);
    for (const Bytes& packet : {ipv4(40, 0x2a), ipv6(40, 0x2a)}) {
      const Outcome out = send(packet, ethertype_of_packet(packet), 4);
      ASSERT_EQ(out.verdict, kRedirect);
      EXPECT_EQ(packet_of(out.frame), stacked(layers, packet));
      EXPECT_EQ(packet_of(receive(packet_of(out.frame)).frame), packet);
    }
  }
}

TEST_F(StackPush, AStackThatIsNotWholeIsNoLink) {
  const model::Link link = link_of_depth(9);
  m.add_link(m.backside(5), link_of(link));  // its headers are nowhere
  EXPECT_EQ(send(ipv4(80), kIpv4, 5).verdict, kShot);
  vi_link many = link_of(link);
  many.header_count = VI_MAX_HEADERS + 1;
  m.add_stack(m.backside(5), link);
  m.add_link(m.backside(5), many);
  EXPECT_EQ(send(ipv4(80), kIpv4, 5).verdict, kShot);
  EXPECT_EQ(drops(m.backside(5), VI_DROP_NO_LINK), 2U);
}

// On a machine that is a node: one header for each layer above it, the way out asked for the first.
TEST_F(StackPush, FromANode) {
  m.set_node(node_at(0));
  for (const size_t headers : {1, 2, 5}) {
    model::Link link = {{{kBaseAddress, kNear}}, 1480};
    while (link.stack.size() < headers) link.stack.push_back({there(1), here(1)});
    check_out(link, ipv4(80, 0xb9));
    check_out(link, ipv6(80, 0xb9));
  }
  EXPECT_EQ(tx(5), 6U);
  m.add_link(m.backside(5), model::Link{{{kBaseAddress, kNoRoute}}, 1480});
  EXPECT_EQ(send(ipv4(20), kIpv4, 5).verdict, kShot);
}

TEST_F(StackPush, NoWayBelow) {
  model::Link link = link_of_depth(3);
  link.no_route = true;
  EXPECT_EQ(reason_of(check_out(link, ipv4(80))), VI_DROP_NO_ROUTE);
  link.local = model::Key{kNear, kBaseAddress, kLinkThere, kLinkHere};
  EXPECT_EQ(reason_of(check_out(link, ipv6(80))), VI_DROP_NO_ROUTE);
  EXPECT_EQ(drops(m.backside(5), VI_DROP_NO_ROUTE), 2U);
}

// Where an internet stands on a node, the node's packets have sources of its own, and not those of
// that internet's links.
TEST_F(StackPush, SourcesAreTheNodesOwn) {
  const auto from = [](uint32_t source, Bytes packet) {
    model::put32(packet, 12, source);
    model::put16(packet, 10, 0);
    model::put16(packet, 10, model::checksum(packet, 0, 20));
    return packet;
  };
  const uint32_t block = address(10, 0, 0, 0), upper = address(10, 0, 0, 14);
  const struct {
    const char* name;
    Bytes packet;
    bool passes;
  } cases[] = {
      {"in the block", from(block + 1, ipv4(80)), true},
      {"the block's last", from(block + 15, ipv4(80)), true},
      {"behind the block", from(block + 16, ipv4(80)), false},
      {"one more of its own", from(address(203, 0, 113, 9), ipv4(80)), true},
      {"another node's", from(address(203, 0, 113, 10), ipv4(80)), false},
      {"none yet", from(0, ipv4(80)), true},
      {"a link above", from(upper, ipv4(80, 0, 4)), false},
      {"a link above, not a tunnel", from(upper, ipv4(80, 0, 17)), false},
      {"a link above of another node", from(upper - 1, ipv4(80)), true},
      {"ipv6", ipv6(80), true},
  };
  add_own(node_at(0), upper, end_of_layer(1));
  add_own(node_at(5), upper - 1, end_of_layer(2));
  model::Link link = link_of_depth(2);
  link.node = node_at(0);
  link.check_source = true;
  link.block = {block, 0xffff'fff0};
  link.sources = {address(203, 0, 113, 9)};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const uint64_t before = drops(m.backside(5), VI_DROP_SOURCE);
    const auto fate = check_out(link, c.packet);
    ASSERT_EQ(reason_of(fate), c.passes ? VI_DROP_NONE : VI_DROP_SOURCE) << "the model itself";
    EXPECT_EQ(drops(m.backside(5), VI_DROP_SOURCE), before + (c.passes ? 0 : 1));
  }
  link.check_source = false;
  EXPECT_EQ(reason_of(check_out(link, from(upper, ipv4(80)))), VI_DROP_NONE);
}

class LocalStack : public Stacks {
 protected:
  void SetUp() override {
    Stacks::SetUp();
    add_layers(6);
    link_.local = key_from_there();
  }
  const model::Delivered& delivered(const auto& fate) { return std::get<model::Delivered>(fate); }
  model::Link link_ = {{}, 1400};
};

TEST_F(LocalStack, HeadersThatEndHereAreNotPushed) {
  for (const int layers : {0, 1, 2, 4, 5, 6}) {
    SCOPED_TRACE(layers);
    link_.stack = headers_from_there(layers);
    for (const Bytes& packet : {ipv4(80, 0xb9), ipv6(80, 0xb9)}) {
      const auto fate = check_out(link_, packet);
      EXPECT_EQ(delivered(fate).backside, layers == 0 ? m.backside(1) : end_of_layer(layers));
      EXPECT_EQ(delivered(fate).packet, packet);
    }
  }
  EXPECT_EQ(m.counters(m.backside(5)).tx_packets, 12U);
  EXPECT_EQ(m.counters(m.backside(5)).tx_bytes, 12U * 80);
  EXPECT_EQ(m.counters(end_of_layer(4)).rx_packets, 2U);
  EXPECT_EQ(m.counters(end_of_layer(4)).rx_bytes, 160U);
}

// The others go on, to be carried on from the node below.
TEST_F(LocalStack, HeadersThatEndElsewhereArePushed) {
  for (const size_t ended : {0, 1, 3, 6}) {
    for (const size_t left : {1, 2, 3, 40, 66}) {
      SCOPED_TRACE(testing::Message() << ended << " and " << left);
      link_.stack = headers_from_there(static_cast<int>(ended));
      for (size_t i = 0; i < left; ++i)
        link_.stack.push_back({address(10, 99, 0, static_cast<uint8_t>(i)),
                               address(10, 99, 1, static_cast<uint8_t>(i))});
      for (const Bytes& packet : {ipv4(80, 0xb9), ipv6(80, 0xb9)}) {
        const auto fate = check_out(link_, packet);
        EXPECT_EQ(delivered(fate).backside,
                  ended == 0 ? m.backside(1) : end_of_layer(static_cast<int>(ended)));
        EXPECT_EQ(delivered(fate).packet.size(), 80 + 20 * left);
      }
    }
  }
  EXPECT_EQ(m.counters(m.backside(5)).tx_bytes, 40U * 80);
  EXPECT_EQ(m.counters(m.backside(1)).rx_bytes, 10U * 80 + 2 * 20 * (1 + 2 + 3 + 40 + 66));
}

TEST_F(LocalStack, KeysOfAllLayersAreLookedUp) {
  link_.stack = headers_from_there(3);
  link_.stack[1].src += 1;
  const auto fate = check_out(link_, ipv4(80));
  EXPECT_EQ(reason_of(fate), VI_DROP_UNKNOWN_KEY);
  EXPECT_EQ(drops(end_of_layer(2), VI_DROP_UNKNOWN_KEY), 1U) << "as if it had come from the base";
  EXPECT_EQ(m.counters(m.backside(5)).tx_packets, 1U) << "its first link has brought it";

  link_.local = model::Key{kNear, kBaseAddress, kLinkThere + 1, kLinkHere};
  EXPECT_EQ(reason_of(check_out(link_, ipv4(80))), VI_DROP_UNKNOWN_KEY);
  EXPECT_EQ(drops(m.backside(5), VI_DROP_UNKNOWN_KEY), 1U);
  EXPECT_EQ(m.counters(m.backside(5)).tx_packets, 1U);
}

// Both ends of an upper link stand on one lower node: nothing of the layers below is passed.
TEST_F(LocalStack, TheOutermostLinkMayBeAnUpperOne) {
  link_.local = model::Upper{node_at(2), there(3), here(3)};
  EXPECT_EQ(delivered(check_out(link_, ipv4(80))).backside, end_of_layer(3));
  link_.stack = {{there(4), here(4)}, {there(5), here(5)}};
  EXPECT_EQ(delivered(check_out(link_, ipv6(80))).backside, end_of_layer(5));
  link_.stack.push_back({there(5), here(5)});
  EXPECT_EQ(delivered(check_out(link_, ipv6(80))).packet.size(), 100U);
  link_.local = model::Upper{node_at(1), there(3), here(3)};
  EXPECT_EQ(reason_of(check_out(link_, ipv4(80))), VI_DROP_UNKNOWN_KEY);
}

// A lower router passes on what a link above it made: at the end of the router's own link the
// packet's headers are matched as if it had come from the base.
TEST_F(LocalStack, PacketsInTransitArePoppedHere) {
  for (const int layers : {1, 2, 5}) {
    SCOPED_TRACE(layers);
    for (int marks = 0; marks < 16; ++marks) {
      Bytes packet = wrapped(headers_from_there(layers), ipv4(80, marks >> 2 & 3));
      packet[1] = static_cast<uint8_t>(marks & 3);
      model::put16(packet, 10, 0);
      model::put16(packet, 10, model::checksum(packet, 0, 20));
      check_out(link_, packet);
    }
    const auto fate = check_out(link_, wrapped(headers_from_there(layers), ipv6(80)));
    EXPECT_EQ(delivered(fate).packet, ipv6(80));
  }
  Bytes forged = wrapped(headers_from_there(2), ipv4(80));
  forged[35] ^= 1;
  EXPECT_EQ(reason_of(check_out(link_, forged)), VI_DROP_MALFORMED);
  model::put16(forged, 30, 0);
  model::put16(forged, 30, model::checksum(forged, 20, 20));
  EXPECT_EQ(reason_of(check_out(link_, forged)), VI_DROP_UNKNOWN_KEY);
  EXPECT_EQ(m.counters(end_of_layer(2)).drops[VI_DROP_MALFORMED], 1U);
  // After headers of its own link's template, too.
  link_.stack = headers_from_there(1);
  const Bytes packet = wrapped({{there(2), here(2)}, {there(3), here(3)}}, ipv4(80));
  EXPECT_EQ(delivered(check_out(link_, packet)).backside, end_of_layer(3));
}

TEST_F(LocalStack, AStackThatIsNotWholeIsNoLink) {
  link_.stack = headers_from_there(6);
  m.add_link(m.backside(5), link_of(link_));
  EXPECT_EQ(send(ipv4(80), kIpv4, 5).verdict, kShot);
}

constexpr Mac kLoopMac = {0x02, 'v', 'i', 'l', 'o', 0};

class ViaLo : public StackPush {
 protected:
  void put(const model::Link& link, uint64_t rate = 0, uint64_t burst = 0) {
    m.add_link(m.backside(5), link);
    vi_link value = link_of(link);
    value.flags |= VI_LINK_VIA_LO;
    value.rate_bytes_per_s = rate;
    value.burst_bytes = burst;
    m.add_link(m.backside(5), value);
  }
  Outcome from_lo(const Bytes& frame, uint32_t mark) {
    return m.run("vi_loop", kLoopback, frame, 0, 0, mark);
  }
  static constexpr uint32_t kLoopback = 1;
};

TEST_F(ViaLo, PacketsOfSocketsGoThroughLoAndComeOutAsEver) {
  for (const size_t headers : {3, 6, 71}) {
    SCOPED_TRACE(headers);
    const model::Link link = link_of_depth(headers);
    put(link);
    for (const Bytes& packet : {ipv4(80, 0xb9), ipv6(80, 0xb9)}) {
      const Outcome first = send(packet, ethertype_of_packet(packet), 5);
      ASSERT_EQ(first.verdict, kRedirect);
      EXPECT_EQ(packet_of(first.frame), packet) << "as it came";
      EXPECT_EQ(Bytes(first.frame.begin(), first.frame.begin() + 6),
                Bytes(kLoopMac.begin(), kLoopMac.end()));
      EXPECT_EQ(first.mark, m.backside(5));
      const uint64_t before = tx(5);
      const Outcome second = from_lo(first.frame, first.mark);
      expect_same(model::Sent{wrapped(link.stack, packet)}, second);
      EXPECT_EQ(second.mark, 0U);
      EXPECT_EQ(tx(5), before + 1);
    }
  }
}

TEST_F(ViaLo, IsForLocalLinksToo) {
  add_layers(1);
  model::Link link = {{{there(1), here(1)}, {there(9), here(9)}}, 1400};
  link.local = key_from_there();
  put(link);
  const Outcome first = send(ipv4(80), kIpv4, 5);
  EXPECT_EQ(first.mark, m.backside(5));
  expect_delivered({end_of_layer(1), kIpv4, wrapped({{there(9), here(9)}}, ipv4(80))},
                   from_lo(first.frame, first.mark));
}

TEST_F(ViaLo, ChecksAreDoneOnce) {
  model::Link link = link_of_depth(6);
  link.check_source = true;
  link.block = {address(10, 0, 0, 0), 0xffff'ff00};
  put(link, 1, 80);  // the bucket holds one packet
  m.add_shape(m.backside(5), {80, 0, 0});
  const Outcome first = send(ipv4(80), kIpv4, 5);
  ASSERT_EQ(first.mark, m.backside(5));
  EXPECT_EQ(send(ipv4(80), kIpv4, 5).verdict, kShot);
  EXPECT_EQ(drops(m.backside(5), VI_DROP_RATE), 1U);
  EXPECT_EQ(from_lo(first.frame, first.mark).verdict, kRedirect);
  EXPECT_EQ(drops(m.backside(5), VI_DROP_RATE), 1U);
  EXPECT_EQ(tx(5), 1U);

  Bytes forged = ipv4(80);
  forged[12] = 11;
  EXPECT_EQ(send(forged, kIpv4, 5).verdict, kShot);
  EXPECT_EQ(send(ipv4(1500), kIpv4, 5).verdict, kShot);
  EXPECT_EQ(drops(m.backside(5), VI_DROP_SOURCE), 1U);
  EXPECT_EQ(drops(m.backside(5), VI_DROP_TOO_BIG), 1U);
}

TEST_F(ViaLo, OtherPacketsOfLoPassUntouched) {
  put(link_of_depth(6));
  const Mac none{};
  const Bytes frames[] = {
      ethernet(none, none, kIpv4, ipv4(80)),
      ethernet(none, none, kIpv4, from_there(ipv4(80))),
      ethernet({0x02, 'v', 'i', 'l', 'o', 1}, none, kIpv4, ipv4(80)),
      ethernet({0x02, 9, 9}, none, kIpv6, ipv6(80)),
  };
  for (const Bytes& frame : frames) {
    for (const uint32_t mark : {0U, m.backside(5), 7777U}) {
      const Outcome got = from_lo(frame, mark);
      EXPECT_EQ(got.verdict, kUnspec);
      EXPECT_EQ(got.frame, frame);
      EXPECT_EQ(got.mark, mark);
    }
  }
  EXPECT_EQ(tx(5), 0U);
  // One of ours whose link is gone in the meantime.
  EXPECT_EQ(from_lo(ethernet(kLoopMac, none, kIpv4, ipv4(80)), 7777).verdict, kShot);
  EXPECT_EQ(drops(0, VI_DROP_NO_LINK), 1U);
}

// What the path carries only in parts loses DF outside, whatever is between.
TEST_F(StackPush, InPartsWithAStack) {
  model::Link link = link_of_depth(6);
  vi_link value = link_of(link);
  value.whole_bytes = 1000;
  m.add_link(m.backside(5), link);
  m.add_link(m.backside(5), value);
  expect_same(model::Sent{wrapped(link.stack, ipv6(1000))}, send(ipv6(1000), kIpv6, 5));
  const Bytes got = packet_of(send(ipv6(1300), kIpv6, 5).frame);
  Bytes expected = wrapped(link.stack, ipv6(1300));
  model::put16(expected, 4, model::get16(got, 4));  // any identification
  model::put16(expected, 6, 0);
  model::put16(expected, 10, 0);
  model::put16(expected, 10, model::checksum(expected, 0, 20));
  EXPECT_EQ(got, expected);
}

}  // namespace
}  // namespace vinet::progrun
