// Random packets through both programs and the model: valid ones, and mutated, cut and padded ones.
// Verdict and bytes are compared for each, the counters after every thousand. How often each
// outcome was met is printed, and each that can be met must have been.
//
// VINET_SEED=n repeats a run, VINET_LONG=1 takes sixteen times as many.
#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include "fixture.h"

namespace vinet::progrun {
namespace {

uint64_t seed() {
  const char* given = std::getenv("VINET_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 0) : 20031;
}

int rounds() {
  return std::getenv("VINET_LONG") != nullptr ? 2000 : 120;
}
constexpr int kPacketsARound = 1000;
constexpr size_t kBaseMtuBytes = 1500;

const char* name_of(vi_reason reason) {
  static const char* const kNames[] = {
#define VI_REASON_NAME(name, text) text,
      VI_REASONS(VI_REASON_NAME)
#undef VI_REASON_NAME
  };
  return kNames[reason];
}

class Random : public Programs {
 protected:
  void SetUp() override {
    Programs::SetUp();
    std::printf("seed %llu (VINET_SEED)\n", static_cast<unsigned long long>(seed()));
    generator.seed(seed());
  }

  void TearDown() override {
    for (const auto& [outcome, n] : met) std::printf("%10zu %s\n", n, outcome.c_str());
  }
  /// Each of these must have been met more than once in 5,000 packets.
  void expect_met(std::initializer_list<const char*> outcomes) {
    size_t all = 0;
    for (const auto& [outcome, n] : met) all += n;
    for (const char* outcome : outcomes) EXPECT_GT(met[outcome], all / 5000) << outcome;
  }

  size_t below(size_t n) { return generator() % n; }
  bool once_in(size_t n) { return below(n) == 0; }
  uint8_t byte() { return static_cast<uint8_t>(generator()); }

  size_t some_length() {
    switch (below(4)) {
      case 0:
        return 20 + below(60);
      case 1:
        return 1400 + below(100);
      default:
        return 40 + below(1600);
    }
  }

  // Mostly a right packet with any TOS and protocol; one in four has something wrong with it.
  Bytes inner() {
    const size_t bytes = some_length();
    const bool six = once_in(2);
    Bytes p = six ? ipv6(std::max<size_t>(bytes, 40), byte(), byte()) : ipv4(bytes, byte(), byte());
    if (!once_in(4)) return p;
    for (size_t i = 0, n = 1 + below(3); i < n; ++i)
      p[below(std::min<size_t>(p.size(), 40))] = byte();
    if (once_in(3)) p.resize(20 + below(p.size() - 19));
    return p;
  }

  void mutate_headers(Bytes& p) {
    for (size_t i = 0, n = 1 + below(3); i < n; ++i) {
      const size_t at = below(44);
      if (once_in(2))
        p[at] = byte();
      else
        p[at] = static_cast<uint8_t>(p[at] ^ (1U << below(8)));
    }
    if (!once_in(3)) mend_checksums(p);
  }

  /// Options in the base header, whatever they say.
  void add_options(Bytes& p) {
    const size_t words = 1 + below(10);
    p.insert(p.begin() + 20, 4 * words, byte());
    p[0] = static_cast<uint8_t>(0x45 + words);
    model::put16(p, 2, static_cast<uint16_t>(p.size()));
    model::put16(p, 10, 0);
    model::put16(p, 10, model::checksum(p, 0, 20 + 4 * words));
  }
  /// A fragment of a base packet, or what says it is one in its link header.
  void make_fragment(Bytes& p) {
    const size_t at = once_in(4) ? 26 : 6;
    const auto offset = static_cast<uint16_t>(once_in(2) ? 0 : 1 + below(0x1fff));
    model::put16(
        p, at,
        static_cast<uint16_t>((once_in(2) ? 0x2000 : 0) | (once_in(2) ? 0x4000 : 0) | offset));
    mend_checksums(p);
  }
  /// One of the four addresses is that of another link, of another place, or nobody's.
  void change_key(Bytes& p, const model::Key& other) {
    const size_t at[] = {12, 16, 32, 36};
    const uint32_t others[] = {other.base_src, other.base_dst, other.link_src, other.link_dst};
    const size_t field = below(4);
    const uint32_t value = once_in(2)   ? others[field]
                           : once_in(2) ? others[below(4)]
                                        : static_cast<uint32_t>(generator());
    model::put32(p, at[field], value);
    mend_checksums(p);
  }
  /// A header more, between base and link or before both, or one less.
  void change_depth(Bytes& p) {
    const auto header = [&](size_t at) {
      return Bytes(p.begin() + static_cast<long>(at), p.begin() + static_cast<long>(at) + 20);
    };
    if (once_in(2)) {
      const Bytes more = header(once_in(2) ? 0 : 20);
      p.insert(p.begin() + (once_in(2) ? 0 : 20), more.begin(), more.end());
    } else {
      p.erase(p.begin() + 20, p.begin() + 40);
    }
    model::put16(p, 2, static_cast<uint16_t>(p.size()));
    if (p.size() >= 40 && once_in(2)) model::put16(p, 22, static_cast<uint16_t>(p.size() - 20));
    mend_checksums(p);
  }

  // What is inside becomes ICMP of the link itself, mostly an echo.
  void make_icmp(Bytes& p) {
    p[29] = 1;
    p[40] = once_in(4) ? byte() : once_in(3) ? 0 : 8;
    p[41] = once_in(8) ? byte() : 0;
    mend_checksums(p);
  }

  std::map<std::string, size_t> met;
  std::mt19937_64 generator;
};

// Backsides 1 to 5 send to the base, 6 has loss, 7 leads to a node of this machine whose key is
// there in every other round, 8 has no entry.
TEST_F(Random, FromNodes) {
  std::vector<model::Link> links = {
      link_to(kNear),       link_to(kNoNeighbour, 1280), link_to(kBehindNarrow, 960),
      link_to(kNoRoute),    link_to(kNear, 100),         link_to(kNear),
      link_to(kBaseAddress)};
  links[1].ipv6 = false;
  links[4].stack.push_back({address(10, 1, 1, 1), address(10, 2, 2, 2)});
  constexpr int kUnroutable = 4, kLossy = 6, kLocal = 7, kNoLink = 8;
  constexpr uint32_t kLossOf4g = 1U << 30;
  const model::Key local_key = {kBaseAddress, kBaseAddress, kLinkHere, kLinkThere};
  links[kLocal - 1].local = local_key;
  links[kLocal - 1].stack.clear();
  for (int round = 0; round < rounds(); ++round) {
    m.reset();
    const uint64_t loss_seed = generator();
    uint64_t draws = 0;
    const bool key_there = round % 2 == 0;
    for (size_t i = 0; i < links.size(); ++i) {
      vi_link value = link_of(links[i]);
      if (i + 1 == kLossy) {
        value.loss_of_4g = kLossOf4g;
        value.seed = loss_seed;
      }
      m.add_link(m.backside(static_cast<int>(i) + 1), value);
    }
    m.add_shape(m.backside(kLossy), {});
    if (key_there) m.add_end(local_key, end_at(1));
    std::vector<vi_counters> counts(kNoLink + 1);
    for (int k = 0; k < kPacketsARound; ++k) {
      SCOPED_TRACE(testing::Message() << "round " << round << " packet " << k);
      const Bytes packet = inner();
      const auto n = static_cast<int>(1 + below(kNoLink));
      const uint16_t ethertype =
          once_in(20) ? static_cast<uint16_t>(generator()) : ethertype_of_packet(packet);
      const Outcome got = send(packet, ethertype, n);
      std::variant<model::Sent, model::Dropped> expected = model::Dropped{VI_DROP_NO_LINK};
      if (n != kNoLink) expected = model::encapsulate(links[n - 1], ethertype, packet);
      if (got.error == EINVAL && packet.size() < 40) continue;  // refused by the test run itself
      if (std::holds_alternative<model::Sent>(expected)) {
        if (n == kUnroutable) expected = model::Dropped{VI_DROP_NO_ROUTE};
        if (n == kLossy && model::lost(loss_seed, draws++, kLossOf4g))
          expected = model::Dropped{VI_DROP_LOSS};
        if (n == kLocal && !key_there) expected = model::Dropped{VI_DROP_UNKNOWN_KEY};
      }
      const auto* dropped = std::get_if<model::Dropped>(&expected);
      if (n == kLocal && dropped == nullptr) {
        ASSERT_EQ(got.verdict, kRedirect);
        ASSERT_EQ(got.frame, ethernet(kVlMac, kNeighbourMac, ethertype, packet));
        ++counts[1].rx_packets;
        counts[1].rx_bytes += packet.size();
      } else {
        expect_same(expected, got);
      }
      if (HasFailure()) return;
      ++met[dropped != nullptr ? name_of(dropped->reason) : n == kLocal ? "handed over" : "sent"];
      if (dropped != nullptr) {
        ++counts[n].drops[dropped->reason];
      } else {
        ++counts[n].tx_packets;
        counts[n].tx_bytes += packet.size();
      }
    }
    for (int n = 1; n <= kNoLink; ++n) {
      const vi_counters real = m.counters(m.backside(n));
      ASSERT_EQ(real.tx_packets, counts[n].tx_packets) << "round " << round;
      ASSERT_EQ(real.tx_bytes, counts[n].tx_bytes) << "round " << round;
      ASSERT_EQ(real.rx_packets, counts[n].rx_packets) << "round " << round;
      ASSERT_EQ(real.rx_bytes, counts[n].rx_bytes) << "round " << round;
      for (int reason = 0; reason < VI_REASON_COUNT; ++reason)
        ASSERT_EQ(real.drops[reason], counts[n].drops[reason])
            << "round " << round << " " << reason;
    }
  }
  expect_met({"sent", "handed over", "no_link", "not_ip", "malformed", "too_big", "no_route",
              "loss", "unknown_key"});
}

TEST_F(Random, FromTheBase) {
  // Four links from two machines; addresses close together, so that a changed bit often hits
  // another.
  const model::Key keys[] = {
      {kNear, kBaseAddress, kLinkThere, kLinkHere},
      {kNear, kBaseAddress, kLinkThere + 1, kLinkHere},
      {kNoNeighbour, kBaseAddress, kLinkThere, kLinkHere + 4},
      {kNear, kBaseAddress, kLinkThere, kLinkHere + 8},
  };
  const uint32_t own[] = {kLinkHere, kLinkHere + 4, kLinkHere + 8, kLinkHere + 16};
  model.ends.clear();
  model.own.clear();
  int place = 0;
  for (const model::Key& key : keys) model.ends[key] = m.backside(++place);
  place = 0;
  for (const uint32_t link_address : own) model.own[link_address] = m.backside(++place);

  for (int round = 0; round < rounds(); ++round) {
    m.reset();
    place = 0;
    for (const model::Key& key : keys) m.add_end(key, end_at(++place));
    place = 0;
    for (const uint32_t link_address : own) m.add_own(link_address, m.backside(++place));

    std::map<uint32_t, vi_counters> counts;
    for (int k = 0; k < kPacketsARound; ++k) {
      SCOPED_TRACE(testing::Message() << "round " << round << " packet " << k);
      const model::Key& key = keys[below(4)];
      const model::Link link = {
          {{key.base_src, key.base_dst}, {key.link_src, key.link_dst}}, 65'000, true};
      const Bytes inside = inner();
      const auto wrapped = model::encapsulate(link, ethertype_of_packet(inside), inside);
      if (!std::holds_alternative<model::Sent>(wrapped)) continue;
      Bytes packet = std::get<model::Sent>(wrapped).packet;
      if (once_in(3)) {
        packet[1] = byte();
        packet[21] = byte();
        mend_checksums(packet);
      }
      if (once_in(8)) make_icmp(packet);
      if (once_in(12)) add_options(packet);
      if (once_in(12)) make_fragment(packet);
      if (once_in(8)) change_key(packet, keys[below(4)]);
      if (once_in(20)) change_depth(packet);
      if (once_in(3)) mutate_headers(packet);
      if (once_in(8)) packet.resize(20 + below(packet.size() - 20));
      if (once_in(6)) packet.resize(packet.size() + below(60), byte());

      model::Fate expected = model::decapsulate(model, packet);
      const auto* answered = std::get_if<model::Answered>(&expected);
      const bool is_answer = answered != nullptr;
      if (answered != nullptr && answered->packet.size() > kBaseMtuBytes && key.base_src == kNear) {
        expected = model::Dropped{VI_DROP_TOO_BIG, answered->backside};
      }
      const Outcome got = receive(packet);
      expect_same(expected, got, packet);
      if (HasFailure()) return;
      const auto* drop = std::get_if<model::Dropped>(&expected);
      const auto* passed = std::get_if<model::Passed>(&expected);
      ++met[drop != nullptr                                  ? name_of(drop->reason)
            : is_answer                                      ? "answered"
            : std::holds_alternative<model::Heard>(expected) ? "heard"
            : passed == nullptr                              ? "delivered"
            : passed->counted                                ? "not_ours"
                                                             : "passed"];
      if (const auto* delivered = std::get_if<model::Delivered>(&expected)) {
        ++counts[delivered->backside].rx_packets;
        counts[delivered->backside].rx_bytes += delivered->packet.size();
      } else if (const auto* dropped = std::get_if<model::Dropped>(&expected)) {
        ++counts[dropped->backside].drops[dropped->reason];
      } else if (passed != nullptr && passed->counted) {
        ++counts[0].drops[VI_DROP_NOT_OURS];
      }
    }
    for (const uint32_t at :
         {uint32_t{0}, m.backside(1), m.backside(2), m.backside(3), m.backside(4)}) {
      const vi_counters real = m.counters(at);
      ASSERT_EQ(real.rx_packets, counts[at].rx_packets) << "round " << round;
      ASSERT_EQ(real.rx_bytes, counts[at].rx_bytes) << "round " << round;
      for (int reason = 0; reason < VI_REASON_COUNT; ++reason)
        ASSERT_EQ(real.drops[reason], counts[at].drops[reason])
            << "round " << round << " " << reason;
    }
  }
  expect_met({"delivered", "passed", "not_ours", "malformed", "fragment", "unknown_key", "ecn"});
}

}  // namespace
}  // namespace vinet::progrun
