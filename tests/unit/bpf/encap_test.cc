// bpf/vi_encap.h on the host: templates, headers written from them, checksums.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "vi_encap.h"

namespace {

// One word after the other, as RFC 1071 §1 says it; 0 over a header whose checksum is right.
uint16_t naive_checksum(const vi_header& h) {
  uint8_t bytes[sizeof(h)];
  std::memcpy(bytes, &h, sizeof(h));
  uint32_t sum = 0;
  for (size_t i = 0; i < sizeof(h); i += 2) {
    sum += static_cast<uint32_t>(bytes[i] << 8 | bytes[i + 1]);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<uint16_t>(~sum);
}

vi_header random_header(std::mt19937_64& random) {
  uint8_t bytes[sizeof(vi_header)];
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  vi_header h;
  std::memcpy(&h, bytes, sizeof(h));
  return h;
}

TEST(Encap, AbiHasNoPadding) {
  static_assert(sizeof(vi_header) == VI_HEADER_BYTES);
  static_assert(sizeof(vi_key) == 16);
  static_assert(sizeof(vi_end) == 24);
  static_assert(sizeof(vi_upper) == 16);
  static_assert(sizeof(vi_address) == 16);
  static_assert(sizeof(vi_stack) == 72 * 20);
  static_assert(sizeof(vi_config) == 32);
  static_assert(sizeof(vi_path) == 16);
  static_assert(sizeof(vi_heard) == 16);
  static_assert(sizeof(vi_part) == 8);
  static_assert(sizeof(vi_link) == 16 + 16 + 8 + 4 * 4 + 3 * 8 + 4 * 4 + 8 + 80);
  static_assert(sizeof(vi_shape) == 8 + 3 * 8);
  static_assert(sizeof(vi_counters) == 8 * (4 + VI_REASON_COUNT));
  static_assert(sizeof(vi_record) == 2 * 8 + 3 * 4 + 6 + 6 + 72 * 20 + 32);
}

TEST(Encap, SumIsTheChecksum) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    vi_header h = random_header(random);
    h.check_be = 0;
    const uint16_t sum = vi_header_sum(&h);
    ASSERT_EQ(static_cast<uint16_t>(~sum), htons(naive_checksum(h))) << i;
    h.check_be = static_cast<uint16_t>(~sum);
    ASSERT_EQ(vi_header_sum(&h), 0xffff) << i;
  }
}

struct Fold {
  const char* name;
  uint64_t sum;
  uint16_t folded;
};

TEST(Encap, Folds) {
  const Fold cases[] = {
      {"nothing", 0, 0},
      {"one word", 0xffff, 0xffff},
      {"a carry", 0x1'0000, 1},
      {"a carry that carries", 0x1'ffff, 1},
      {"two words", 0x1234'5678, 0x68ac},
      {"all of 32 bits", 0xffff'ffff, 0xffff},
      {"carries of 32-bit words", 0x4'ffff'fffb, 0xffff},
      {"all of 64 bits", 0xffff'ffff'ffff'ffff, 0xffff},
  };
  for (const Fold& c : cases) EXPECT_EQ(vi_fold(c.sum), c.folded) << c.name;
}

TEST(Encap, TosOfBothFamilies) {
  for (int tos = 0; tos < 256; ++tos) {
    EXPECT_EQ(vi_inner_tos(4, 0x45, static_cast<uint8_t>(tos)), tos);
    const auto byte0 = static_cast<uint8_t>(0x60 | tos >> 4);
    const auto byte1 = static_cast<uint8_t>(tos << 4 | 0xf);
    EXPECT_EQ(vi_inner_tos(6, byte0, byte1), tos);
  }
}

TEST(Encap, EveryHeaderOfAStackIsRight) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 100'000; ++i) {
    const auto count = static_cast<uint32_t>(1 + random() % 71);  // to the deepest stack there is
    const auto inner_bytes = static_cast<uint32_t>(20 + random() % 60'000);
    const auto tos = static_cast<uint8_t>(random());
    const auto total = static_cast<uint16_t>(inner_bytes + VI_HEADER_BYTES * count);
    const auto index = static_cast<uint32_t>(random() % count);
    const bool six = index + 1 == count && random() % 2 == 0;
    const auto src = static_cast<uint32_t>(random());
    const auto dst = static_cast<uint32_t>(random());

    vi_header form;
    vi_header out;
    vi_template(&form, index, src, dst);
    vi_write_header(&out, &form, vi_packet_sum(tos, total), tos,
                    static_cast<uint16_t>(total - VI_HEADER_BYTES * index),
                    six ? VI_PROTO_IPV6 : VI_PROTO_IPV4);
    ASSERT_EQ(naive_checksum(out), 0) << i << ": header " << index << " of " << count;
    ASSERT_EQ(out.version_ihl, 0x45);
    ASSERT_EQ(out.tos, tos);
    ASSERT_EQ(ntohs(out.total_be), inner_bytes + VI_HEADER_BYTES * (count - index));
    ASSERT_EQ(out.id_be, 0);
    ASSERT_EQ(ntohs(out.frag_be), 0x4000);
    ASSERT_EQ(out.ttl, 64);
    ASSERT_EQ(out.protocol, six ? 41 : 4);
    ASSERT_EQ(out.src_be, src);
    ASSERT_EQ(out.dst_be, dst);
  }
}

TEST(Encap, ChecksumFollowsAChange) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    vi_header h = random_header(random);
    h.check_be = 0;
    h.check_be = static_cast<uint16_t>(~vi_header_sum(&h));
    uint16_t before;
    uint16_t after;
    std::memcpy(&before, &h, sizeof(before));
    h.tos = static_cast<uint8_t>(random());
    std::memcpy(&after, &h, sizeof(after));
    h.check_be = vi_check_update(h.check_be, before, after);
    ASSERT_EQ(naive_checksum(h), 0) << i;
  }
}

}  // namespace
