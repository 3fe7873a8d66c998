// Congestion marks on the way in: RFC 6040 §4.2 over both headers.
#include "fixture.h"

namespace vinet::progrun {
namespace {

using Ecn = Programs;

constexpr uint8_t kNot = 0, kEct1 = 1, kEct0 = 2, kCe = 3, kGone = 4;

struct Row {
  uint8_t outer, inner, result;
};

// Figure 4 of RFC 6040, for one header around a packet.
constexpr Row kFigure4[] = {
    {kNot, kNot, kNot},   {kEct0, kNot, kNot},   {kEct1, kNot, kNot},   {kCe, kNot, kGone},
    {kNot, kEct0, kEct0}, {kEct0, kEct0, kEct0}, {kEct1, kEct0, kEct1}, {kCe, kEct0, kCe},
    {kNot, kEct1, kEct1}, {kEct0, kEct1, kEct1}, {kEct1, kEct1, kEct1}, {kCe, kEct1, kCe},
    {kNot, kCe, kCe},     {kEct0, kCe, kCe},     {kEct1, kCe, kCe},     {kCe, kCe, kCe},
};

uint8_t decap(uint8_t outer, uint8_t inner) {
  for (const Row& row : kFigure4)
    if (row.outer == outer && row.inner == inner) return row.result;
  return kGone;
}

Bytes marked(Bytes packet, uint8_t base, uint8_t link) {
  packet[1] = static_cast<uint8_t>((packet[1] & 0xfc) | base);
  packet[21] = static_cast<uint8_t>((packet[21] & 0xfc) | link);
  mend_checksums(packet);
  return packet;
}

TEST_F(Ecn, AllMarksOfBaseLinkAndInside) {
  constexpr uint8_t kDscp = 46 << 2;
  uint64_t gone = 0;
  for (uint8_t base = 0; base < 4; ++base) {
    for (uint8_t link = 0; link < 4; ++link) {
      for (uint8_t inside = 0; inside < 4; ++inside) {
        for (const bool six : {false, true}) {
          SCOPED_TRACE(testing::Message() << "base " << int{base} << " link " << int{link}
                                          << " inside " << int{inside} << (six ? " v6" : " v4"));
          const auto tos = static_cast<uint8_t>(kDscp | inside);
          const Bytes packet = six ? ipv6(64, tos) : ipv4(64, tos);
          const Bytes sent = marked(from_there(packet), base, link);
          const Outcome got = receive(sent);
          expect_same(model::decapsulate(model, sent), got, sent);

          const uint8_t link_result = decap(base, link);
          const uint8_t result = link_result == kGone ? kGone : decap(link_result, inside);
          if (result == kGone) {
            EXPECT_EQ(got.verdict, kShot);
            ++gone;
            continue;
          }
          const auto wanted = static_cast<uint8_t>(kDscp | result);
          ASSERT_EQ(got.verdict, kRedirect);
          EXPECT_EQ(packet_of(got.frame), six ? ipv6(64, wanted) : ipv4(64, wanted))
              << "and its checksum right";
        }
      }
    }
  }
  EXPECT_EQ(drops(m.backside(1), VI_DROP_ECN), gone);
}

TEST_F(Ecn, WrongChecksumInsideStaysWrong) {
  for (int i = 0; i < 65536; i += 251) {
    Bytes packet = ipv4(64, kEct0);
    model::put16(packet, 10, static_cast<uint16_t>(i));
    const Bytes sent = marked(from_there(packet), kCe, kEct0);
    expect_same(model::decapsulate(model, sent), receive(sent), sent);
  }
}

// DSCP of the headers outside is not the packet's (RFC 2983 §4.1, the pipe model).
TEST_F(Ecn, DscpOutsideIsForgotten) {
  Bytes sent = from_there(ipv4(64, 0));
  sent[1] = sent[21] = 46 << 2;
  mend_checksums(sent);
  EXPECT_EQ(packet_of(receive(sent).frame), ipv4(64, 0));
}

}  // namespace
}  // namespace vinet::progrun
