#include "plan/names.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "support/hash.h"

namespace vinet::plan {
namespace {

constexpr size_t kMaxName = 15;    // IFNAMSIZ - 1
constexpr size_t kKeptBytes = 10;  // of a name that is too long

// lo, the two sysctl directories beside the devices', and the devices that the kernel's tunnel
// modules make in every new namespace.
constexpr std::array<std::string_view, 14> kTaken = {
    "lo",      "all",  "default", "tunl0",   "gre0",     "gretap0", "erspan0",
    "ip_vti0", "sit0", "ip6tnl0", "ip6gre0", "ip6_vti0", ".",       "..",
};

bool is_bad(char c) {
  return c <= ' ' || c == 0x7f || c == '/' || c == ':' || c == '%';
}

// The longest end of a qualified name that fits; "" where there is none.
std::string_view fitting_end(std::string_view name) {
  const size_t begin = name.size() <= kMaxName ? 0 : name.size() - kMaxName - 1;
  const size_t dot = name.find('.', begin);
  return dot == std::string_view::npos ? "" : name.substr(dot + 1);
}

}  // namespace

std::string_view relative_name(std::string_view from, std::string_view to) {
  const size_t shorter = std::min(from.size(), to.size());
  size_t shared = 0;
  for (size_t i = 0; i < shorter && from[i] == to[i]; ++i) {
    if (from[i] == '.') shared = i + 1;
  }
  return to.substr(shared);
}

bool is_device_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::none_of(name.begin(), name.end(), is_bad) &&
         std::find(kTaken.begin(), kTaken.end(), name) == kTaken.end();
}

std::string shortened(std::string_view text) {
  std::string name(text.substr(0, kKeptBytes));
  std::replace_if(name.begin(), name.end(), is_bad, '_');
  char digits[6];
  std::snprintf(digits, sizeof digits, "~%04x", static_cast<unsigned>(stable_hash(text) & 0xffff));
  return name + digits;
}

std::vector<std::string> device_names(const std::vector<Neighbour>& neighbours) {
  std::vector<std::string> names(neighbours.size());
  std::set<std::string> taken;
  const auto take = [&](size_t i, const std::string& name) {
    if (!is_device_name(name) || !taken.insert(name).second) return false;
    names[i] = name;
    return true;
  };
  for (size_t i = 0; i < neighbours.size(); ++i) take(i, neighbours[i].previous);
  for (size_t i = 0; i < neighbours.size(); ++i) {
    if (!names[i].empty()) continue;
    const Neighbour& to = neighbours[i];
    const auto take_or_shorten = [&](const std::string& text) {
      return take(i, text) || (text.size() > kMaxName && (take(i, std::string(fitting_end(text))) ||
                                                          take(i, shortened(text))));
    };
    if (take_or_shorten(to.node) || (to.link_named && take(i, to.link))) continue;
    for (unsigned n = 2; !take_or_shorten(to.node + "." + std::to_string(n)); ++n) {
    }
  }
  return names;
}

}  // namespace vinet::plan
