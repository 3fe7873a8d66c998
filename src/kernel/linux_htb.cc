// Shares: an HTB with the device's rate on top, a class for each share that may borrow up to that
// rate, and one for all else. Packets choose their class by priority (net::share_priority).
//
//   root class   rate = ceil = the device's rate
//     default    hardly anything guaranteed, borrows
//     share N    rate = the share, borrows
//
// A device with a rate and without shares has a tbf (linux_qdisc.cc); the first share exchanges it
// for an HTB, the last one exchanges it back.
#include <linux/pkt_sched.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "kernel/linux_links.h"

namespace vinet::kernel {
namespace {

constexpr uint32_t kHandle = net::share_priority(0);
constexpr uint16_t kRootClass = 1;
constexpr uint16_t kDefaultClass = 2;
constexpr uint32_t kVersion = 3;                // of the kernel's interface
constexpr uint64_t kMinBurstBytes = 64 * 1024;  // one super-packet
constexpr uint32_t kQuantumBytes = 60'000;      // of turns in what is left over
constexpr uint64_t kNsPerTick = 64;             // of psched, include/net/pkt_sched.h
constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kDefaultPart = 100;  // of the rate, guaranteed to all else
constexpr uint64_t kMinRateBps = 8'000;

uint32_t clamped(uint64_t value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value, std::numeric_limits<uint32_t>::max()));
}

uint32_t burst_ticks(uint64_t rate_bytes) {
  const uint64_t burst = std::max<uint64_t>(kMinBurstBytes, rate_bytes / 100);
  return clamped(burst * kNsPerSecond / rate_bytes / kNsPerTick);
}

NetlinkMessage tc_message(uint16_t type, uint16_t flags, int ifindex, uint32_t parent,
                          uint32_t handle) {
  NetlinkMessage message(type, flags);
  auto& header = message.header<tcmsg>();
  header.tcm_family = AF_UNSPEC;
  header.tcm_ifindex = ifindex;
  header.tcm_parent = parent;
  header.tcm_handle = handle;
  return message;
}

Status put_class(NetlinkSocket& socket, int ifindex, uint16_t id, uint64_t rate_bps,
                 uint64_t ceil_bps) {
  const uint64_t rate = std::max<uint64_t>(rate_bps / 8, 1),
                 ceil = std::max<uint64_t>(ceil_bps / 8, 1);
  tc_htb_opt options{};
  options.rate.rate = clamped(rate);
  options.rate.linklayer = TC_LINKLAYER_ETHERNET;
  options.ceil.rate = clamped(ceil);
  options.ceil.linklayer = TC_LINKLAYER_ETHERNET;
  options.buffer = burst_ticks(rate);
  options.cbuffer = burst_ticks(ceil);
  options.quantum = kQuantumBytes;
  const uint32_t parent = id == kRootClass ? kHandle : kHandle | kRootClass;
  NetlinkMessage message =
      tc_message(RTM_NEWTCLASS, NLM_F_CREATE | NLM_F_REPLACE, ifindex, parent, kHandle | id);
  message.put_text(TCA_KIND, "htb");
  message.begin(TCA_OPTIONS);
  message.put(TCA_HTB_PARMS, &options, sizeof options);
  if (rate >= std::numeric_limits<uint32_t>::max()) message.put_u64(TCA_HTB_RATE64, rate);
  if (ceil >= std::numeric_limits<uint32_t>::max()) message.put_u64(TCA_HTB_CEIL64, ceil);
  message.end();
  return socket.request(message);
}

Status make_htb(NetlinkSocket& socket, int ifindex, uint64_t rate_bps) {
  NetlinkMessage message =
      tc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex, TC_H_ROOT, kHandle);
  message.put_text(TCA_KIND, "htb");
  message.begin(TCA_OPTIONS);
  tc_htb_glob options{};
  options.version = kVersion;
  options.rate2quantum = 10;
  options.defcls = kDefaultClass;
  message.put(TCA_HTB_INIT, &options, sizeof options);
  message.end();
  TRY(socket.request(message));
  return set_htb_rate(socket, ifindex, rate_bps);
}

Status delete_class(NetlinkSocket& socket, int ifindex, uint16_t id) {
  NetlinkMessage message =
      tc_message(RTM_DELTCLASS, 0, ifindex, kHandle | kRootClass, kHandle | id);
  return socket.request(message);
}

Status change_share(NetlinkSocket& socket, int ifindex, const net::Share& share) {
  ASSIGN_OR_RETURN(const auto qdiscs, list_qdiscs_of(socket, ifindex));
  const auto root = std::find_if(qdiscs.begin(), qdiscs.end(), [](const ObservedQdisc& qdisc) {
    return qdisc.parent == TC_H_ROOT;
  });
  const bool has_htb = root != qdiscs.end() && is_htb_of_ours(*root);
  ObservedHtb held;
  if (has_htb) {
    ASSIGN_OR_RETURN(held, read_htb(socket, ifindex));
  } else if (root != qdiscs.end() && root->kind == "tbf") {
    held.rate_bps = root->shaping.rate_bps;
  }
  const bool is_held = std::any_of(held.shares.begin(), held.shares.end(),
                                   [&](const net::Share& one) { return one.id == share.id; });
  if (share.rate_bps == 0) {
    if (!is_held) return errno_error("no such share", ENOENT);
    if (held.shares.size() == 1) return put_tbf_root(socket, ifindex, held.rate_bps);
    return delete_class(socket, ifindex, share.id);
  }
  if (held.rate_bps == 0) {
    return Error{Errc::kFailedPrecondition, "it has no rate of which to guarantee a share", 0};
  }
  if (!has_htb) TRY(make_htb(socket, ifindex, held.rate_bps));
  return put_class(socket, ifindex, share.id, share.rate_bps, held.rate_bps);
}

}  // namespace

bool is_htb_of_ours(const ObservedQdisc& qdisc) {
  return qdisc.kind == "htb" && qdisc.handle == kHandle;
}

Result<ObservedHtb> read_htb(NetlinkSocket& socket, int ifindex) {
  NetlinkMessage message = tc_message(RTM_GETTCLASS, 0, ifindex, 0, 0);
  ObservedHtb htb;
  TRY_IN("list classes",
         socket.dump(
             message, [&] { htb = {}; },
             [&](const nlmsghdr* answer) {
               const auto* header = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(answer));
               if (TC_H_MAJ(header->tcm_handle) != kHandle) return;
               const auto id = static_cast<uint16_t>(TC_H_MIN(header->tcm_handle));
               const Attributes options = Attributes(answer, sizeof *header).nested(TCA_OPTIONS);
               const std::string_view bytes = options.bytes(TCA_HTB_PARMS);
               tc_htb_opt parameters{};
               std::memcpy(&parameters, bytes.data(), std::min(bytes.size(), sizeof parameters));
               const uint64_t rate_bps =
                   8 * options.u64(TCA_HTB_RATE64).value_or(parameters.rate.rate);
               if (id == kRootClass) htb.rate_bps = rate_bps;
               if (id >= net::kFirstShare) htb.shares.push_back({id, rate_bps});
             }));
  std::sort(htb.shares.begin(), htb.shares.end());
  return htb;
}

Status set_htb_rate(NetlinkSocket& socket, int ifindex, uint64_t rate_bps) {
  ASSIGN_OR_RETURN(const ObservedHtb held, read_htb(socket, ifindex));
  TRY(put_class(socket, ifindex, kRootClass, rate_bps, rate_bps));
  TRY(put_class(socket, ifindex, kDefaultClass, std::max(rate_bps / kDefaultPart, kMinRateBps),
                rate_bps));
  for (const net::Share& share : held.shares) {
    TRY(put_class(socket, ifindex, share.id, share.rate_bps, rate_bps));
  }
  return ok();
}

Status LinuxLinks::set_share(const std::string& netns, const std::string& device,
                             const net::Share& share) {
  TRY(context_.calls().count("links.set_share " + netns + " " + device + " " +
                             std::to_string(share.id)));
  const std::string attempt = "set a share of device " + device + " in " + netns;
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  auto link = find_link(space->route, device);
  if (!link) return std::move(link).error().within(attempt);
  Status done = change_share(space->route, link->ifindex, share);
  if (!done && done.error().sys_errno == ENOENT && share.rate_bps != 0) {
    done.error().code = Errc::kUnimplemented;  // a kernel without htb
  }
  if (!done) return std::move(done).error().within(attempt);
  return ok();
}

}  // namespace vinet::kernel
