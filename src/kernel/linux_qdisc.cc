// Queues: tbf for `rate`, netem for `delay`, both as a netem with a tbf inside.
//
// tbf counts the Ethernet header too (14 bytes a packet). Its bucket holds at least one
// super-packet of 64 KiB, so that those are not cut up, and 10 ms of the rate, because it is
// refilled by a timer; its queue holds 50 ms.
#include <linux/pkt_sched.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "kernel/linux_links.h"

namespace vinet::kernel {
namespace {

// Handles of ours: "vi" as a number. One for each kind, because a handle never changes its kind.
constexpr uint32_t kTbfHandle = 0x7669U << 16;
constexpr uint32_t kNetemHandle = 0x766aU << 16;
constexpr uint32_t kChildHandle = 0x766bU << 16;

constexpr uint64_t kMinBurstBytes = 64 * 1024;
constexpr uint32_t kNetemPackets = 100'000;  // what may be in flight: 1 s at 1.2 Gb/s
constexpr uint64_t kNsPerTick = 64;          // of psched, include/net/pkt_sched.h

uint32_t clamped(uint64_t value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value, std::numeric_limits<uint32_t>::max()));
}

NetlinkMessage qdisc_message(uint16_t type, uint16_t flags, int ifindex, uint32_t parent,
                             uint32_t handle) {
  NetlinkMessage message(type, flags);
  auto& header = message.header<tcmsg>();
  header.tcm_family = AF_UNSPEC;
  header.tcm_ifindex = ifindex;
  header.tcm_parent = parent;
  header.tcm_handle = handle;
  return message;
}

Status put_tbf(NetlinkSocket& socket, int ifindex, uint32_t parent, uint32_t handle,
               uint64_t rate_bps) {
  const uint64_t rate_bytes = (rate_bps + 7) / 8;
  const uint64_t burst = std::max<uint64_t>(kMinBurstBytes, rate_bytes / 100);
  const uint64_t limit = std::max<uint64_t>(2 * burst, rate_bytes / 20);
  tc_tbf_qopt parameters{};
  parameters.rate.rate = clamped(rate_bytes);
  parameters.rate.linklayer = TC_LINKLAYER_ETHERNET;
  parameters.limit = clamped(limit);
  NetlinkMessage message =
      qdisc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex, parent, handle);
  message.put_text(TCA_KIND, "tbf");
  message.begin(TCA_OPTIONS);
  message.put(TCA_TBF_PARMS, &parameters, sizeof parameters);
  message.put_u32(TCA_TBF_BURST, clamped(burst));
  if (rate_bytes >= std::numeric_limits<uint32_t>::max()) {
    message.put_u64(TCA_TBF_RATE64, rate_bytes);
  }
  message.end();
  return socket.request(message);
}

Status put_netem(NetlinkSocket& socket, int ifindex, uint64_t delay_us) {
  const auto delay_ns = static_cast<int64_t>(delay_us * 1000);
  NetlinkMessage message =
      qdisc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex, TC_H_ROOT, kNetemHandle);
  message.put_text(TCA_KIND, "netem");
  message.begin(TCA_OPTIONS);
  auto& parameters = message.header<tc_netem_qopt>();
  parameters.latency = clamped(static_cast<uint64_t>(delay_ns) / kNsPerTick);
  parameters.limit = kNetemPackets;
  message.put(TCA_NETEM_LATENCY64, &delay_ns, sizeof delay_ns);
  message.end();
  return socket.request(message);
}

net::Shaping shaping_in(const Attributes& qdisc, const std::string& kind) {
  net::Shaping shaping;
  if (kind == "tbf") {
    const Attributes options = qdisc.nested(TCA_OPTIONS);
    const std::string_view bytes = options.bytes(TCA_TBF_PARMS);
    tc_tbf_qopt parameters{};
    std::memcpy(&parameters, bytes.data(), std::min(bytes.size(), sizeof parameters));
    shaping.rate_bps = 8 * options.u64(TCA_TBF_RATE64).value_or(parameters.rate.rate);
  } else if (kind == "netem") {
    const nlattr* options = qdisc.find(TCA_OPTIONS);
    const auto delay_ns = Attributes(options, sizeof(tc_netem_qopt)).u64(TCA_NETEM_LATENCY64);
    shaping.delay_us = delay_ns.value_or(0) / 1000;
  }
  return shaping;
}

ObservedQdisc qdisc_in(const nlmsghdr* message) {
  const auto* header = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(message));
  const Attributes attributes(message, sizeof *header);
  ObservedQdisc qdisc;
  qdisc.ifindex = header->tcm_ifindex;
  qdisc.handle = header->tcm_handle;
  qdisc.parent = header->tcm_parent;
  qdisc.kind = attributes.text(TCA_KIND);
  qdisc.ingress_block = attributes.u32(TCA_INGRESS_BLOCK).value_or(0);
  qdisc.shaping = shaping_in(attributes, qdisc.kind);
  return qdisc;
}

const ObservedQdisc* root_of(const std::vector<ObservedQdisc>& qdiscs) {
  const auto root = std::find_if(qdiscs.begin(), qdiscs.end(), [](const ObservedQdisc& qdisc) {
    return qdisc.parent == TC_H_ROOT;
  });
  return root == qdiscs.end() ? nullptr : &*root;
}

Status delete_qdisc(NetlinkSocket& socket, int ifindex, uint32_t parent, uint32_t handle) {
  NetlinkMessage message = qdisc_message(RTM_DELQDISC, 0, ifindex, parent, handle);
  return socket.request(message);
}

/// Makes the queues of a device what `want` says. A new root takes the place of another in one
/// step, so that a refusal leaves what was there.
Status reshape(NetlinkSocket& socket, int ifindex, const net::Shaping& want) {
  ASSIGN_OR_RETURN(const auto qdiscs, list_qdiscs_of(socket, ifindex));
  if (want == net::Shaping{}) {
    const ObservedQdisc* root = root_of(qdiscs);
    if (root == nullptr || (root->kind != "tbf" && root->kind != "netem" && !is_htb_of_ours(*root)))
      return ok();
    return delete_qdisc(socket, ifindex, TC_H_ROOT, 0);
  }
  const ObservedQdisc* root = root_of(qdiscs);
  if (want.delay_us == 0 && root != nullptr && is_htb_of_ours(*root)) {
    return set_htb_rate(socket, ifindex, want.rate_bps);
  }
  if (want.delay_us == 0) return put_tbf_root(socket, ifindex, want.rate_bps);
  TRY(put_netem(socket, ifindex, want.delay_us));
  const uint32_t inside = kNetemHandle | 1;
  if (want.rate_bps != 0) return put_tbf(socket, ifindex, inside, kChildHandle, want.rate_bps);
  const bool has_child = std::any_of(qdiscs.begin(), qdiscs.end(), [](const ObservedQdisc& qdisc) {
    return qdisc.handle == kChildHandle;
  });
  return has_child ? delete_qdisc(socket, ifindex, inside, kChildHandle) : ok();
}

/// A kind that the kernel does not know is "not found" to it, which would read as if the device
/// were missing.
Status explained(Status status) {
  if (!status && status.error().sys_errno == ENOENT) status.error().code = Errc::kUnimplemented;
  return status;
}

}  // namespace

Status put_tbf_root(NetlinkSocket& socket, int ifindex, uint64_t rate_bps) {
  return put_tbf(socket, ifindex, TC_H_ROOT, kTbfHandle, rate_bps);
}

Result<std::vector<ObservedQdisc>> list_qdiscs(NetlinkSocket& socket) {
  NetlinkMessage message = qdisc_message(RTM_GETQDISC, 0, 0, 0, 0);
  std::vector<ObservedQdisc> qdiscs;
  TRY_IN("list qdiscs", socket.dump(
                            message, [&] { qdiscs.clear(); },
                            [&](const nlmsghdr* answer) { qdiscs.push_back(qdisc_in(answer)); }));
  return qdiscs;
}

Result<std::vector<ObservedQdisc>> list_qdiscs_of(NetlinkSocket& socket, int ifindex) {
  std::vector<ObservedQdisc> qdiscs;
  // A dump shows all devices; asking for the root and for what may be inside costs the same at any
  // number of them.
  for (const uint32_t parent : {uint32_t{TC_H_ROOT}, kNetemHandle | 1}) {
    NetlinkMessage message = qdisc_message(RTM_GETQDISC, NLM_F_ECHO, ifindex, parent, 0);
    Status got =
        socket.get(message, [&](const nlmsghdr* answer) { qdiscs.push_back(qdisc_in(answer)); });
    if (!got) {
      // None there: absent, or one that the kernel does not show (noqueue).
      if (got.error().sys_errno == EINVAL || got.error().sys_errno == ENOENT) return qdiscs;
      return std::move(got).error().within("find qdiscs");
    }
    if (qdiscs.empty() || qdiscs.back().kind != "netem") break;
  }
  return qdiscs;
}

net::Shaping shaping_of(const std::vector<ObservedQdisc>& qdiscs) {
  const ObservedQdisc* root = root_of(qdiscs);
  if (root == nullptr) return {};
  net::Shaping shaping = root->shaping;
  for (const ObservedQdisc& qdisc : qdiscs) {
    if (&qdisc == root || TC_H_MAJ(qdisc.parent) != root->handle || qdisc.kind != "tbf") continue;
    shaping.rate_bps = qdisc.shaping.rate_bps;
  }
  return shaping;
}

Status LinuxLinks::set_shaping(const std::string& netns, const std::string& device,
                               const net::Shaping& shaping) {
  TRY(context_.calls().count("links.set_shaping " + netns + " " + device));
  const std::string attempt = "shape device " + device + " in " + netns;
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  auto link = find_link(space->route, device);
  if (!link) return std::move(link).error().within(attempt);
  TRY_IN(attempt, explained(reshape(space->route, link->ifindex, shaping)));
  return ok();
}

Result<bool> LinuxLinks::has_qdisc(const std::string& kind) {
  bool known = false;
  Status tried = on_own_thread([&]() -> Status {
    if (unshare(CLONE_NEWNET) != 0) return errno_error("unshare", errno);
    ASSIGN_OR_RETURN(NetlinkSocket socket, NetlinkSocket::open());
    // Without options most kinds refuse, but only an unknown one with ENOENT.
    NetlinkMessage message = qdisc_message(RTM_NEWQDISC, NLM_F_CREATE, 1, TC_H_ROOT, kTbfHandle);
    message.put_text(TCA_KIND, kind);
    const Status made = socket.request(message);
    known = made || made.error().sys_errno != ENOENT;
    return ok();
  });
  if (!tried) return std::move(tried).error().within("look for qdisc " + kind);
  return known;
}

}  // namespace vinet::kernel
