// Settings of a whole namespace. A namespace starts with IPv4 values copied from the first one of
// the computer and IPv6 values as compiled, so each is read, and written where it differs.
//
// /proc/sys/net shows the namespace of the thread that opens a file there, so this happens on a
// thread inside. Each such open costs more the more namespaces there are (the names of all of them
// hash to one chain), and therefore what netlink can tell is read there: only the limits of ICMP
// are not to be had otherwise.
//
// Limits that shall be off are written without a look: to read them is as dear as to write them.
//
// conf.default is what devices to come start with, conf.all what holds for all; of rp_filter the
// larger of conf.all and the device's holds, therefore Links sets the device's too.
#include <fcntl.h>
#include <linux/ipv6.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "kernel/linux_links.h"
#include "kernel/linux_namespaces.h"

namespace vinet::kernel {
namespace {

constexpr const char* kRateMask = "ipv4/icmp_ratemask";
constexpr const char* kRateLimit6 = "ipv6/icmp/ratelimit";
constexpr const char* kRpFilterAll = "ipv4/conf/all/rp_filter";
constexpr const char* kRpFilterDefault = "ipv4/conf/default/rp_filter";
constexpr const char* kDisable6 = "ipv6/conf/all/disable_ipv6";  // sets conf.default too
constexpr const char* kForwarding6 = "ipv6/conf/all/forwarding";

// What a limited namespace has: the kernel's own defaults (icmp(7)).
constexpr int kDefaultRateMask = 6168;
constexpr int kDefaultRateLimit6Ms = 1000;

std::string path_of(const char* key) {
  return std::string("/proc/sys/net/") + key;
}

/// The number in a file; nothing if there is no such file (a kernel without IPv6).
Result<std::optional<int>> read_number(const char* key) {
  const Fd file(open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return std::optional<int>();
    return errno_error("open " + path_of(key), errno);
  }
  char text[32];
  const ssize_t length = read(file.get(), text, sizeof text);
  if (length < 0) return errno_error("read " + path_of(key), errno);
  int value = 0;
  std::from_chars(text, text + length, value);
  return std::optional<int>(value);
}

Status write_number(const char* key, int value) {
  const Fd file(open(path_of(key).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return errno_error("open " + path_of(key), errno);
  const std::string text = std::to_string(value);
  if (write(file.get(), text.data(), text.size()) < 0) {
    return errno_error("write " + text + " to " + path_of(key), errno);
  }
  return ok();
}

/// A setting of conf.all or conf.default; nothing if the kernel lacks the family.
Result<std::optional<uint32_t>> read_conf(NetlinkSocket& socket, uint8_t family, int which,
                                          uint16_t setting) {
  NetlinkMessage message(RTM_GETNETCONF, 0);
  message.header<netconfmsg>().ncm_family = family;
  message.put_u32(NETCONFA_IFINDEX, static_cast<uint32_t>(which));
  std::optional<uint32_t> value;
  Status got = socket.get(message, [&](const nlmsghdr* answer) {
    value = Attributes(answer, sizeof(netconfmsg)).u32(setting);
  });
  if (got || got.error().code == Errc::kUnimplemented) return value;
  return std::move(got).error().within("ask for settings");
}

/// Is IPv6 on at any device? One that is too small for IPv6 has none.
Result<bool> read_ipv6(NetlinkSocket& socket) {
  NetlinkMessage message = link_request("");
  bool on = false;
  const auto look = [&](const nlmsghdr* answer) {
    const Attributes link(answer, sizeof(ifinfomsg));
    const auto values = link.nested(IFLA_AF_SPEC).nested(AF_INET6).bytes(IFLA_INET6_CONF);
    const size_t at = DEVCONF_DISABLE_IPV6 * sizeof(int32_t);
    int32_t off = 1;
    if (values.size() >= at + sizeof off) std::memcpy(&off, values.data() + at, sizeof off);
    on = on || off == 0;
  };
  TRY_IN("look for IPv6", socket.dump(
                              message, [&] { on = false; }, look));
  return on;
}

/// All but the limits of ICMP. Like the rest, to be run on a thread inside the namespace that
/// `socket` belongs to.
Result<net::NamespaceSettings> read_netconf(NetlinkSocket& socket) {
  net::NamespaceSettings settings;
  ASSIGN_OR_RETURN(settings.ipv6, read_ipv6(socket));
  ASSIGN_OR_RETURN(const auto forwarding,
                   read_conf(socket, AF_INET6, NETCONFA_IFINDEX_ALL, NETCONFA_FORWARDING));
  settings.ipv6_forwarding = forwarding.value_or(0) != 0;
  ASSIGN_OR_RETURN(const auto all,
                   read_conf(socket, AF_INET, NETCONFA_IFINDEX_ALL, NETCONFA_RP_FILTER));
  ASSIGN_OR_RETURN(const auto preset,
                   read_conf(socket, AF_INET, NETCONFA_IFINDEX_DEFAULT, NETCONFA_RP_FILTER));
  settings.rp_filter_off = all.value_or(0) == 0 && preset.value_or(0) == 0;
  return settings;
}

Result<bool> are_limits_off() {
  ASSIGN_OR_RETURN(const auto mask, read_number(kRateMask));
  ASSIGN_OR_RETURN(const auto limit, read_number(kRateLimit6));
  return mask.value_or(0) == 0 && limit.value_or(0) == 0;
}

Result<net::NamespaceSettings> read_all(NetlinkSocket& socket) {
  ASSIGN_OR_RETURN(net::NamespaceSettings settings, read_netconf(socket));
  ASSIGN_OR_RETURN(settings.icmp_unlimited, are_limits_off());
  return settings;
}

Status write_differing(NetlinkSocket& socket, const net::NamespaceSettings& want) {
  ASSIGN_OR_RETURN(net::NamespaceSettings have, read_netconf(socket));
  have.icmp_unlimited = false;
  if (!want.icmp_unlimited) {
    ASSIGN_OR_RETURN(have.icmp_unlimited, are_limits_off());
  }
  if (want.ipv6 != have.ipv6) TRY(write_number(kDisable6, want.ipv6 ? 0 : 1));
  if (want.ipv6_forwarding != have.ipv6_forwarding) {
    TRY(write_number(kForwarding6, want.ipv6_forwarding ? 1 : 0));
  }
  if (want.icmp_unlimited != have.icmp_unlimited) {
    TRY(write_number(kRateMask, want.icmp_unlimited ? 0 : kDefaultRateMask));
    Status limit = write_number(kRateLimit6, want.icmp_unlimited ? 0 : kDefaultRateLimit6Ms);
    if (!limit && limit.error().code != Errc::kNotFound) return limit;  // a kernel without IPv6
  }
  if (want.rp_filter_off != have.rp_filter_off) {
    TRY(write_number(kRpFilterDefault, want.rp_filter_off ? 0 : 1));
    TRY(write_number(kRpFilterAll, want.rp_filter_off ? 0 : 1));
  }
  return ok();
}

}  // namespace

Result<net::NamespaceSettings> LinuxNamespaces::read_settings(const std::string& name) {
  ASSIGN_OR_RETURN(const auto space, context_.open(name));
  net::NamespaceSettings settings;
  Status read = context_.run_inside(name, [&]() -> Status {
    ASSIGN_OR_RETURN(settings, read_all(space->route));
    return ok();
  });
  if (!read) return std::move(read).error().within("read settings of " + name);
  return settings;
}

Status LinuxNamespaces::write_settings(const std::string& name,
                                       const net::NamespaceSettings& settings) {
  TRY(context_.calls().count("namespaces.write_settings " + name));
  ASSIGN_OR_RETURN(const auto space, context_.open(name));
  TRY_IN("write settings of " + name,
         context_.run_inside(name, [&] { return write_differing(space->route, settings); }));
  return ok();
}

}  // namespace vinet::kernel
