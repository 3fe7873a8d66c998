#include "plan/share.h"

#include <fmt/format.h>

#include "net/objects.h"
#include "support/hash.h"
#include "support/units.h"

namespace vinet::plan {

uint16_t share_id(const std::string& internet) {
  constexpr uint64_t kNumbers = 0xfff0 - net::kFirstShare;
  return static_cast<uint16_t>(net::kFirstShare + stable_hash(internet) % kNumbers);
}

void check_shares(const graph::Internet& internet, const BasePlan& base,
                  const Surroundings& surroundings, const Features& features,
                  Diagnostics& diagnostics) {
  if (internet.share_bps == 0) return;
  if (surroundings.lower != nullptr) {
    diagnostics.error(internet.span,
                      fmt::format("a `share` of internet '{}', which stands on internet '{}'",
                                  internet.name, surroundings.lower->name),
                      "only the lowest internet of a stack has one: give it to that");
    return;
  }
  if (base.fleet) {
    diagnostics.error(internet.span,
                      fmt::format("a `share` of internet '{}' on fleet '{}' is not supported yet",
                                  internet.name, base.name),
                      "shares are of links of a lab, whose rates are known");
    return;
  }
  if (!features.htb) {
    diagnostics.error(
        internet.span,
        "`share` needs the kernel's htb queueing discipline, which this kernel does not have");
    return;
  }
  uint64_t sum_bps = internet.share_bps;
  std::string others;
  for (const InternetPlan* other : surroundings.others) {
    if (other->share_bps == 0) continue;
    sum_bps += other->share_bps;
    others += fmt::format(", {} has {}", other->name, to_string(Rate{other->share_bps}));
    if (share_id(other->name) != share_id(internet.name)) continue;
    diagnostics.error(internet.span,
                      fmt::format("the shares of '{}' and '{}' would have the same number in the "
                                  "kernel",
                                  internet.name, other->name),
                      "give one of them another name");
  }
  for (const BaseLinkPlan& link : base.links) {
    if (link.rate_bps == 0) {
      diagnostics.error(internet.span,
                        fmt::format("a share of link '{}' of base '{}', which has no `rate`",
                                    link.name, base.name),
                        "give it one: what is shared must be known");
    } else if (sum_bps > link.rate_bps) {
      diagnostics.error(internet.span,
                        fmt::format("shares of {} on link '{}' of base '{}', whose rate is {}",
                                    to_string(Rate{sum_bps}), link.name, base.name,
                                    to_string(Rate{link.rate_bps})),
                        fmt::format("'{}' asks for {}{}", internet.name,
                                    to_string(Rate{internet.share_bps}), others));
    }
  }
}

}  // namespace vinet::plan
