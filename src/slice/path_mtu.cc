#include "slice/path_mtu.h"

#include <algorithm>

#include "plan/mtu.h"

namespace vinet::slice {

uint32_t path_mtu_of(const LinkEnd& end) {
  return end.whole_bytes + plan::kOverheadBytes;
}

void shrink_to_paths(Slice& slice, const PathMtus& paths) {
  if (paths.empty()) return;
  std::map<std::string, uint32_t> mtu_by_backside;
  for (LinkEnd& end : slice.link_ends) {
    const auto path = paths.find(end.base_destination);
    if (end.local || !end.on.empty() || path == paths.end()) continue;
    const uint32_t least =
        std::max(end.floor_bytes, end.ipv6 ? plan::kMinMtuIpv6 : plan::kMinMtuIpv4);
    const uint32_t fits =
        std::max(path->second, plan::kOverheadBytes + plan::kMinMtuIpv4) - plan::kOverheadBytes;
    if (fits >= end.mtu_bytes) continue;
    end.whole_bytes = fits;
    end.mtu_bytes = std::min(end.mtu_bytes, std::max(fits, least));
    mtu_by_backside[end.backside] = end.mtu_bytes;
  }
  for (Veth& veth : slice.veths) {
    const auto shrunk = mtu_by_backside.find(veth.b.name);
    if (veth.role != VethRole::kLink || shrunk == mtu_by_backside.end()) continue;
    // Where super-packets are off (lower.cc), their limit is the MTU.
    if (veth.a.gso_max_bytes == veth.a.mtu_bytes) veth.a.gso_max_bytes = shrunk->second;
    veth.a.mtu_bytes = shrunk->second;
    veth.b.mtu_bytes = shrunk->second;
  }
}

}  // namespace vinet::slice
