// Can this kernel do what the link layer needs? The way to know is to do it: in a scratch namespace
// without a name, a veth pair, clsact with a shared block, the programs themselves and their
// filters. All of it goes with the thread.
#include <linux/if.h>
#include <linux/if_link.h>
#include <sched.h>

#include <cerrno>

#include "kernel/linux_links.h"
#include "kernel/linux_programs.h"
#include "kernel/linux_tc.h"

namespace vinet::kernel {
namespace {

Status need(Status tried, const std::string& what, const std::string& cure) {
  if (tried) return tried;
  Error error = std::move(tried).error();
  if (error.code == Errc::kPermissionDenied) {
    error.message = what + " is not allowed (" + error.message +
                    "): vinet needs root (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_BPF); try sudo";
    return error;
  }
  error.code = Errc::kUnimplemented;
  error.message = "this kernel lacks " + what + " (" + error.message + "): " + cure;
  return error;
}

Status make_scratch_veth(NetlinkSocket& socket) {
  NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.header<ifinfomsg>().ifi_family = AF_UNSPEC;
  message.put_text(IFLA_IFNAME, "probe");
  message.begin(IFLA_LINKINFO);
  message.put_text(IFLA_INFO_KIND, "veth");
  message.end();
  return socket.request(message);
}

Status try_everything() {
  if (unshare(CLONE_NEWNET) != 0) {
    return need(errno_error("unshare", errno), "making network namespaces",
                "it needs CONFIG_NET_NS");
  }
  ASSIGN_OR_RETURN(NetlinkSocket socket, NetlinkSocket::open());
  TRY(need(make_scratch_veth(socket), "veth devices", "load module veth (CONFIG_VETH)"));
  ASSIGN_OR_RETURN(const LinkHandle link, find_link(socket, "probe"));
  TRY(need(add_clsact(socket, link.ifindex, VI_BLOCK_INDEX), "clsact qdiscs with shared blocks",
           "load module sch_ingress (CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_ACT)"));
  auto loaded = load_programs({});
  if (!loaded) {
    return need(std::move(loaded).error(), "loading the link layer's BPF programs",
                "it needs Linux 6.1 with CONFIG_BPF_SYSCALL and CONFIG_BPF_JIT");
  }
  const std::string cure = "load module cls_bpf (CONFIG_NET_CLS_BPF)";
  TRY(need(put_filter(socket, TcHook::block(VI_BLOCK_INDEX),
                      loaded->programs[kBacksideProgram].get(), kBacksideProgram),
           "bpf filters on blocks", cure));
  TRY(need(make_reassembly_devices(socket), "macvlan devices, which put fragments together",
           "load module macvlan (CONFIG_MACVLAN)"));
  TRY(need(add_clsact(socket, 1, 0), "clsact qdiscs", cure));
  TRY(need(
      put_filter(socket, TcHook::ingress(1), loaded->programs[kBaseProgram].get(), kBaseProgram),
      "bpf filters", cure));
  return ok();
}

}  // namespace

Status LinuxPrograms::probe_features() {
  return on_own_thread(try_everything);
}

}  // namespace vinet::kernel
