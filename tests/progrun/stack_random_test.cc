// Random worlds of links on nodes, and random packets through them: right ones, and such with
// forged headers at every layer. Verdict and bytes are compared with the model for each packet, the
// counters after each world. Siblings share addresses, links lead anywhere, also in circles.
//
// VINET_SEED=n repeats a run, VINET_LONG=1 takes sixteen times as many.
#include <cstdlib>
#include <random>

#include "stacks.h"

namespace vinet::progrun {
namespace {

constexpr int kNodes = 5;
constexpr int kUppers = 14;
constexpr int kPacketsAWorld = 500;

const char* name_of(vi_reason reason) {
  static const char* const kNames[] = {
#define VI_REASON_NAME(name, text) text,
      VI_REASONS(VI_REASON_NAME)
#undef VI_REASON_NAME
  };
  return kNames[reason];
}

class StackRandom : public Stacks {
 protected:
  void SetUp() override {
    const char* given = std::getenv("VINET_SEED");
    const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : 20034;
    std::printf("seed %llu (VINET_SEED)\n", static_cast<unsigned long long>(seed));
    generator.seed(seed);
  }
  void TearDown() override {
    for (const auto& [outcome, n] : met) std::printf("%10zu %s\n", n, outcome.c_str());
  }
  static int worlds() { return std::getenv("VINET_LONG") != nullptr ? 2400 : 150; }

  size_t below(size_t n) { return generator() % n; }
  bool once_in(size_t n) { return below(n) == 0; }
  uint8_t byte() { return static_cast<uint8_t>(generator()); }

  uint64_t some_node() { return node_at(static_cast<int>(below(kNodes))); }
  uint32_t some_address() { return address(10, 0, 0, static_cast<uint8_t>(below(8))); }

  void make_world(bool anchor_is_node) {
    model = {};
    ends_.clear();
    uppers.clear();
    counts.clear();
    Stacks::SetUp();
    for (int i = 1; i <= kUppers; ++i) {
      const model::Upper key = {some_node(), some_address(), some_address()};
      uppers.push_back(key);
      if (once_in(8)) {
        add_own(key.node, key.dst, end_of_layer(i));
        m.add_counters(end_of_layer(i));
      } else {
        add_upper(key, end_of_layer(i), some_node());
      }
    }
    if (!anchor_is_node) return;
    m.set_node(node_at(0));
    model.node = node_at(0);
  }

  /// Headers that mostly lead on from `node`.
  std::vector<model::Header> some_headers(uint64_t node, size_t most) {
    std::vector<model::Header> headers;
    for (size_t i = 0, n = below(most + 1); i < n; ++i) {
      model::Header header = {some_address(), some_address()};
      std::vector<std::pair<model::Upper, uint32_t>> ways;
      for (const auto& way : model.uppers)
        if (way.first.node == node) ways.push_back(way);
      if (!ways.empty() && !once_in(6)) {
        const auto& [key, backside] = ways[below(ways.size())];
        header = {key.src, key.dst};
        node = model.nodes[backside];
      }
      headers.push_back(header);
    }
    return headers;
  }
  Bytes inner() {
    const size_t bytes = 40 + below(400);
    if (once_in(2)) return ipv6(bytes, byte(), byte());
    return ipv4(bytes, byte(), once_in(4) ? 4 : byte());
  }

  static void mend(Bytes& p) {
    for (size_t at = 0; at + 20 <= p.size() && p[at] == 0x45; at += 20) {
      model::put16(p, at + 10, 0);
      model::put16(p, at + 10, model::checksum(p, at, 20));
      if (p[at + 9] != 4) break;
    }
  }
  // One field of one header, or of what is inside.
  void forge(Bytes& p, size_t headers) {
    const size_t header = 20 * below(headers + 1);
    if (header + 20 > p.size()) return;
    switch (below(6)) {
      case 0:
        p[header + below(20)] = byte();
        break;
      case 1:
        p[header + 9] = once_in(2) ? 41 : once_in(2) ? 4 : byte();
        break;
      case 2:
        model::put16(p, header + 2,
                     static_cast<uint16_t>(model::get16(p, header + 2) + below(3) - 1));
        break;
      case 3:
        model::put32(p, header + (once_in(2) ? 12 : 16), some_address());
        break;
      case 4:
        p[header + 6 + below(2)] = static_cast<uint8_t>(1U << below(8));
        break;
      default:
        p[header] = static_cast<uint8_t>(0x40 + below(16));
    }
    if (!once_in(3)) mend(p);
  }

  void note(const std::string& outcome) { ++met[outcome]; }
  void expect_counts() {
    counts[0];
    for (const auto& [backside, end] : ends_) counts[backside];
    for (const auto& [backside, expected] : counts) {
      const vi_counters real = m.counters(backside);
      ASSERT_EQ(real.tx_packets, expected.tx_packets) << backside;
      ASSERT_EQ(real.tx_bytes, expected.tx_bytes) << backside;
      ASSERT_EQ(real.rx_packets, expected.rx_packets) << backside;
      ASSERT_EQ(real.rx_bytes, expected.rx_bytes) << backside;
      for (int reason = 0; reason < VI_REASON_COUNT; ++reason)
        ASSERT_EQ(real.drops[reason], expected.drops[reason]) << backside << " " << reason;
    }
  }
  void expect_met(std::initializer_list<const char*> outcomes) {
    size_t all = 0;
    for (const auto& [outcome, n] : met) all += n;
    for (const char* outcome : outcomes) EXPECT_GT(met[outcome], all / 2000) << outcome;
  }

  std::vector<model::Upper> uppers;
  std::map<uint32_t, vi_counters> counts;
  std::map<std::string, size_t> met;
  std::mt19937_64 generator;
};

TEST_F(StackRandom, FromTheBaseAndOnNodes) {
  for (int world = 0; world < worlds(); ++world) {
    const bool anchor_is_node = world % 3 == 0;
    make_world(anchor_is_node);
    for (int k = 0; k < kPacketsAWorld; ++k) {
      SCOPED_TRACE(testing::Message() << "world " << world << " packet " << k);
      std::vector<model::Header> stack;
      if (!anchor_is_node) stack = {{kNear, kBaseAddress}, {kLinkThere, kLinkHere}};
      for (const model::Header& h : some_headers(node_at(0), 6)) stack.push_back(h);
      Bytes packet = wrapped(stack, inner());
      if (once_in(3)) {
        for (size_t at = 0; at < 20 * stack.size(); at += 20)
          packet[at + 1] = static_cast<uint8_t>(packet[at + 1] ^ below(4));
        mend(packet);
      }
      if (once_in(3)) forge(packet, stack.size());
      if (once_in(12)) packet.resize(20 + below(packet.size() - 20));
      if (once_in(8) && !anchor_is_node) packet.resize(packet.size() + below(40), byte());

      const uint16_t ethertype = ethertype_of_packet(packet);
      if (ethertype != kIpv4) continue;
      const model::Fate fate = check_in(packet);
      if (HasFailure()) return;
      if (const auto* delivered = std::get_if<model::Delivered>(&fate)) {
        vi_counters& count = counts[delivered->backside];
        ++count.rx_packets;
        count.rx_bytes += delivered->packet.size();
        note(delivered->packet.size() == packet.size() - 20 * stack.size() ? "to the top"
             : delivered->backside == m.backside(1)                        ? "to the bottom"
                                                                           : "between");
      } else if (const auto* dropped = std::get_if<model::Dropped>(&fate)) {
        ++counts[dropped->backside].drops[dropped->reason];
        note(name_of(dropped->reason));
      } else if (const auto* passed = std::get_if<model::Passed>(&fate)) {
        if (passed->counted) ++counts[0].drops[VI_DROP_NOT_OURS];
        note("passed");
      } else {
        note("link icmp");
      }
    }
    expect_counts();
    if (HasFailure()) return;
  }
  expect_met(
      {"to the top", "to the bottom", "between", "passed", "malformed", "unknown_key", "ecn"});
}

TEST_F(StackRandom, FromNodes) {
  for (int world = 0; world < worlds(); ++world) {
    make_world(world % 3 == 0);
    constexpr int kSender = 5;
    std::vector<model::Link> links(6);
    for (model::Link& link : links) {
      link.mtu_bytes = 300 + static_cast<uint32_t>(below(100));
      link.ipv6 = !once_in(6);
      link.no_route = once_in(8);
      link.node = some_node();
      link.check_source = once_in(2);
      link.block = {address(10, 0, 0, 0), once_in(2) ? 0xffff'ffff : 0xffff'fffe};
      if (link.node % 2 == 0) link.sources = {address(10, 0, 0, 1), address(10, 0, 0, 4)};
      uint64_t node = node_at(0);
      if (once_in(2)) {
        link.local = key_from_there();
      } else if (!once_in(3)) {
        const model::Upper key = uppers[below(uppers.size())];
        link.local = key;
        const auto end = model.uppers.find(key);
        if (end != model.uppers.end()) node = model.nodes[end->second];
      } else {
        link.stack = {{kBaseAddress, kNear}, {kLinkHere, kLinkThere}};
      }
      for (const model::Header& h : some_headers(node, once_in(4) ? 40 : 6))
        link.stack.push_back(h);
    }
    for (int k = 0; k < kPacketsAWorld; ++k) {
      SCOPED_TRACE(testing::Message() << "world " << world << " packet " << k);
      const model::Link& link = links[static_cast<size_t>(k) * links.size() / kPacketsAWorld];
      const std::vector<model::Header> above = some_headers(some_node(), 4);
      Bytes packet = wrapped(above, inner());
      if (once_in(3) && packet[0] >> 4 == 4) model::put32(packet, 12, some_address());
      mend(packet);
      if (once_in(4)) forge(packet, above.size());
      if (packet[0] >> 4 != 4 && packet[0] >> 4 != 6) continue;
      const auto fate = check_out(link, packet, kSender);
      if (HasFailure()) return;
      vi_counters& count = counts[m.backside(kSender)];
      const auto* dropped = std::get_if<model::Dropped>(&fate);
      if (dropped == nullptr || dropped->crossed) {
        ++count.tx_packets;
        count.tx_bytes += packet.size();
      }
      if (dropped != nullptr) {
        const uint32_t to = dropped->backside != 0 ? dropped->backside : m.backside(kSender);
        ++counts[to].drops[dropped->reason];
        note(name_of(dropped->reason));
      } else if (const auto* delivered = std::get_if<model::Delivered>(&fate)) {
        vi_counters& end = counts[delivered->backside];
        ++end.rx_packets;
        end.rx_bytes += delivered->packet.size();
        note(delivered->packet.size() > packet.size()   ? "suffix pushed"
             : delivered->packet.size() < packet.size() ? "popped"
                                                        : "handed over");
      } else {
        note("sent");
      }
    }
    expect_counts();
    if (HasFailure()) return;
  }
  expect_met({"sent", "handed over", "suffix pushed", "popped", "source", "no_route", "unknown_key",
              "malformed", "too_big", "not_ip"});
}

}  // namespace
}  // namespace vinet::progrun
