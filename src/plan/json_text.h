// Values that are text in JSON: how they are written, and read again.
#pragma once

#include <optional>
#include <string>

#include "net/ip.h"
#include "net/mac.h"
#include "net/objects.h"
#include "plan/plan.h"

namespace vinet::plan::json {

inline std::string to_text(const std::string& v) {
  return v;
}
inline std::string to_text(const net::Ipv4& v) {
  return net::to_string(v);
}
inline std::string to_text(const net::Ipv6& v) {
  return net::to_string(v);
}
inline std::string to_text(const net::IpAddress& v) {
  return net::to_string(v);
}
inline std::string to_text(const net::IpPrefix& v) {
  return net::to_string(v);
}
inline std::string to_text(const net::Mac& v) {
  return net::to_string(v);
}
inline std::string to_text(NodeKind v) {
  return v == NodeKind::kHost ? "host" : "router";
}
inline std::string to_text(net::RouteType v) {
  return v == net::RouteType::kUnicast ? "unicast" : "unreachable";
}

/// Stores the value in `out`, or returns what was expected.
inline const char* from_text(const std::string& text, std::string& out) {
  out = text;
  return nullptr;
}
template <typename T>
const char* keep(const std::optional<T>& value, T& out, const char* expected) {
  if (!value) return expected;
  out = *value;
  return nullptr;
}
inline const char* from_text(const std::string& text, net::Ipv4& out) {
  return keep(net::parse_ipv4(text), out, "an IPv4 address");
}
inline const char* from_text(const std::string& text, net::Ipv6& out) {
  return keep(net::parse_ipv6(text), out, "an IPv6 address");
}
inline const char* from_text(const std::string& text, net::IpAddress& out) {
  return keep(net::parse_address(text), out, "an IP address");
}
inline const char* from_text(const std::string& text, net::IpPrefix& out) {
  return keep(net::parse_prefix(text), out, "an IP prefix");
}
inline const char* from_text(const std::string& text, net::Mac& out) {
  return keep(net::parse_mac(text), out, "an Ethernet address");
}
inline const char* from_text(const std::string& text, NodeKind& out) {
  if (text != "host" && text != "router") return "'host' or 'router'";
  out = text == "host" ? NodeKind::kHost : NodeKind::kRouter;
  return nullptr;
}
inline const char* from_text(const std::string& text, net::RouteType& out) {
  if (text != "unicast" && text != "unreachable") return "'unicast' or 'unreachable'";
  out = text == "unicast" ? net::RouteType::kUnicast : net::RouteType::kUnreachable;
  return nullptr;
}

template <typename T>
concept Text = requires(const T& value, T& out) {
  to_text(value);
  from_text(std::string(), out);
};

}  // namespace vinet::plan::json
