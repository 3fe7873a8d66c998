#include "graph/endpoint.h"

#include <algorithm>
#include <charconv>

#include "graph/addresses.h"
#include "graph/words.h"

namespace vinet::graph {
namespace {

constexpr size_t kMostHostBytes = 253;  // RFC 1035 §2.3.4, as text
constexpr size_t kMostLabelBytes = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMostLabelBytes && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '_';
         });
}

bool is_host_name(std::string_view host) {
  if (host.size() > kMostHostBytes) return false;
  for (size_t begin = 0; begin <= host.size();) {
    const size_t end = std::min(host.find('.', begin), host.size());
    if (!is_label(host.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

Error bad(std::string_view text, const std::string& why) {
  return Error{Errc::kInvalidArgument, name_text(text) + " is no HOST:PORT: " + why};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.find(':');
  std::string_view host = text.substr(0, colon);
  Endpoint endpoint;
  if (std::count(text.begin(), text.end(), ':') > 1) {
    return bad(text, "daemons are reached over IPv4");
  }
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, endpoint.port);
    if (error != std::errc() || stop != end || endpoint.port == 0) {
      return bad(text, "a port is 1 to 65535");
    }
  }
  const bool numeric = !host.empty() && std::all_of(host.begin(), host.end(),
                                                    [](char c) { return is_digit(c) || c == '.'; });
  if (numeric) {
    const auto address = net::parse_ipv4(host);
    if (!address) return bad(text, name_text(host) + " is no IPv4 address");
    const std::string_view why = unusable(net::IpAddress(*address));
    if (!why.empty() && address->bits >> 24 != 127) {
      return bad(text, std::string(host) + " is " + std::string(why));
    }
    endpoint.host = net::to_string(*address);
    return endpoint;
  }
  if (!is_host_name(host)) {
    return bad(text, host.empty() ? "it names no host" : name_text(host) + " is no name of a host");
  }
  endpoint.host = host;
  std::transform(endpoint.host.begin(), endpoint.host.end(), endpoint.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  return endpoint.host + ":" + std::to_string(endpoint.port);
}

std::optional<net::Ipv4> address_of(const Endpoint& endpoint) {
  return net::parse_ipv4(endpoint.host);
}

}  // namespace vinet::graph
