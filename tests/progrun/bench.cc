// Run times of the programs: by many repetitions in one call where a run leaves the packet as it is
// (a stranger's packet, drops at the end of the checks), and by the kernel's own count of single
// runs where it does not (push and pop, by depth). The latter are slower, their caches being cold.
#include "bench.h"

#include <algorithm>
#include <cstdio>

#include "frames.h"

namespace vinet::progrun {
namespace {

constexpr int kRounds = 7;
constexpr int kRuns = 3000;

double median(const auto& measure) {
  std::vector<double> rounds;
  for (int i = 0; i < kRounds; ++i) rounds.push_back(measure());
  std::sort(rounds.begin(), rounds.end());
  return rounds[kRounds / 2];
}

vi_end end_to(uint64_t node, uint32_t backside) {
  vi_end end{};
  end.node = node;
  end.backside = backside;
  return end;
}

// Depth n: base and link header, and n - 1 of internets above.
void bench_depths() {
  Machine& m = Machine::instance();
  std::printf("%6s %12s %12s %12s\n", "depth", "push ns", "pop ns", "local ns");
  m.reset();
  m.add_own(kLinkHere, m.backside(1));
  m.add_end(key_from_there(), end_to(1, m.backside(1)));
  std::vector<model::Header> above;
  for (uint32_t i = 1; i < 70; ++i) {
    above.push_back({address(10, 0, 0, 2) + (i << 8), address(10, 0, 0, 1) + (i << 8)});
    m.add_own(i, above.back().dst, m.backside(2));
    m.add_end(model::Upper{i, above.back().src, above.back().dst}, end_to(i + 1, m.backside(2)));
  }
  for (const long depth : {1, 2, 3, 4, 8, 16, 45, 70}) {
    model::Link out = link_to(kNear, 80);
    out.stack.insert(out.stack.end(), above.begin(), above.begin() + depth - 1);
    m.add_link(m.backside(3), out);
    model::Link in = {{{kNear, kBaseAddress}, {kLinkThere, kLinkHere}}, 65'000};
    in.stack.insert(in.stack.end(), above.begin(), above.begin() + depth - 1);
    model::Link local = {{above.begin(), above.begin() + depth - 1}, 80};
    local.local = key_from_there();
    m.add_link(m.backside(4), local);

    const Bytes inner = ipv4(60, 0, 17);
    const Bytes sent = ethernet({2}, {2}, kIpv4, inner);
    const Bytes received =
        ethernet(m.base_mac(), kNextHopMac, kIpv4,
                 std::get<model::Sent>(model::encapsulate(in, kIpv4, inner)).packet);
    std::printf("%6ld %12.0f %12.0f %12u\n", depth,
                median([&] { return m.run_ns("vi_backside", m.backside(3), sent, kRuns); }),
                median([&] { return m.run_ns("vi_base", m.base(), received, kRuns); }),
                m.time_ns("vi_backside", m.backside(4), sent, 200'000));
  }
}

}  // namespace

int bench() {
  Machine& m = Machine::instance();
  m.reset();
  m.add_link(m.backside(1), link_of(link_to(kNear)));
  m.add_own(kLinkHere, m.backside(1));
  const Bytes stranger = ethernet(m.base_mac(), kNextHopMac, kIpv4, ipv4(100, 0, 6));
  const Bytes forged = ethernet(m.base_mac(), kNextHopMac, kIpv4, from_there(ipv4(100)));
  m.add_own(kLinkHere + 4, m.backside(2));
  m.add_end({kNear, kBaseAddress, kLinkThere, kLinkHere + 4}, end_to(1, m.backside(2)));
  Bytes congested = from_there(ipv4(100));  // outside, and not capable inside
  congested[39] += 4;
  congested[21] = 3;
  mend_checksums(congested);
  congested = ethernet(m.base_mac(), kNextHopMac, kIpv4, congested);
  const Bytes too_big = ethernet({2}, {2}, kIpv4, ipv4(1461));
  struct Timing {
    const char* name;
    const char* program;
    uint32_t ifindex;
    const Bytes& frame;
  };
  const Timing timings[] = {
      {"stranger's packet", "vi_base", m.base(), stranger},
      {"all header checks, unknown key", "vi_base", m.base(), forged},
      {"all of a pop but the pop", "vi_base", m.base(), congested},
      {"dropped as too big", "vi_backside", m.backside(1), too_big},
  };
  for (const Timing& t : timings)
    std::printf("%-32s %5u ns\n", t.name, m.time_ns(t.program, t.ifindex, t.frame, 1'000'000));
  bench_depths();
  return 0;
}

}  // namespace vinet::progrun
