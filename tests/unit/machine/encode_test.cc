// Link ends as map entries: against bytes that are put together here by hand, and back.
#include "machine/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

namespace vinet::machine {
namespace {

using Header = std::array<uint8_t, VI_HEADER_BYTES>;

/// Gives an end of the first layer its way, as slice::lower does.
void lead(slice::LinkEnd& end) {
  end.way = {};
  const slice::Header link{end.link_source, end.link_destination};
  if (end.local) {
    end.way.inside = true;
    end.way.inside_base = end.base_source;
    end.way.inside_link = link;
    end.base_destination = end.base_source;
  } else {
    end.way.headers = {{end.base_source, end.base_destination}, link};
  }
}

NodeNames names() {
  NodeNames names;
  for (const char* name : {"one.a", "one.b", "lower.a", "lower.b"}) names[node_number(name)] = name;
  return names;
}

slice::LinkEnd some_end() {
  slice::LinkEnd end;
  end.node = "one.a";
  end.backside = "v0123456789abcd";
  end.base_source = {0xc0a80001};
  end.base_destination = {0xc0a80002};
  end.link_source = {0xac100700};
  end.link_destination = {0xac100701};
  end.mtu_bytes = 1460;
  end.mac = net::mac_from("one");
  end.neighbour_mac = net::mac_from("other");
  lead(end);
  return end;
}

/// RFC 1071, word by word, over a complete header: 0 if its checksum is right.
uint16_t naive_remainder(const Header& header) {
  uint32_t sum = 0;
  for (size_t i = 0; i < header.size(); i += 2) sum += uint32_t{header[i]} * 256 + header[i + 1];
  while (sum > 0xffff) sum = sum % 0x10000 + sum / 0x10000;
  return static_cast<uint16_t>(~sum);
}

/// What the program does for each packet: V = TOS + total length of the outermost; check = ~fold(P
/// + V).
Header complete(const uint8_t (&ready)[VI_HEADER_BYTES], size_t index, uint8_t tos,
                uint16_t outer_total) {
  Header header;
  std::copy(std::begin(ready), std::end(ready), header.begin());
  uint32_t sum = uint32_t{header[10]} * 256 + header[11] + tos + outer_total;
  while (sum > 0xffff) sum = sum % 0x10000 + sum / 0x10000;
  const auto check = static_cast<uint16_t>(~sum);
  const auto total = static_cast<uint16_t>(outer_total - VI_HEADER_BYTES * index);
  header[1] = tos;
  header[2] = static_cast<uint8_t>(total / 256);
  header[3] = static_cast<uint8_t>(total % 256);
  header[10] = static_cast<uint8_t>(check / 256);
  header[11] = static_cast<uint8_t>(check % 256);
  return header;
}

TEST(Encode, headers_are_those_of_rfc_2003) {
  const LinkEntries entries = encode(some_end(), 7);
  ASSERT_EQ(entries.link.header_count, 2);
  const Header base = complete(entries.link.headers[0], 0, 0, 1500);
  const Header link = complete(entries.link.headers[1], 1, 0, 1500);
  EXPECT_EQ(base, (Header{0x45,     0,        1500 / 256, 1500 % 256, 0, 0, 0x40, 0,   64, 4,
                          base[10], base[11], 192,        168,        0, 1, 192,  168, 0,  2}));
  EXPECT_EQ(link, (Header{0x45,     0,        1480 / 256, 1480 % 256, 0, 0, 0x40, 0,  64, 4,
                          link[10], link[11], 172,        16,         7, 0, 172,  16, 7,  1}));
}

TEST(Encode, checksums_are_right_for_every_packet) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    slice::LinkEnd end = some_end();
    for (net::Ipv4* address :
         {&end.base_source, &end.base_destination, &end.link_source, &end.link_destination}) {
      address->bits = static_cast<uint32_t>(random());
    }
    lead(end);
    const LinkEntries entries = encode(end, 7);
    const auto total = static_cast<uint16_t>(60 + random() % 65000);
    for (size_t i = 0; i < 2; ++i) {
      ASSERT_EQ(naive_remainder(
                    complete(entries.link.headers[i], i, static_cast<uint8_t>(random()), total)),
                0)
          << "round " << round << " header " << i;
    }
  }
}

TEST(Encode, key_is_what_arrives_and_template_is_what_leaves) {
  const LinkEntries entries = encode(some_end(), 7);
  EXPECT_EQ(from_be(entries.link.key.base_src_be), net::Ipv4{0xc0a80001});
  EXPECT_EQ(from_be(entries.base_key().base_src_be), net::Ipv4{0xc0a80002});
  EXPECT_EQ(from_be(entries.base_key().base_dst_be), net::Ipv4{0xc0a80001});
  EXPECT_EQ(from_be(entries.base_key().link_src_be), net::Ipv4{0xac100701});
  EXPECT_EQ(from_be(entries.base_key().link_dst_be), net::Ipv4{0xac100700});
  EXPECT_EQ(from_be(entries.own.addr_be), net::Ipv4{0xac100700});
  EXPECT_EQ(entries.end.backside, 7u);
  EXPECT_EQ(mac_of(entries.end.vl_mac), some_end().mac);
  EXPECT_EQ(mac_of(entries.end.neighbour_mac), some_end().neighbour_mac);
}

TEST(Encode, two_ends_of_a_link_fit_each_other) {
  slice::LinkEnd one = some_end(), other = some_end();
  std::swap(other.base_source, other.base_destination);
  std::swap(other.link_source, other.link_destination);
  lead(other);
  EXPECT_TRUE(same(encode(one, 7).link.key, encode(other, 9).base_key()));
  EXPECT_TRUE(same(encode(other, 9).link.key, encode(one, 7).base_key()));
}

TEST(Encode, link_inside_a_machine_pushes_nothing) {
  slice::LinkEnd end = some_end();
  end.local = true;
  end.base_destination = end.base_source;
  lead(end);
  const LinkEntries entries = encode(end, 7);
  EXPECT_EQ(entries.link.header_count, 0);
  EXPECT_EQ(entries.link.flags, VI_LINK_LOCAL);
  EXPECT_EQ(mac_of(entries.link.vl_mac), end.neighbour_mac);
}

TEST(Encode, nothing_is_lost_on_the_way_back) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 20'000; ++round) {
    slice::LinkEnd end = some_end();
    end.link_source.bits = static_cast<uint32_t>(random());
    end.mtu_bytes = static_cast<uint32_t>(random() % 65536);
    end.rate_bps = random() % 3 == 0 ? 0 : random() % 400'000'000'000 / 8 * 8;
    end.loss_ppb = static_cast<uint32_t>(random() % 1'000'000'001);
    end.ipv6 = random() % 2 == 0;
    end.local = random() % 2 == 0;
    lead(end);
    const LinkEntries entries = encode(end, 7);
    ASSERT_EQ(decode(end.backside, entries, names()), end) << "round " << round;
  }
}

TEST(Encode, loss_of_nothing_and_of_everything) {
  slice::LinkEnd end = some_end();
  EXPECT_EQ(encode(end, 7).link.loss_of_4g, 0u);
  end.loss_ppb = 1'000'000'000;
  EXPECT_EQ(encode(end, 7).link.loss_of_4g, 0xffffffffu);
  end.loss_ppb = 500'000'000;
  EXPECT_EQ(encode(end, 7).link.loss_of_4g, 0x80000000u);
}

TEST(Encode, a_burst_holds_two_super_packets) {
  slice::LinkEnd end = some_end();
  EXPECT_EQ(encode(end, 7).link.burst_bytes, 0u);
  end.rate_bps = 8'000'000;
  EXPECT_EQ(encode(end, 7).link.burst_bytes, 131072u);
  end.rate_bps = 8'000'000'000;
  EXPECT_EQ(encode(end, 7).link.burst_bytes, 10'000'000u);
}

TEST(Encode, altered_entries_are_seen) {
  const LinkEntries good = encode(some_end(), 7);
  for (size_t byte = 0; byte < sizeof(vi_link); ++byte) {
    LinkEntries altered = good;
    reinterpret_cast<uint8_t*>(&altered.link)[byte] ^= 0x10;
    const slice::LinkEnd seen = decode(some_end().backside, altered, names());
    const bool accepted = seen == some_end() && same(encode(seen, 7), altered);
    EXPECT_FALSE(accepted) << "byte " << byte;
  }
}

}  // namespace
}  // namespace vinet::machine
