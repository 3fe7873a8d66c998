// Run times by BPF_PROG_TEST_RUN with many repetitions. A repeated push would make the packet
// longer each time, so what is timed are runs that leave the packet as it is: a stranger's packet,
// and the drops at the end of each check.
#include "bench.h"

#include <cstdio>

#include "frames.h"

namespace vinet::progrun {

int bench() {
  Machine& m = Machine::instance();
  m.reset();
  m.add_link(m.backside(1), link_of(link_to(kNear)));
  m.add_own(kLinkHere, m.backside(1));
  const Bytes stranger = ethernet(m.base_mac(), kNextHopMac, kIpv4, ipv4(100, 0, 6));
  const Bytes forged = ethernet(m.base_mac(), kNextHopMac, kIpv4, from_there(ipv4(100)));
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
      {"dropped as too big", "vi_backside", m.backside(1), too_big},
  };
  for (const Timing& t : timings)
    std::printf("%-32s %5u ns\n", t.name, m.time_ns(t.program, t.ifindex, t.frame, 1'000'000));
  return 0;
}

}  // namespace vinet::progrun
