// What the programs learn of base paths, and what becomes of packets that a path does not carry in
// one piece.
#include <arpa/inet.h>

#include <cstring>

#include "fixture.h"

namespace vinet::progrun {
namespace {

constexpr uint64_t kNonce = 0x1122334455667788;

class Path : public Programs {
 protected:
  /// An echo of the link, request (8) or reply (0), of `bytes` in all, with a nonce.
  static Bytes icmp(uint8_t type, size_t bytes, uint64_t nonce) {
    Bytes packet = from_there(ipv4(bytes - 40));
    packet[29] = 1;
    std::fill(packet.begin() + 40, packet.end(), uint8_t{0});
    packet[40] = type;
    std::memcpy(packet.data() + 48, &nonce, sizeof nonce);
    mend_checksums(packet);
    return packet;
  }

  /// ICMP 3/4 from a router of the base, quoting a packet of the link from here.
  static Bytes too_big(uint16_t mtu, size_t quoted_bytes = 548) {
    const auto sent = model::encapsulate(link_to(kNear), kIpv4, ipv4(1400));
    Bytes quote = std::get<model::Sent>(sent).packet;
    quote.resize(quoted_bytes);
    Bytes packet = ipv4(28, 0, 1);
    packet.insert(packet.end(), quote.begin(), quote.end());
    std::fill(packet.begin() + 20, packet.begin() + 28, uint8_t{0});
    packet[20] = 3;
    packet[21] = 4;
    model::put16(packet, 26, mtu);
    return to_us(packet);
  }
  static Bytes to_us(Bytes packet) {
    model::put16(packet, 2, static_cast<uint16_t>(packet.size()));
    model::put32(packet, 12, kBehindNarrow);
    model::put32(packet, 16, kBaseAddress);
    model::put16(packet, 10, 0);
    model::put16(packet, 10, model::checksum(packet, 0, 20));
    return packet;
  }
  uint32_t reported(uint32_t far = kNear) { return m.heard(far).reported_bytes; }
};

TEST_F(Path, AnswersAreNotedWhenTheyAreOurs) {
  m.put_path(kNear, {kNonce, 0, 0});
  EXPECT_EQ(receive(icmp(0, 1000, kNonce)).verdict, kShot);
  EXPECT_EQ(m.heard(kNear).answered_bytes, 1000U);
  receive(icmp(0, 500, kNonce));
  EXPECT_EQ(m.heard(kNear).answered_bytes, 1000U) << "the largest counts";
  receive(icmp(0, 1200, kNonce));
  EXPECT_EQ(m.heard(kNear).answered_bytes, 1200U);
  receive(icmp(0, 1400, kNonce + 1));
  EXPECT_EQ(m.heard(kNear).answered_bytes, 1200U) << "another nonce";

  m.put_path(kNear, {kNonce + 1, 0, 0});
  receive(icmp(0, 100, kNonce + 1));
  EXPECT_EQ(m.heard(kNear).answered_bytes, 100U) << "a new round";
  m.put_path(kNear, {0, 0, 0});
  receive(icmp(0, 1500, 0));
  EXPECT_EQ(m.heard(kNear).answered_bytes, 100U) << "no round";
  EXPECT_EQ(drops(m.backside(1), VI_DROP_MALFORMED), 0U);
  EXPECT_EQ(m.counters(m.backside(1)).rx_packets, 0U) << "echoes are no packets of the link";
}

TEST_F(Path, ErrorsAreNotedWhenTheyQuoteAKey) {
  const struct {
    const char* name;
    Bytes packet;
    uint32_t reported;
  } cases[] = {
      {"as a router sends it", too_big(1400), 1400},
      {"quotes just the two headers", too_big(1400, 40), 1400},
      {"from a router that knows no MTU", too_big(0), 1},
      {"quotes too little", too_big(1400, 39), 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    m.forget_heard();
    const Outcome got = receive(c.packet);
    EXPECT_EQ(got.verdict, kUnspec) << "the machine's own stack sees it, too";
    EXPECT_EQ(packet_of(got.frame), c.packet);
    EXPECT_EQ(reported(), c.reported);
  }
  // Every byte of the quote's addresses and protocol, and of ICMP type and code, must be right.
  for (const size_t at : {20, 21, 28 + 0, 28 + 9, 28 + 12, 28 + 15, 28 + 16, 28 + 19, 48 + 12,
                          48 + 15, 48 + 16, 48 + 19}) {
    m.forget_heard();
    Bytes forged = too_big(1400);
    forged[at] ^= 0x40;
    receive(forged);
    EXPECT_EQ(reported(), 0U) << "byte " << at;
  }
  m.forget_heard();
  receive(too_big(1400));
  receive(too_big(1450));
  EXPECT_EQ(reported(), 1400U) << "the smallest counts";
}

TEST_F(Path, AWayOutThatIsTooSmallIsNoted) {
  m.add_link(m.backside(1), link_of(link_to(kBehindNarrow)));
  EXPECT_EQ(send(ipv4(960)).verdict, kRedirect);
  EXPECT_EQ(reported(kBehindNarrow), 0U);
  for (const size_t bytes : {961, 964, 1400}) {
    m.forget_heard();
    EXPECT_EQ(send(ipv4(bytes)).verdict, kShot);
    EXPECT_EQ(reported(kBehindNarrow), 1000U) << bytes;
  }
  EXPECT_EQ(drops(m.backside(1), VI_DROP_TOO_BIG), 3U);
}

TEST_F(Path, WhatThePathCarriesOnlyInPartsLosesDfAndGoesToTheStack) {
  vi_link link = link_of(link_to(kNear));
  link.whole_bytes = 1260;
  m.add_link(m.backside(1), link);
  for (const size_t bytes : {1260, 1261, 1280}) {
    for (const Bytes& inside : {ipv4(bytes), ipv6(bytes)}) {
      const Outcome got = send(inside);
      ASSERT_EQ(got.verdict, kRedirect);
      Bytes packet = packet_of(got.frame);
      const bool in_parts = bytes > 1260;
      EXPECT_EQ(packet[6], in_parts ? 0 : 0x40) << bytes;
      EXPECT_EQ(model::checksum(packet, 0, 20), 0);
      if (in_parts) {
        EXPECT_EQ(Bytes(got.frame.begin(), got.frame.begin() + 6), Bytes(6, 0)) << "the MAC of lo";
      }
      // But for DF and the identification it is what it would be otherwise.
      const auto sent = model::encapsulate(link_to(kNear), ethertype_of_packet(inside), inside);
      packet[6] = 0x40;
      model::put16(packet, 4, 0);
      model::put16(packet, 10, 0);
      model::put16(packet, 10, model::checksum(packet, 0, 20));
      EXPECT_EQ(packet, std::get<model::Sent>(sent).packet);
    }
  }
  EXPECT_EQ(m.counters(m.backside(1)).tx_packets, 6U);
}

// --- fragments ---------------------------------------------------------------------------------

class Fragments : public Path {
 protected:
  static constexpr uint32_t kParts = 77;  // no device: only verdicts are looked at
  void SetUp() override {
    Path::SetUp();
    m.set_reassembly(kParts, m.narrow());
  }
  /// A fragment of a packet of the link: with so many 8-byte units before it.
  static Bytes part(uint16_t id, uint16_t offset, bool more, uint32_t link_src = kLinkThere) {
    Bytes packet = from_there(ipv4(400));
    model::put32(packet, 32, link_src);
    model::put16(packet, 4, id);
    model::put16(packet, 6, static_cast<uint16_t>((more ? 0x2000 : 0) | offset));
    mend_checksums(packet);
    return packet;
  }
  bool put_together(const Outcome& got) {
    return got.verdict == kRedirect &&
           Bytes(got.frame.begin(), got.frame.begin() + 6) == Bytes(6, 255);
  }
  uint64_t waiting() { return drops(m.backside(1), VI_DROP_FRAGMENT); }
  Outcome whole(uint16_t id) {
    Bytes packet = part(id, 0, false);
    return m.run("vi_base", m.narrow(),
                 ethernet({255, 255, 255, 255, 255, 255}, kNextHopMac, kIpv4, packet));
  }
};

TEST_F(Fragments, FirstOnesGoToReassemblyIfTheirKeyIsRight) {
  EXPECT_TRUE(put_together(receive(part(1, 0, true))));
  EXPECT_EQ(waiting(), 1U);
  EXPECT_TRUE(put_together(receive(part(1, 0, true)))) << "again";
  EXPECT_EQ(waiting(), 1U) << "one packet, one count";
  EXPECT_EQ(receive(part(2, 0, true, kLinkThere + 7)).verdict, kShot);
  EXPECT_EQ(drops(m.backside(1), VI_DROP_UNKNOWN_KEY), 1U);
  Bytes bad = part(3, 0, true);
  bad[30] ^= 1;
  EXPECT_EQ(receive(bad).verdict, kShot);
  EXPECT_EQ(drops(m.backside(1), VI_DROP_MALFORMED), 1U);
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(Fragments, LaterOnesFollowTheirFirst) {
  receive(part(4, 0, true));
  EXPECT_TRUE(put_together(receive(part(4, 50, true))));
  EXPECT_TRUE(put_together(receive(part(4, 90, false))));
  const Outcome stray = receive(part(5, 50, false));
  EXPECT_EQ(stray.verdict, kUnspec) << "nobody knows whose it is";
  EXPECT_EQ(packet_of(stray.frame), part(5, 50, false));
  EXPECT_EQ(Bytes(stray.frame.begin(), stray.frame.begin() + 6),
            Bytes(m.base_mac().begin(), m.base_mac().end()));
  EXPECT_EQ(drops(0, VI_DROP_NOT_OURS), 1U);
}

TEST_F(Fragments, AnIdentificationIsAnybodysAgainAfterHalfAMinute) {
  receive(part(9, 0, true));
  ASSERT_EQ(waiting(), 1U);
  m.age_part(kNear, 9, 29'000'000'000);
  EXPECT_TRUE(put_together(receive(part(9, 50, true))));
  m.age_part(kNear, 9, 31'000'000'000);
  EXPECT_EQ(receive(part(9, 50, true)).verdict, kUnspec) << "perhaps a stranger's";
  receive(part(9, 0, true));
  EXPECT_EQ(waiting(), 2U) << "another packet";
  whole(9);
  EXPECT_EQ(waiting(), 1U) << "the old one stays lost";
}

TEST_F(Fragments, WhatIsWholeIsDeliveredAndForgiven) {
  receive(part(6, 0, true));
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(whole(6).verdict, kRedirect);
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(m.counters(m.backside(1)).rx_packets, 1U);
  EXPECT_EQ(whole(6).verdict, kShot) << "nobody waits for it any more";
  EXPECT_EQ(waiting(), 0U) << "it is forgiven once";
}

TEST_F(Fragments, OfTwoLinksWithOneIdentificationReachNeither) {
  m.add_end({kNear, kBaseAddress, kLinkThere + 1, kLinkHere + 4}, end_at(2));
  m.add_own(kLinkHere + 4, m.backside(2));
  Bytes other = part(7, 0, true, kLinkThere + 1);
  model::put32(other, 36, kLinkHere + 4);
  mend_checksums(other);
  receive(part(7, 0, true));
  EXPECT_EQ(receive(other).verdict, kShot);
  EXPECT_EQ(receive(part(7, 30, false)).verdict, kShot) << "whose is it?";
  EXPECT_EQ(whole(7).verdict, kShot);
  EXPECT_EQ(waiting(), 1U);
  EXPECT_EQ(drops(m.backside(2), VI_DROP_FRAGMENT), 1U);
}

TEST_F(Fragments, OnlyReassemblyMayHandInBroadcast) {
  const Bytes packet = part(7, 0, false);
  const Outcome got = m.run("vi_base", m.base(),
                            ethernet({255, 255, 255, 255, 255, 255}, kNextHopMac, kIpv4, packet));
  EXPECT_EQ(got.verdict, kUnspec);
  Bytes strange = part(8, 0, false);
  model::put32(strange, 36, kLinkHere + 99);
  mend_checksums(strange);
  EXPECT_EQ(m.run("vi_base", m.narrow(),
                  ethernet({255, 255, 255, 255, 255, 255}, kNextHopMac, kIpv4, strange))
                .verdict,
            kShot)
      << "the machine's stack has it already";
}

}  // namespace
}  // namespace vinet::progrun
