// tc over rtnetlink as the link layer needs it: clsact qdiscs, the shared block, bpf filters.
#pragma once

#include <string>
#include <vector>

#include "kernel/linux_netlink.h"

namespace vinet::kernel {

/// Where filters hang: the ingress or egress side of a device's clsact, or a block.
struct TcHook {
  static TcHook ingress(int ifindex);
  static TcHook egress(int ifindex);
  static TcHook block(uint32_t index);

  int ifindex = 0;
  uint32_t parent = 0;
};

struct ObservedFilter {
  std::string kind;
  std::string name;         ///< of a bpf filter: what it was attached as
  uint32_t program_id = 0;  ///< of a bpf filter
  uint32_t priority = 0;
};

/// Gives a device a clsact qdisc; its ingress is the block `ingress_block` if that is not 0.
/// Errors: already_exists if it has a clsact (or ingress) qdisc.
Status add_clsact(NetlinkSocket& socket, int ifindex, uint32_t ingress_block);
Status delete_clsact(NetlinkSocket& socket, int ifindex);

/// Puts a program on a hook in direct action mode, or replaces ours there in one step.
Status put_filter(NetlinkSocket& socket, const TcHook& hook, int program, const std::string& name);
/// Removes ours. Errors: not_found.
Status delete_filter(NetlinkSocket& socket, const TcHook& hook);
/// All filters on a hook; none if there is no such hook.
Result<std::vector<ObservedFilter>> list_filters(NetlinkSocket& socket, const TcHook& hook);

}  // namespace vinet::kernel
