// Random packets through both programs and the model: valid ones, and mutated, cut and padded ones.
// Verdict and bytes are compared for each, the counters after every thousand.
//
// VINET_SEED=n repeats a run, VINET_LONG=1 takes ten times as many.
#include <cstdlib>
#include <random>

#include "fixture.h"

namespace vinet::progrun {
namespace {

uint64_t seed() {
  const char* given = std::getenv("VINET_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 0) : 20031;
}

int rounds() {
  return std::getenv("VINET_LONG") != nullptr ? 1200 : 120;
}
constexpr int kPacketsARound = 1000;

class Random : public Programs {
 protected:
  void SetUp() override {
    Programs::SetUp();
    std::printf("seed %llu (VINET_SEED)\n", static_cast<unsigned long long>(seed()));
    generator.seed(seed());
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

  std::mt19937_64 generator;
};

TEST_F(Random, FromNodes) {
  // Links that differ in all that the program looks at.
  std::vector<model::Link> links = {link_to(kNear), link_to(kNoNeighbour, 1280),
                                    link_to(kBehindNarrow, 960), link_to(kNoRoute),
                                    link_to(kNear, 100)};
  links[1].ipv6 = false;
  links[4].stack.push_back({address(10, 1, 1, 1), address(10, 2, 2, 2)});
  const int no_link = static_cast<int>(links.size()) + 1;
  for (int round = 0; round < rounds(); ++round) {
    m.reset();
    for (size_t i = 0; i < links.size(); ++i)
      m.add_link(m.backside(static_cast<int>(i) + 1), link_of(links[i]));
    std::vector<vi_counters> counts(links.size() + 2);
    for (int k = 0; k < kPacketsARound; ++k) {
      SCOPED_TRACE(testing::Message() << "round " << round << " packet " << k);
      const Bytes packet = inner();
      const auto n = static_cast<int>(1 + below(no_link));
      const uint16_t ethertype =
          once_in(20) ? static_cast<uint16_t>(generator()) : ethertype_of_packet(packet);
      const Outcome got = send(packet, ethertype, n);
      std::variant<model::Sent, model::Dropped> expected = model::Dropped{VI_DROP_NO_LINK};
      if (n != no_link) expected = model::encapsulate(links[n - 1], ethertype, packet);
      if (n == 4 && std::holds_alternative<model::Sent>(expected))
        expected = model::Dropped{VI_DROP_NO_ROUTE};
      if (got.error == EINVAL && packet.size() < 40) continue;  // refused by the test run itself
      expect_same(expected, got);
      if (HasFailure()) return;
      if (const auto* dropped = std::get_if<model::Dropped>(&expected)) {
        ++counts[n].drops[dropped->reason];
      } else {
        ++counts[n].tx_packets;
        counts[n].tx_bytes += packet.size();
      }
    }
    for (int n = 1; n <= no_link; ++n) {
      const vi_counters real = m.counters(m.backside(n));
      ASSERT_EQ(real.tx_packets, counts[n].tx_packets) << "round " << round;
      ASSERT_EQ(real.tx_bytes, counts[n].tx_bytes) << "round " << round;
      for (int reason = 0; reason < VI_REASON_COUNT; ++reason)
        ASSERT_EQ(real.drops[reason], counts[n].drops[reason])
            << "round " << round << " " << reason;
    }
  }
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
      if (once_in(2)) mutate_headers(packet);
      if (once_in(8)) packet.resize(20 + below(packet.size() - 20));
      if (once_in(6)) packet.resize(packet.size() + below(60), byte());

      const auto expected = model::decapsulate(model, packet);
      const Outcome got = receive(packet);
      expect_same(expected, got, packet);
      if (HasFailure()) return;
      if (const auto* delivered = std::get_if<model::Delivered>(&expected)) {
        ++counts[delivered->backside].rx_packets;
        counts[delivered->backside].rx_bytes += delivered->packet.size();
      } else if (const auto* dropped = std::get_if<model::Dropped>(&expected)) {
        ++counts[dropped->backside].drops[dropped->reason];
      } else if (std::get<model::Passed>(expected).counted) {
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
}

}  // namespace
}  // namespace vinet::progrun
