#include "etcd/address.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace vinet::etcd {
namespace {

constexpr std::string_view kScheme = "etcd://";
constexpr std::string_view kDefaultPrefix = "/vinet";

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') != text.ends_with(']')) return false;
  const std::string_view allowed =
      text.starts_with('[') ? "0123456789abcdefABCDEF:.[]%"
                            : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

bool is_address(const std::string& text) {
  return text.starts_with(kScheme);
}

Result<Address> parse_address(const std::string& text) {
  const auto bad = [&text](const std::string& why) {
    return Error{
        Errc::kInvalidArgument,
        fmt::format("store '{}': {}; expected etcd://HOST:PORT[,HOST:PORT...]/PREFIX", text, why),
        0};
  };
  if (!is_address(text)) return bad("does not begin with etcd://");
  std::string_view rest = std::string_view(text).substr(kScheme.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view members = rest.substr(0, slash);
  std::string_view prefix = rest.substr(slash);
  Address address;
  while (true) {
    const std::string_view member = members.substr(0, members.find(','));
    const size_t colon = member.rfind(':');
    if (colon == std::string_view::npos || !is_port(member.substr(colon + 1))) {
      return bad(fmt::format("'{}' has no port", member));
    }
    if (!is_host(member.substr(0, colon))) return bad(fmt::format("'{}' is no host", member));
    address.members.emplace_back(member);
    if (member.size() == members.size()) break;
    members.remove_prefix(member.size() + 1);
  }
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty()) prefix = kDefaultPrefix;
  if (prefix.find("//") != std::string_view::npos ||
      !std::all_of(prefix.begin(), prefix.end(), [](char c) { return c == '/' || is_word(c); })) {
    return bad(
        fmt::format("'{}' is no prefix: letters, digits, '-', '_', '.', and '/' between", prefix));
  }
  address.prefix = prefix;
  return address;
}

std::string to_text(const Address& address) {
  return fmt::format("{}{}{}", kScheme, fmt::join(address.members, ","), address.prefix);
}

}  // namespace vinet::etcd
