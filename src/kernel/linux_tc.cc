// clsact, blocks and cls_bpf. A filter of ours is known by its priority and handle, which never
// change, so that putting it again replaces the program in one step: no packet sees the hook
// without one.
#include "kernel/linux_tc.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "vi_abi.h"

namespace vinet::kernel {
namespace {

constexpr uint32_t kFilterHandle = 1;

NetlinkMessage tc_message(uint16_t type, uint16_t flags, const TcHook& hook) {
  NetlinkMessage message(type, flags);
  auto& header = message.header<tcmsg>();
  header.tcm_family = AF_UNSPEC;
  header.tcm_ifindex = hook.ifindex;
  header.tcm_parent = hook.parent;
  return message;
}

NetlinkMessage filter_message(uint16_t type, uint16_t flags, const TcHook& hook) {
  NetlinkMessage message = tc_message(type, flags, hook);
  auto* header = static_cast<tcmsg*>(mnl_nlmsg_get_payload(message.raw()));
  header->tcm_handle = kFilterHandle;
  header->tcm_info = TC_H_MAKE(VI_FILTER_PRIO << 16, htons(ETH_P_ALL));
  message.put_text(TCA_KIND, "bpf");
  return message;
}

NetlinkMessage clsact_message(uint16_t type, uint16_t flags, int ifindex) {
  NetlinkMessage message = tc_message(type, flags, TcHook{ifindex, TC_H_CLSACT});
  static_cast<tcmsg*>(mnl_nlmsg_get_payload(message.raw()))->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  message.put_text(TCA_KIND, "clsact");
  return message;
}

}  // namespace

TcHook TcHook::ingress(int ifindex) {
  return {ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)};
}

TcHook TcHook::egress(int ifindex) {
  return {ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)};
}

TcHook TcHook::block(uint32_t index) {
  return {static_cast<int>(TCM_IFINDEX_MAGIC_BLOCK), index};
}

Status add_clsact(NetlinkSocket& socket, int ifindex, uint32_t ingress_block) {
  NetlinkMessage message = clsact_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex);
  if (ingress_block != 0) message.put_u32(TCA_INGRESS_BLOCK, ingress_block);
  return socket.request(message);
}

Status delete_clsact(NetlinkSocket& socket, int ifindex) {
  NetlinkMessage message = clsact_message(RTM_DELQDISC, 0, ifindex);
  return socket.request(message);
}

Status put_filter(NetlinkSocket& socket, const TcHook& hook, int program, const std::string& name) {
  NetlinkMessage message = filter_message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE, hook);
  message.begin(TCA_OPTIONS);
  message.put_u32(TCA_BPF_FD, static_cast<uint32_t>(program));
  message.put_text(TCA_BPF_NAME, name);
  message.put_u32(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  message.end();
  return socket.request(message);
}

Status delete_filter(NetlinkSocket& socket, const TcHook& hook) {
  NetlinkMessage message = filter_message(RTM_DELTFILTER, 0, hook);
  return socket.request(message);
}

Result<std::vector<ObservedFilter>> list_filters(NetlinkSocket& socket, const TcHook& hook) {
  NetlinkMessage message = tc_message(RTM_GETTFILTER, 0, hook);
  std::vector<ObservedFilter> filters;
  TRY_IN("list filters",
         socket.dump(
             message, [&] { filters.clear(); },
             [&](const nlmsghdr* answer) {
               const auto* header = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(answer));
               if (header->tcm_handle == 0)
                 return;  // only says that there is a chain and a priority
               const Attributes attributes(answer, sizeof *header);
               const Attributes options = attributes.nested(TCA_OPTIONS);
               ObservedFilter filter{attributes.text(TCA_KIND), "", 0, header->tcm_info >> 16};
               if (filter.kind == "bpf") {
                 filter.name = options.text(TCA_BPF_NAME);
                 filter.program_id = options.u32(TCA_BPF_ID).value_or(0);
               }
               filters.push_back(std::move(filter));
             }));
  return filters;
}

}  // namespace vinet::kernel
