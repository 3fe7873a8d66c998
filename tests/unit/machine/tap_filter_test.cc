// The filter of a tap, run by the kernel on a pair of sockets: it leaves out only what the sorter
// would.
#include "machine/tap_filter.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "capture/sorter.h"
#include "support/fd.h"
#include "unit/capture/frames.h"

namespace vinet::machine {
namespace {

using namespace capture::testing;
using capture::Headers;
using capture::Tap;

constexpr net::Ipv4 X{0xc0a80001}, Y{0xc0a80002}, q{0xac100000}, r{0xac100001}, s{0xac100002};

/// Does the kernel hand the frame over?
bool passes(std::vector<sock_filter> filter, const std::string& frame) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) ADD_FAILURE() << "no sockets";
  const Fd out(ends[0]), in(ends[1]);
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  EXPECT_EQ(setsockopt(in.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
  // A filter that leaves a packet out makes this fail.
  send(out.get(), frame.data(), frame.size(), MSG_DONTWAIT);
  std::string got(frame.size() + 1, '\0');
  const ssize_t n = recv(in.get(), got.data(), got.size(), MSG_DONTWAIT);
  if (n < 0) return false;
  EXPECT_EQ(got.substr(0, static_cast<size_t>(n)), frame);
  return true;
}

Tap tap_for(const std::vector<Headers>& keys) {
  Tap tap;
  for (const Headers& key : keys) tap.claims.push_back({key, 0});
  return tap;
}

TEST(TapFilter, PassesWhatMayBeWanted) {
  const auto filter = tap_filter(tap_for({{{X, Y}, {q, r}}, {{X, Y}, {q, s}, {r, q}}}));
  const std::string inside = frame({{q, r}, {X, X}}).substr(14);
  Ip options{{X, Y}};
  options.options = 4;
  const std::string quoted = frame({{X, Y}, {q, r}}).substr(14);
  const std::vector<std::pair<std::string, bool>> cases = {
      {frame({{X, Y}, {q, r}}), true},
      {frame({{Y, X}, {r, q}, {X, X}}), true},
      {frame({{X, Y}, {q, s}, {r, q}}), true},
      {frame({{Y, X}, {s, q}, {q, r}}), true},
      {frame({{X, Y}, {q, s}, {r, s}}), false},
      {frame({{X, Y}, {r, q}}), false},
      {frame({{Y, X}, {q, r}}), false},
      {frame({{X, X}, {q, r}}), false},
      {frame({{X, Y}}), false},  // UDP
      {icmp_error({Y, X}, 3, quoted), true},
      {ethernet(packet(options, inside)), true},
      {ethernet(packet({{X, Y}, 4, 7, 0x0004}, "rest of a fragment")), true},
      {ethernet(packet({{X, Y}, 4, 7, 0x2000}, inside)), true},
      {ethernet(inside, 0x86dd), false},
      {frame({{X, Y}, {q, r}}).substr(0, 50), false},
      {"", false},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].first.empty()) continue;  // no datagram
    EXPECT_EQ(passes(filter, cases[i].first), cases[i].second) << "case " << i;
  }
}

TEST(TapFilter, NothingIsLeftOutThatTheSorterWants) {
  const Tap tap = tap_for({{{X, Y}, {q, r}}});
  const auto filter = tap_filter(tap);
  const net::Ipv4 addresses[] = {X, Y, q, r};
  for (const net::Ipv4 a : addresses) {
    for (const net::Ipv4 b : addresses) {
      for (const net::Ipv4 c : addresses) {
        for (const net::Ipv4 d : addresses) {
          capture::Sorter sorter;
          sorter.add(tap.claims[0].key, 0);
          const std::string one = frame({{a, b}, {c, d}});
          EXPECT_EQ(passes(filter, one), sorter.interface_of(one).has_value());
        }
      }
    }
  }
}

TEST(TapFilter, AHeaderUnderOthersIsMatchedAtItsDepth) {
  for (const size_t depth : {0U, 1U, 2U, 45U, 69U}) {
    Tap tap;
    tap.claims.push_back({{{q, r}}, 0, std::vector<capture::HeaderSet>(depth)});
    const auto filter = tap_filter(tap);
    const auto under = [](size_t others, const capture::Header& own) {
      Headers headers(others, {X, Y});
      headers.push_back(own);
      headers.push_back({X, X});  // a packet inside
      return frame(headers);
    };
    EXPECT_TRUE(passes(filter, under(depth, {q, r}))) << depth;
    EXPECT_TRUE(passes(filter, under(depth, {r, q}))) << depth;
    EXPECT_FALSE(passes(filter, under(depth, {r, s}))) << depth;
    EXPECT_FALSE(passes(filter, under(depth + 1, {q, r}))) << depth;
  }
  // In a node, IPv6 may be right inside.
  Tap tap;
  tap.claims.push_back({{{q, r}}, 0, {}});
  Ip outer{{q, r}};
  outer.protocol = 41;
  EXPECT_TRUE(passes(tap_filter(tap), ethernet(packet(outer, "six"))));
}

TEST(TapFilter, WhoWantsAllOrTooMuchHasNone) {
  Tap all = tap_for({{{X, Y}, {q, r}}});
  all.rest = 1;
  EXPECT_TRUE(tap_filter(all).empty());
  EXPECT_TRUE(tap_filter(tap_for(std::vector<Headers>(300, {{X, Y}, {q, r}}))).empty());
  EXPECT_TRUE(tap_filter(tap_for({Headers(61, {X, Y})})).empty());
  // Long ones are taken by the kernel, within its limit of memory for options of a socket.
  EXPECT_TRUE(passes(tap_filter(tap_for(std::vector<Headers>(30, {{X, Y}, {q, r}}))),
                     frame({{X, Y}, {q, r}})));
  const Headers deep(60, {X, Y});
  EXPECT_TRUE(passes(tap_filter(tap_for({deep})), frame(deep)));
}

}  // namespace
}  // namespace vinet::machine
