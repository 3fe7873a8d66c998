// The settings of a namespace that exist only in /proc/sys/net. Which namespace that directory
// shows depends on the thread that opens a file in it, so all of this happens on a thread inside.
//
// A namespace starts with IPv4 values copied from the first one of the computer and IPv6 values as
// compiled, so each is read, and written where it differs. conf.default is what devices to come
// start with, conf.all what holds for all (rp_filter: the larger of conf.all and the device's,
// therefore Links sets the device's too).
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "kernel/linux_namespaces.h"

namespace vinet::kernel {
namespace {

constexpr const char* kRateMask = "ipv4/icmp_ratemask";
constexpr const char* kRateLimit6 = "ipv6/icmp/ratelimit";
constexpr const char* kRpFilterAll = "ipv4/conf/all/rp_filter";
constexpr const char* kRpFilterDefault = "ipv4/conf/default/rp_filter";
constexpr const char* kDisable6All = "ipv6/conf/all/disable_ipv6";
constexpr const char* kDisable6Default = "ipv6/conf/default/disable_ipv6";
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

/// Both a value for all devices and the one for devices to come; `unset` where there are no such
/// files.
Result<bool> both_are(const char* all, const char* preset, int value, bool unset) {
  ASSIGN_OR_RETURN(const auto first, read_number(all));
  ASSIGN_OR_RETURN(const auto second, read_number(preset));
  if (!first || !second) return unset;
  return *first == value && *second == value;
}

Result<net::NamespaceSettings> read_all() {
  net::NamespaceSettings settings;
  ASSIGN_OR_RETURN(const bool disabled, both_are(kDisable6All, kDisable6Default, 1, true));
  settings.ipv6 = !disabled;
  ASSIGN_OR_RETURN(const auto forwarding, read_number(kForwarding6));
  settings.ipv6_forwarding = forwarding.value_or(0) != 0;
  ASSIGN_OR_RETURN(const auto mask, read_number(kRateMask));
  ASSIGN_OR_RETURN(const auto limit, read_number(kRateLimit6));
  settings.icmp_unlimited = mask.value_or(0) == 0 && limit.value_or(0) == 0;
  ASSIGN_OR_RETURN(settings.rp_filter_off, both_are(kRpFilterAll, kRpFilterDefault, 0, true));
  return settings;
}

/// A file that is absent already is what "off" asks for.
Status write_if_there(const char* key, int value) {
  ASSIGN_OR_RETURN(const auto present, read_number(key));
  if (!present || *present == value) return ok();
  return write_number(key, value);
}

Status write_differing(const net::NamespaceSettings& want) {
  ASSIGN_OR_RETURN(const net::NamespaceSettings have, read_all());
  if (want.ipv6 != have.ipv6) {
    TRY(write_number(kDisable6Default, want.ipv6 ? 0 : 1));
    TRY(write_number(kDisable6All, want.ipv6 ? 0 : 1));
  }
  if (want.ipv6_forwarding != have.ipv6_forwarding) {
    TRY(write_number(kForwarding6, want.ipv6_forwarding ? 1 : 0));
  }
  if (want.icmp_unlimited != have.icmp_unlimited) {
    TRY(write_if_there(kRateMask, want.icmp_unlimited ? 0 : kDefaultRateMask));
    TRY(write_if_there(kRateLimit6, want.icmp_unlimited ? 0 : kDefaultRateLimit6Ms));
  }
  if (want.rp_filter_off != have.rp_filter_off) {
    TRY(write_if_there(kRpFilterDefault, want.rp_filter_off ? 0 : 1));
    TRY(write_if_there(kRpFilterAll, want.rp_filter_off ? 0 : 1));
  }
  return ok();
}

}  // namespace

Result<net::NamespaceSettings> LinuxNamespaces::read_settings(const std::string& name) {
  net::NamespaceSettings settings;
  Status read = context_.run_inside(name, [&]() -> Status {
    ASSIGN_OR_RETURN(settings, read_all());
    return ok();
  });
  if (!read) return std::move(read).error().within("read settings of " + name);
  return settings;
}

Status LinuxNamespaces::write_settings(const std::string& name,
                                       const net::NamespaceSettings& settings) {
  TRY(context_.calls().count("namespaces.write_settings " + name));
  TRY_IN("write settings of " + name,
         context_.run_inside(name, [&] { return write_differing(settings); }));
  return ok();
}

}  // namespace vinet::kernel
