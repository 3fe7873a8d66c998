// bpf/vi_parse.h on the host: walking a stack of headers.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

#include "vi_encap.h"
#include "vi_parse.h"

namespace {

// A right header of a packet with `total` bytes from here on.
vi_header header(uint16_t total, uint8_t tos = 0, uint8_t protocol = 4) {
  vi_header form;
  vi_header h;
  vi_template(&form, 0, htonl(0x0a000001), htonl(0x0a000002));
  vi_write_header(&h, &form, vi_packet_sum(tos, total), tos, total, protocol);
  return h;
}

void mend(vi_header& h) {
  h.check_be = 0;
  h.check_be = static_cast<uint16_t>(~vi_header_sum(&h));
}

struct BaseCase {
  const char* name;
  void (*change)(vi_header&);
  bool mended;
  uint32_t l3_bytes;
  bool gso;
  vi_reason reason;
};

TEST(Parse, BaseHeader) {
  const BaseCase cases[] = {
      {"as it should be", [](vi_header&) {}, true, 100, false, VI_DROP_NONE},
      {"padding behind it", [](vi_header&) {}, true, 106, false, VI_DROP_NONE},
      {"cut", [](vi_header&) {}, true, 99, false, VI_DROP_MALFORMED},
      {"version", [](vi_header& h) { h.version_ihl = 0x65; }, true, 100, false, VI_DROP_MALFORMED},
      {"options", [](vi_header& h) { h.version_ihl = 0x46; }, true, 100, false, VI_DROP_MALFORMED},
      {"checksum", [](vi_header& h) { h.ttl ^= 1; }, false, 100, false, VI_DROP_MALFORMED},
      {"df off", [](vi_header& h) { h.frag_be = 0; }, true, 100, false, VI_DROP_NONE},
      {"first fragment", [](vi_header& h) { h.frag_be = htons(0x2000); }, true, 100, false,
       VI_DROP_FRAGMENT},
      {"last fragment", [](vi_header& h) { h.frag_be = htons(1); }, true, 100, false,
       VI_DROP_FRAGMENT},
      {"gso", [](vi_header&) {}, true, 100, true, VI_DROP_NONE},
      {"gso with padding", [](vi_header&) {}, true, 101, true, VI_DROP_MALFORMED},
      {"gso above 64 KiB", [](vi_header&) {}, true, 65'636, true, VI_DROP_NONE},
  };
  for (const BaseCase& c : cases) {
    vi_header h = header(100);
    c.change(h);
    if (c.mended) mend(h);
    vi_walk walk{};
    EXPECT_EQ(vi_walk_base(&walk, &h, c.l3_bytes, c.gso ? 1 : 0), c.reason) << c.name;
    if (c.reason == VI_DROP_NONE) {
      EXPECT_EQ(walk.bytes, c.gso ? c.l3_bytes : 100) << c.name;
    }
  }
}

struct NextCase {
  const char* name;
  void (*change)(vi_header&);
  bool mended;
  vi_reason reason;
};

TEST(Parse, NextHeader) {
  const NextCase cases[] = {
      {"as it should be", [](vi_header&) {}, true, VI_DROP_NONE},
      {"ipv6 inside", [](vi_header& h) { h.protocol = 41; }, true, VI_DROP_NONE},
      {"tcp inside", [](vi_header& h) { h.protocol = 6; }, true, VI_DROP_MALFORMED},
      {"version", [](vi_header& h) { h.version_ihl = 0x55; }, true, VI_DROP_MALFORMED},
      {"options", [](vi_header& h) { h.version_ihl = 0x46; }, true, VI_DROP_MALFORMED},
      {"checksum", [](vi_header& h) { h.ttl ^= 1; }, false, VI_DROP_MALFORMED},
      {"shorter", [](vi_header& h) { h.total_be = htons(79); }, true, VI_DROP_MALFORMED},
      {"longer", [](vi_header& h) { h.total_be = htons(81); }, true, VI_DROP_MALFORMED},
      {"first fragment", [](vi_header& h) { h.frag_be = htons(0x2000); }, true, VI_DROP_MALFORMED},
      {"last fragment", [](vi_header& h) { h.frag_be = htons(1); }, true, VI_DROP_MALFORMED},
  };
  for (const NextCase& c : cases) {
    vi_header h = header(80);
    c.change(h);
    if (c.mended) mend(h);
    vi_walk walk{100, 4, 0};
    EXPECT_EQ(vi_walk_next(&walk, &h), c.reason) << c.name;
    if (c.reason == VI_DROP_NONE) {
      EXPECT_EQ(walk.bytes, 80U) << c.name;
    }
  }
}

TEST(Parse, AStackAsDeepAsItLikes) {
  constexpr uint16_t kDepth = 71;
  const uint16_t total = 20 * kDepth + 60;
  vi_walk walk{};
  const vi_header base = header(total);
  ASSERT_EQ(vi_walk_base(&walk, &base, total, 0), VI_DROP_NONE);
  for (uint16_t i = 1; i < kDepth; ++i) {
    const vi_header h = header(static_cast<uint16_t>(total - 20 * i), 0, i + 1 == kDepth ? 41 : 4);
    ASSERT_EQ(vi_walk_next(&walk, &h), VI_DROP_NONE) << i;
  }
  EXPECT_EQ(walk.bytes, 80U);
  EXPECT_EQ(walk.protocol, 41);
  const vi_header too_deep = header(60);
  EXPECT_EQ(vi_walk_next(&walk, &too_deep), VI_DROP_MALFORMED) << "behind IPv6 is no link header";
}

TEST(Parse, NoRoomForTheNext) {
  for (uint16_t bytes = 0; bytes < 60; ++bytes) {
    vi_walk walk{bytes, 4, 0};
    const vi_header h = header(static_cast<uint16_t>(bytes - 20));
    EXPECT_EQ(vi_walk_next(&walk, &h), bytes < 40 ? VI_DROP_MALFORMED : VI_DROP_NONE) << bytes;
  }
}

TEST(Parse, EcnIsRfc6040Figure4) {
  const uint8_t figure[4][4] = {
      // outer: Not-ECT, ECT(1), ECT(0), CE; 4 = drop
      {0, 0, 0, 4},  // inner Not-ECT
      {1, 1, 1, 3},  // inner ECT(1)
      {2, 1, 2, 3},  // inner ECT(0)
      {3, 3, 3, 3},  // inner CE
  };
  for (uint8_t inner = 0; inner < 4; ++inner)
    for (uint8_t outer = 0; outer < 4; ++outer)
      EXPECT_EQ(vi_ecn_decap(outer, inner), figure[inner][outer])
          << int{outer} << " around " << int{inner};
}

TEST(Parse, EcnThroughAStack) {
  struct Marks {
    const char* name;
    uint8_t outer, next, result;
  };
  const Marks cases[] = {
      {"nothing", 0, 0, 0},
      {"congestion comes in", 3, 2, 3},
      {"ECT(1) comes in", 1, 2, 1},
      {"congestion inside stays", 0, 3, 3},
      {"not capable", 3, 0, VI_ECN_DROP},
  };
  for (const Marks& c : cases) {
    vi_walk walk{};
    const vi_header base = header(100, c.outer);
    const vi_header next = header(80, c.next);
    ASSERT_EQ(vi_walk_base(&walk, &base, 100, 0), VI_DROP_NONE);
    ASSERT_EQ(vi_walk_next(&walk, &next), VI_DROP_NONE);
    EXPECT_EQ(walk.ecn, c.result) << c.name;
    const vi_header third = header(60, 2);
    ASSERT_EQ(vi_walk_next(&walk, &third), VI_DROP_NONE);
    if (c.result == VI_ECN_DROP) {
      EXPECT_EQ(walk.ecn, VI_ECN_DROP) << "a drop stays one";
    }
  }
}

struct Inner {
  const char* name;
  uint32_t version;
  uint8_t first;
  uint32_t bytes;
  bool ok;
};

TEST(Parse, InnerPacket) {
  const Inner cases[] = {
      {"ipv4", 4, 0x45, 20, true},         {"ipv4 short", 4, 0x45, 19, false},
      {"ipv4 options", 4, 0x4f, 20, true}, {"ipv4 says 6", 4, 0x60, 40, false},
      {"ipv6", 6, 0x60, 40, true},         {"ipv6 short", 6, 0x60, 39, false},
      {"ipv6 says 4", 6, 0x45, 60, false}, {"nothing", 4, 0x45, 0, false},
  };
  for (const Inner& c : cases)
    EXPECT_EQ(vi_inner_ok(c.version, c.first, c.bytes) != 0, c.ok) << c.name;
}

}  // namespace
