// Blocks of a capture file, byte by byte (draft-ietf-opsawg-pcapng §4).
#include "capture/pcapng.h"

#include <gtest/gtest.h>

namespace vinet::capture {
namespace {

/// Bytes from hex digits; blanks are for people.
std::string bytes(std::string_view hex) {
  std::string out, digits;
  for (const char c : hex) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    out += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return out;
}

std::string hex(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(text[i]));
    out += digits;
    if (i % 4 == 3) out += ' ';
  }
  return out;
}

#define EXPECT_BYTES(got, want) EXPECT_EQ(hex(got), hex(bytes(want)))

TEST(Pcapng, ASectionWithoutTextsHasNoOptions) {
  std::string out;
  put_section({}, out);
  EXPECT_BYTES(out, "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffff ffffffff 1c000000");
}

TEST(Pcapng, TextsArePaddedAndEndWithAnEmptyOption) {
  std::string out;
  put_section({"Linux", "", "abcd"}, out);
  EXPECT_BYTES(out,
               "0a0d0d0a 34000000 4d3c2b1a 0100 0000 ffffffff ffffffff"
               "0100 0400 61626364"           // comment
               "0300 0500 4c696e75 78000000"  // operating system, 5 bytes and 3 of padding
               "00000000 34000000");
}

TEST(Pcapng, AnInterface) {
  std::string out;
  Interface interface;
  interface.name = "a.A-B at A";
  interface.description = "end";
  interface.filter = "ip";
  interface.snap_bytes = 96;
  interface.speed_bps = 1'000'000;
  interface.mac = net::Mac{{2, 3, 4, 5, 6, 7}};
  put_interface(interface, out);
  EXPECT_BYTES(out,
               "01000000 58000000 0100 0000 60000000"
               "0200 0a00 612e412d 42206174 20410000"  // name
               "0300 0300 656e6400"                    // description
               "0600 0600 02030405 06070000"           // MAC
               "0800 0800 40420f00 00000000"           // bit/s
               "0900 0100 09000000"                    // 10⁻⁹ s
               "0b00 0300 00697000"                    // filter
               "00000000 58000000");
}

TEST(Pcapng, NamesOfBothFamilies) {
  std::string out;
  net::Ipv6 six;
  six.bytes[0] = 0xfd;
  six.bytes[15] = 1;
  put_names({{net::Ipv4{0x0a000001}, "a.A"}, {six, "a.BC"}}, out);
  EXPECT_BYTES(out,
               "04000000 38000000"
               "0100 0800 0a000001 612e4100"
               "0200 1500 fd000000 00000000 00000000 00000001 612e4243 00000000"
               "00000000 38000000");
}

TEST(Pcapng, ManyNamesAreManyBlocks) {
  std::string out;
  put_names({}, out);
  EXPECT_EQ(out, "");
  std::vector<NameRecord> names;
  for (uint32_t i = 0; i < 501; ++i) names.push_back({net::Ipv4{i}, "n"});
  put_names(names, out);
  size_t blocks = 0;
  for (size_t at = 0; at < out.size(); ++blocks) {
    const auto length = static_cast<unsigned char>(out[at + 4]) |
                        static_cast<unsigned>(static_cast<unsigned char>(out[at + 5])) << 8;
    ASSERT_GE(length, 12U);
    EXPECT_EQ(out.substr(at + 4, 4), out.substr(at + length - 4, 4));
    at += length;
  }
  EXPECT_EQ(blocks, 2U);
}

TEST(Pcapng, APacketWithItsDirection) {
  std::string out;
  put_packet({3, 0x0102030405060708, 1500, Direction::kOut, Reception::kMulticast}, "12345", out);
  EXPECT_BYTES(out,
               "06000000 34000000 03000000 04030201 08070605"  // time: upper half first
               "05000000 dc050000 31323334 35000000"
               "0200 0400 0a000000"  // out, multicast
               "00000000 34000000");
}

TEST(Pcapng, APacketOfWhichNothingIsKnown) {
  std::string out;
  put_packet({0, 1, 0, {}, {}}, "1234", out);
  EXPECT_BYTES(out,
               "06000000 24000000 00000000 00000000 01000000 04000000 04000000 31323334 24000000");
}

TEST(Pcapng, StatisticsOfAnInterface) {
  std::string out;
  put_statistics({1, 0x100000002, 0x300000004, 5, 7, 2}, out);
  EXPECT_BYTES(out,
               "05000000 58000000 01000000 03000000 04000000"
               "0200 0800 01000000 02000000"
               "0300 0800 03000000 04000000"
               "0400 0800 07000000 00000000"  // received
               "0700 0800 02000000 00000000"  // dropped
               "0800 0800 05000000 00000000"  // stored
               "00000000 58000000");
}

TEST(Pcapng, ALongTextIsCutBetweenCharacters) {
  std::string out, text(65'531, 'x');
  text += "é";  // two bytes, one too many
  put_section({"", "", text}, out);
  EXPECT_EQ(out.substr(24, 4), bytes("0100 fbff"));
  EXPECT_EQ(out.size(), 28U + 65'532 + 4 + 4);
}

TEST(Pcapng, EveryBlockIsAMultipleOfFourLong) {
  for (size_t n = 0; n < 9; ++n) {
    std::string out;
    put_packet({0, 0, 0, Direction::kIn, {}}, std::string(n, 'x'), out);
    put_section({std::string(n, 'x'), "", ""}, out);
    put_names({{net::Ipv4{}, std::string(n, 'x')}}, out);
    EXPECT_EQ(out.size() % 4, 0U) << n;
  }
}

}  // namespace
}  // namespace vinet::capture
