// vi_base: what becomes of packets that come from the base.
#include <cstring>

#include "fixture.h"

namespace vinet::progrun {
namespace {

enum Fate { kDelivered, kPasses, kPassesCounted, kDropped, kAnswered, kHeard };

class Base : public Programs {
 protected:
  // Runs one packet, compares with the model, and returns what the model said.
  void check(const Bytes& packet) {
    const auto expected = model::decapsulate(model, packet);
    const Outcome got = receive(packet);
    if (got.error == EINVAL && packet.size() < 20) return;  // no frame for this kernel's test run
    expect_same(expected, got, packet);
  }
  void forget_counts() {
    m.reset();
    m.add_end(key_from_there(), end_at(1));
    m.add_own(kLinkHere, m.backside(1));
  }
};

Bytes with(Bytes packet, size_t at, uint8_t value, bool mend) {
  packet[at] = value;
  if (mend) mend_checksums(packet);
  return packet;
}

// `packet` with `words` no-op option words in its base header, its checksum and length right.
Bytes with_options(Bytes packet, uint8_t words) {
  packet.insert(packet.begin() + 20, 4 * size_t{words}, 1);
  packet[0] = static_cast<uint8_t>(0x45 + words);
  model::put16(packet, 2, static_cast<uint16_t>(packet.size()));
  model::put16(packet, 10, 0);
  model::put16(packet, 10, model::checksum(packet, 0, 20 + 4 * size_t{words}));
  return packet;
}

Bytes to_stranger(Bytes packet) {
  packet[39] ^= 0xff;
  mend_checksums(packet);
  return packet;
}

Bytes with_total(Bytes packet, size_t at, uint16_t total) {
  model::put16(packet, at + 2, total);
  mend_checksums(packet);
  return packet;
}

Bytes icmp(Bytes packet, uint8_t type, uint8_t code) {
  packet[29] = 1;
  packet[40] = type;
  packet[41] = code;
  mend_checksums(packet);
  return packet;
}

Bytes padded(Bytes packet, size_t bytes, uint8_t with_value) {
  packet.resize(packet.size() + bytes, with_value);
  return packet;
}

struct Case {
  const char* name;
  Bytes packet;
  Fate fate;
  vi_reason reason;
};

TEST_F(Base, TakesDropsOrPasses) {
  const Bytes good4 = from_there(ipv4(100));
  const Bytes good6 = from_there(ipv6(100));
  const Case cases[] = {
      {"ipv4 inside", good4, kDelivered, VI_DROP_NONE},
      {"ipv6 inside", good6, kDelivered, VI_DROP_NONE},
      {"smallest ipv4 inside", from_there(ipv4(20)), kDelivered, VI_DROP_NONE},
      {"smallest ipv6 inside", from_there(ipv6(40)), kDelivered, VI_DROP_NONE},
      {"largest", from_there(ipv4(1460)), kDelivered, VI_DROP_NONE},
      {"padding of zeros", padded(from_there(ipv4(20)), 6, 0), kDelivered, VI_DROP_NONE},
      {"padding of anything", padded(good6, 40, 0xee), kDelivered, VI_DROP_NONE},
      {"other TTLs outside", with(with(good4, 8, 3, true), 28, 1, true), kDelivered, VI_DROP_NONE},
      {"no DF outside", with(with(good4, 6, 0, true), 26, 0, true), kDelivered, VI_DROP_NONE},
      {"identification outside", with(good4, 5, 7, true), kDelivered, VI_DROP_NONE},

      {"echo of the link", icmp(good4, 8, 0), kAnswered, VI_DROP_NONE},
      {"echo with padding", padded(icmp(good4, 8, 0), 6, 1), kAnswered, VI_DROP_NONE},
      {"smallest echo", icmp(from_there(ipv4(20)), 8, 0), kAnswered, VI_DROP_NONE},
      {"echo of a stranger", with(icmp(good4, 8, 0), 35, 99, true), kDropped, VI_DROP_UNKNOWN_KEY},
      {"echo with a code", icmp(good4, 8, 1), kDropped, VI_DROP_MALFORMED},
      {"answer to an echo", icmp(good4, 0, 0), kHeard, VI_DROP_NONE},
      {"another ICMP of the link", icmp(good4, 3, 0), kDropped, VI_DROP_MALFORMED},

      {"tcp to us", with(good4, 9, 6, true), kPasses, VI_DROP_NONE},
      {"ipv6 in ipv4 to us", with(good4, 9, 41, true), kPasses, VI_DROP_NONE},
      {"to another machine", with(good4, 19, 77, true), kPasses, VI_DROP_NONE},
      {"no link address of ours", to_stranger(good4), kPassesCounted, VI_DROP_NOT_OURS},
      {"same, with options", with_options(to_stranger(good4), 3), kPassesCounted, VI_DROP_NOT_OURS},
      {"fragment, not the first", with(good4, 7, 1, true), kPassesCounted, VI_DROP_NOT_OURS},
      {"last fragment", with(good4, 6, 0x01, true), kPassesCounted, VI_DROP_NOT_OURS},
      {"base IHL 4", with(good4, 0, 0x44, true), kPassesCounted, VI_DROP_NOT_OURS},
      {"stranger with a wrong checksum", with(to_stranger(good4), 10, 9, false), kPassesCounted,
       VI_DROP_NOT_OURS},

      {"first fragment", with(good4, 6, 0x20, true), kDropped, VI_DROP_FRAGMENT},
      {"first fragment with DF", with(good4, 6, 0x60, true), kDropped, VI_DROP_FRAGMENT},
      {"base version 5", with(good4, 0, 0x55, true), kDropped, VI_DROP_MALFORMED},
      {"base options", with_options(good4, 1), kDropped, VI_DROP_MALFORMED},
      {"base options, all of them", with_options(good4, 10), kDropped, VI_DROP_MALFORMED},
      {"base checksum", with(good4, 10, 9, false), kDropped, VI_DROP_MALFORMED},
      {"base length beyond the packet", with_total(good4, 0, 141), kDropped, VI_DROP_MALFORMED},
      {"base length within", with_total(good4, 0, 139), kDropped, VI_DROP_MALFORMED},
      {"base length 0", with_total(good4, 0, 0), kDropped, VI_DROP_MALFORMED},
      {"both lengths below two headers", with_total(with_total(good4, 0, 25), 20, 5), kDropped,
       VI_DROP_MALFORMED},
      {"both lengths below one header", with_total(with_total(good4, 0, 19), 20, 65535), kDropped,
       VI_DROP_MALFORMED},
      {"nothing inside", with_total(with_total(good4, 0, 40), 20, 20), kDropped, VI_DROP_MALFORMED},
      {"link checksum", with(good4, 30, 9, false), kDropped, VI_DROP_MALFORMED},
      {"link version 6", with(good4, 20, 0x65, true), kDropped, VI_DROP_MALFORMED},
      {"link IHL 4", with(good4, 20, 0x44, true), kDropped, VI_DROP_MALFORMED},
      {"link IHL 6", with(good4, 20, 0x46, true), kDropped, VI_DROP_MALFORMED},
      {"link length one too small", with_total(good4, 20, 119), kDropped, VI_DROP_MALFORMED},
      {"link length one too large", with_total(good4, 20, 121), kDropped, VI_DROP_MALFORMED},
      {"link header is a first fragment", with(good4, 26, 0x20, true), kDropped, VI_DROP_MALFORMED},
      {"link header is a fragment", with(good4, 27, 1, true), kDropped, VI_DROP_MALFORMED},
      {"tcp in the link header", with(good4, 29, 6, true), kDropped, VI_DROP_MALFORMED},
      {"ipv6 said, ipv4 there", with(good4, 29, 41, true), kDropped, VI_DROP_MALFORMED},
      {"ipv4 said, ipv6 there", with(good6, 29, 4, true), kDropped, VI_DROP_MALFORMED},
      {"version 5 inside", with(good4, 40, 0x55, false), kDropped, VI_DROP_MALFORMED},
      {"19 bytes of ipv4", with_total(with_total(good4, 0, 59), 20, 39), kDropped,
       VI_DROP_MALFORMED},
      {"39 bytes of ipv6", with_total(with_total(good6, 0, 79), 20, 59), kDropped,
       VI_DROP_MALFORMED},

      {"base source not the neighbour's", with(good4, 15, 99, true), kDropped, VI_DROP_UNKNOWN_KEY},
      {"link source not the neighbour's", with(good4, 35, 99, true), kDropped, VI_DROP_UNKNOWN_KEY},
      {"outside congested, inside not capable", with(with(good4, 1, 3, true), 21, 3, true),
       kDropped, VI_DROP_ECN},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    forget_counts();
    const auto expected = model::decapsulate(model, c.packet);
    const auto* dropped = std::get_if<model::Dropped>(&expected);
    const auto* passed = std::get_if<model::Passed>(&expected);
    const Fate said = dropped != nullptr                                  ? kDropped
                      : std::holds_alternative<model::Answered>(expected) ? kAnswered
                      : std::holds_alternative<model::Heard>(expected)    ? kHeard
                      : passed == nullptr                                 ? kDelivered
                      : passed->counted                                   ? kPassesCounted
                                                                          : kPasses;
    ASSERT_EQ(said, c.fate) << "the model itself";
    if (dropped != nullptr) {
      ASSERT_EQ(dropped->reason, c.reason) << "the model itself";
    }
    check(c.packet);

    const vi_counters counts = m.counters(m.backside(1));
    EXPECT_EQ(counts.rx_packets, c.fate == kDelivered ? 1U : 0U);
    EXPECT_EQ(counts.tx_packets, 0U);
    for (int reason = 1; reason < VI_REASON_COUNT; ++reason)
      EXPECT_EQ(counts.drops[reason], c.fate == kDropped && reason == c.reason ? 1U : 0U) << reason;
    EXPECT_EQ(drops(0, VI_DROP_NOT_OURS), c.fate == kPassesCounted ? 1U : 0U);
  }
}

TEST_F(Base, CountsInnerBytesWithoutPadding) {
  receive(padded(from_there(ipv4(33)), 13, 0));
  EXPECT_EQ(m.counters(m.backside(1)).rx_bytes, 33U);
}

TEST_F(Base, EveryCut) {
  for (const Bytes& whole :
       {from_there(ipv4(64)), from_there(ipv6(64)), with_options(from_there(ipv4(64)), 4)}) {
    for (size_t bytes = 0; bytes <= whole.size(); ++bytes) {
      SCOPED_TRACE(bytes);
      Bytes packet(whole.begin(), whole.begin() + static_cast<long>(bytes));
      check(packet);
      if (bytes < 20) continue;
      model::put16(packet, 2, static_cast<uint16_t>(bytes));  // cut, and saying so
      mend_checksums(packet);
      check(packet);
    }
  }
}

TEST_F(Base, EveryBitOfTheHeaders) {
  for (const Bytes& whole : {from_there(ipv4(64, 2)), from_there(ipv6(64, 1))}) {
    for (size_t bit = 0; bit < 8 * 44; ++bit) {
      SCOPED_TRACE(bit);
      Bytes packet = whole;
      packet[bit / 8] = static_cast<uint8_t>(packet[bit / 8] ^ (1U << (bit % 8)));
      check(packet);
      mend_checksums(packet);
      check(packet);
    }
  }
}

TEST_F(Base, EveryProtocol) {
  for (int protocol = 0; protocol < 256; ++protocol) {
    SCOPED_TRACE(protocol);
    const auto p = static_cast<uint8_t>(protocol);
    check(with(from_there(ipv4(64)), 9, p, true));   // of the base header
    check(with(from_there(ipv4(64)), 29, p, true));  // of the link header
    check(from_there(ipv4(64, 0, p)));               // inside
    check(from_there(ipv6(64, 0, p)));
  }
}

TEST_F(Base, EveryLength) {
  for (uint32_t total = 0; total < 65536; total += total < 300 ? 1 : 977) {
    SCOPED_TRACE(total);
    const auto t = static_cast<uint16_t>(total);
    check(with_total(from_there(ipv4(64)), 0, t));
    check(with_total(from_there(ipv4(64)), 20, t));
    check(with_total(with_total(from_there(ipv6(64)), 0, t), 20, static_cast<uint16_t>(t - 20)));
  }
}

// The strong link layer (VI §II.2.3): all four addresses must be those of one link end.
TEST_F(Base, EachAddressOfTheKey) {
  model.own[kLinkHere + 8] = m.backside(2);  // a second link, from the same neighbour
  m.add_own(kLinkHere + 8, m.backside(2));
  const model::Key second = {kNear, kBaseAddress, kLinkThere + 8, kLinkHere + 8};
  model.ends[second] = m.backside(2);
  m.add_end(second, end_at(2));
  m.add_link(m.backside(2),
             link_of({{{kBaseAddress, kNear}, {kLinkHere + 8, kLinkThere + 8}}, 1460}));

  Bytes packet = from_there(ipv4(64));
  check(packet);
  model::put32(packet, 32, kLinkThere + 8);  // the source of the one, the destination of the other
  mend_checksums(packet);
  check(packet);
  EXPECT_EQ(drops(m.backside(1), VI_DROP_UNKNOWN_KEY), 1U);
  model::put32(packet, 36, kLinkHere + 8);
  mend_checksums(packet);
  check(packet);
  EXPECT_EQ(m.counters(m.backside(2)).rx_packets, 1U);
  model::put32(packet, 12, kNoNeighbour);  // another machine claims to be the neighbour
  mend_checksums(packet);
  check(packet);
  EXPECT_EQ(drops(m.backside(2), VI_DROP_UNKNOWN_KEY), 1U);
}

TEST_F(Base, OnlyWhatIsAddressedToTheInterface) {
  const Bytes packet = from_there(ipv4(64));
  const Mac someone = {2, 7, 7, 7, 7, 7};
  const Mac everyone = {255, 255, 255, 255, 255, 255};
  const Mac group = {1, 0, 0x5e, 0, 0, 1};
  for (const Mac& to : {someone, everyone, group}) {
    const Bytes frame = ethernet(to, kNextHopMac, kIpv4, packet);
    const Outcome got = m.run("vi_base", m.base(), frame);
    EXPECT_EQ(got.verdict, kUnspec);
    EXPECT_EQ(got.frame, frame);
  }
  EXPECT_EQ(drops(0, VI_DROP_NOT_OURS), 0U);
}

TEST_F(Base, OnlyIpv4Frames) {
  const Bytes packet = from_there(ipv4(64));
  for (const uint16_t ethertype : {kIpv6, kArp, kVlan, uint16_t{0x88a8}, uint16_t{46}}) {
    const Bytes frame = ethernet(m.base_mac(), kNextHopMac, ethertype, packet);
    const Outcome got = m.run("vi_base", m.base(), frame);
    EXPECT_EQ(got.verdict, kUnspec) << ethertype;
    EXPECT_EQ(got.frame, frame);
  }
}

TEST_F(Base, AnyBaseInterfaceOfTheMachine) {
  const Bytes frame = ethernet(m.narrow_mac(), kNarrowHopMac, kIpv4, from_there(ipv4(64)));
  EXPECT_EQ(m.run("vi_base", m.narrow(), frame).verdict, kRedirect);
}

TEST_F(Base, WhatIsPushedIsPopped) {
  const model::Link there = {{{kNear, kBaseAddress}, {kLinkThere, kLinkHere}}, 1460, true};
  vi_link link = link_of(there);
  link.key.base_dst_be = key_of({0, kNear, 0, 0}).base_dst_be;  // so that the FIB here knows a way
  m.add_link(m.backside(4), link);
  for (const Bytes& packet : {ipv4(777, 0x2a), ipv6(777, 0x2a)}) {
    const Outcome out = send(packet, ethertype_of_packet(packet), 4);
    ASSERT_EQ(out.verdict, kRedirect);
    const Outcome in = receive(packet_of(out.frame));
    ASSERT_EQ(in.verdict, kRedirect);
    EXPECT_EQ(packet_of(in.frame), packet);
  }
}

}  // namespace
}  // namespace vinet::progrun
