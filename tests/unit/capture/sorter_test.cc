// Headers of frames, and the link that a frame belongs to.
#include "capture/sorter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/capture/frames.h"

namespace vinet::capture {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr net::Ipv4 X{0xc0a80001}, Y{0xc0a80002}, Z{0xc0a80003};
constexpr net::Ipv4 q{0xac100000}, r{0xac100001}, s{0xac100002}, t{0xac100003};
constexpr net::Ipv4 A{0x0a000001}, D{0x0a000002}, P{0x0b000001}, Q{0x0b000002};
constexpr uint16_t kMore = 0x2000;

Headers headers_of(const std::string& frame, size_t most = 9) {
  Reading reading;
  read_headers(frame, most, reading);
  return reading.headers;
}

TEST(ReadHeaders, FromTheOutermostOn) {
  const Headers all = {{X, Y}, {q, r}, {A, D}};
  EXPECT_EQ(headers_of(frame(all)), all);
  EXPECT_THAT(headers_of(frame(all), 2), ElementsAre(Header{X, Y}, Header{q, r}));
  EXPECT_THAT(headers_of(frame(all), 0), IsEmpty());
}

TEST(ReadHeaders, BehindOptions) {
  Ip outer{{X, Y}};
  outer.options = 8;
  Ip inner{{q, r}};
  inner.protocol = 41;
  EXPECT_THAT(headers_of(ethernet(packet(outer, packet(inner, "six")))),
              ElementsAre(Header{X, Y}, Header{q, r}));
}

TEST(ReadHeaders, OfWhatIsNoIpv4ThereAreNone) {
  const std::string whole = frame({{X, Y}});
  EXPECT_THAT(headers_of(""), IsEmpty());
  EXPECT_THAT(headers_of(ethernet(whole.substr(14), 0x86dd)), IsEmpty());
  std::string six = whole;
  six[14] = '\x65';
  EXPECT_THAT(headers_of(six), IsEmpty());
  std::string short_header = whole;
  short_header[14] = '\x44';
  EXPECT_THAT(headers_of(short_header), IsEmpty());
}

TEST(ReadHeaders, CutAtEveryByteNothingIsReadBeyond) {
  const std::string whole = frame({{X, Y}, {q, r}, {A, D}});
  for (size_t n = 0; n <= whole.size(); ++n) {
    const size_t want = n < 34 ? 0 : n < 54 ? 1 : n < 74 ? 2 : 3;
    const std::string cut(whole.data(), n);  // its own memory, so that a sanitizer sees more
    EXPECT_EQ(headers_of(cut).size(), want) << n;
  }
}

TEST(Sorter, AKeyClaimsItsPacketsBothWays) {
  Sorter sorter;
  sorter.add({{X, Y}, {q, r}}, 3);
  sorter.add({{X, Y}, {s, t}}, 4);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {q, r}, {A, D}})), 3);
  EXPECT_EQ(sorter.interface_of(frame({{Y, X}, {r, q}, {D, A}})), 3);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {s, t}, {A, D}})), 4);
  // One of the four addresses is another: not this link's.
  for (const Headers& foreign : {Headers{{X, Y}, {r, q}}, Headers{{Y, X}, {q, r}},
                                 Headers{{X, Z}, {q, r}}, Headers{{X, Y}, {q, t}}}) {
    EXPECT_EQ(sorter.interface_of(frame(foreign)), std::nullopt);
  }
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}})), std::nullopt);
}

TEST(Sorter, WhatIsLeftOverGoesToTheRest) {
  Sorter sorter;
  sorter.set_rest(7);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {q, r}})), 7);
  sorter.add({{X, Y}, {q, r}}, 3);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {q, r}})), 3);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {s, t}})), 7);
  EXPECT_EQ(sorter.interface_of("no frame"), 7);
}

TEST(Sorter, TheLongestKeyDecides) {
  Sorter sorter;
  sorter.add({{X, Y}, {q, r}}, 1);
  sorter.add({{X, Y}, {q, r}, {A, D}}, 2);  // a link of an internet that stands on the first one's
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {q, r}, {A, D}, {P, Q}})), 2);
  EXPECT_EQ(sorter.interface_of(frame({{Y, X}, {r, q}, {D, A}, {Q, P}})), 2);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {q, r}, {A, P}, {P, Q}})), 1);
}

TEST(Sorter, ErrorsGoWithWhatTheyQuote) {
  Sorter sorter;
  sorter.add({{X, Y}, {q, r}}, 3);
  const std::string quoted = frame({{X, Y}, {q, r}, {A, D}}).substr(14);
  for (const uint8_t type : {3, 4, 5, 11, 12}) {
    EXPECT_EQ(sorter.interface_of(icmp_error({Z, X}, type, quoted)), 3) << int{type};
  }
  EXPECT_EQ(sorter.interface_of(icmp_error({Z, X}, 8, quoted)), std::nullopt) << "an echo";
  EXPECT_EQ(sorter.interface_of(icmp_error({Z, X}, 3, quoted.substr(0, 28))), std::nullopt)
      << "eight bytes of the link header: it could be any link's";
}

TEST(Sorter, LaterFragmentsFollowTheFirst) {
  Sorter sorter;
  sorter.add({{X, Y}, {q, r}}, 3);
  sorter.set_rest(9);
  const std::string inside = packet({{q, r}, 17}, std::string(40, 'u'));
  const auto fragment = [&](uint16_t id, uint16_t flags) {
    return ethernet(packet({{X, Y}, 4, id, flags}, inside.substr(flags == kMore ? 0 : 32)));
  };
  EXPECT_EQ(sorter.interface_of(fragment(7, 4)), 9) << "before its first fragment";
  EXPECT_EQ(sorter.interface_of(fragment(7, kMore)), 3);
  EXPECT_EQ(sorter.interface_of(fragment(7, 4)), 3);
  EXPECT_EQ(sorter.interface_of(fragment(8, 4)), 9) << "of another packet";
  EXPECT_EQ(sorter.interface_of(ethernet(packet({{Y, X}, 4, 7, 4}, "rest"))), 9);
  for (uint16_t id = 100; id < 164; ++id) sorter.interface_of(fragment(id, kMore));
  EXPECT_EQ(sorter.interface_of(fragment(7, 4)), 9) << "forgotten";
  EXPECT_EQ(sorter.interface_of(fragment(100, 4)), 3);
}

HeaderSet some(std::set<Header> headers) {
  return std::make_shared<const std::set<Header>>(std::move(headers));
}

TEST(Sorter, AHeaderUnderOthersIsFoundWhateverTheyAre) {
  Sorter sorter;
  sorter.add_under({q, r}, {nullptr, some({{A, D}, {D, A}})}, 1);
  sorter.add({{X, Y}, {A, D}}, 2);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {A, D}, {q, r}, {P, Q}})), 1U);
  EXPECT_EQ(sorter.interface_of(frame({{Y, X}, {D, A}, {r, q}})), 1U);
  EXPECT_EQ(sorter.interface_of(frame({{X, Z}, {A, D}, {q, r}})), 1U);  // another way
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {A, D}, {q, s}})), 2U);
  // The same addresses in an internet on another one, or in another layer.
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {A, P}, {q, r}})), std::nullopt);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {q, r}})), std::nullopt);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {A, D}, {A, D}, {q, r}})), 2U);
}

TEST(Sorter, TheUppermostOfSeveralLayersHasThePacket) {
  Sorter sorter;
  sorter.add_under({A, D}, {nullptr, some({{q, r}})}, 1);
  sorter.add_under({P, Q}, {nullptr, some({{q, r}}), some({{A, D}})}, 2);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {q, r}, {A, D}, {P, Q}})), 2U);
  EXPECT_EQ(sorter.interface_of(frame({{X, Y}, {q, r}, {A, D}, {Q, Q}})), 1U);
}

TEST(Sorter, SeventyHeadersAreRead) {
  Sorter sorter;
  sorter.add_under({P, Q}, std::vector<HeaderSet>(70), 3);
  Headers headers(70, {A, D});
  headers.push_back({P, Q});
  EXPECT_EQ(sorter.interface_of(frame(headers)), 3U);
}

}  // namespace
}  // namespace vinet::capture
