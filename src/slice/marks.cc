// Marks, printed and read back.
#include "slice/marks.h"

#include <cstdio>

#include "support/hash.h"

namespace vinet::slice {
namespace {

constexpr std::string_view kPrefix = "vinet:";

// An alias has at most 255 bytes (IFALIASZ - 1). `internet.node` has at most 128, which leaves more
// than this for the name of a link; one between two parts is made of two long names.
constexpr size_t kMostLinkBytes = 100;

// Of a name that is too long, its front and its hash: the same at both ends of the link.
std::string short_link(const std::string& link) {
  if (link.size() <= kMostLinkBytes) return link;
  char digits[18];
  std::snprintf(digits, sizeof digits, "~%016llx",
                static_cast<unsigned long long>(stable_hash(link)));
  return link.substr(0, kMostLinkBytes - 17) + digits;
}

/// Takes `vinet:` and the owner off the front of `text`; nothing if either is missing.
std::optional<std::string> take_owner(std::string_view& text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string owner(text.substr(0, colon));
  text.remove_prefix(colon + 1);
  return owner;
}

}  // namespace

std::string to_string(const NamespaceMark& mark) {
  std::string text = std::string(kPrefix) + mark.owner + ":" + mark.name;
  return mark.machine.empty() ? text : text + "@" + mark.machine;
}

std::string to_string(const DeviceMark& mark) {
  return std::string(kPrefix) + mark.owner + ":" + short_link(mark.link) + "@" + mark.at;
}

std::optional<NamespaceMark> parse_namespace_mark(std::string_view alias) {
  const auto owner = take_owner(alias);
  if (!owner) return std::nullopt;
  const size_t at = alias.rfind('@');
  NamespaceMark mark{*owner, std::string(alias.substr(0, at)), ""};
  if (at != std::string_view::npos) mark.machine = alias.substr(at + 1);
  const bool complete =
      !mark.name.empty() && (at == std::string_view::npos || !mark.machine.empty());
  return complete ? std::optional(mark) : std::nullopt;
}

std::optional<DeviceMark> parse_device_mark(std::string_view alias) {
  const auto owner = take_owner(alias);
  if (!owner) return std::nullopt;
  const size_t at = alias.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == alias.size()) return std::nullopt;
  return DeviceMark{*owner, std::string(alias.substr(0, at)), std::string(alias.substr(at + 1))};
}

std::string namespace_name(const std::string& owner, const std::string& name) {
  return owner + "." + name;
}

}  // namespace vinet::slice
