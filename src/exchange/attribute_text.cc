#include "exchange/attribute_text.h"

#include <charconv>

#include "support/units.h"

namespace vinet::exchange {
namespace {

constexpr uint32_t kLeastMtuBytes = 68;
constexpr uint32_t kMostNumber = 65535;
constexpr uint64_t kWholePpb = 1'000'000'000;

/// A whole number of `least` to 65,535.
bool read(std::string_view text, uint32_t least, uint32_t& out) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (number < least || number > kMostNumber) return false;
  out = number;
  return true;
}

bool read(std::string_view text, uint32_t least, std::optional<uint32_t>& out) {
  uint32_t number = 0;
  if (!read(text, least, number)) return false;
  out = number;
  return true;
}

bool read(std::string_view text, bool& out) {
  if (text != "yes" && text != "no") return false;
  out = text == "yes";
  return true;
}

std::string_view yes_no(bool yes) {
  return yes ? "yes" : "no";
}

}  // namespace

KeyedText own_attributes(const graph::Internet& internet) {
  KeyedText out = {{"vinet_name", internet.name}};
  if (!internet.ipv6) out.emplace_back("vinet_ipv6", "no");
  if (internet.mtu_bytes) out.emplace_back("vinet_mtu", std::to_string(*internet.mtu_bytes));
  return out;
}

bool set_own(graph::Internet& internet, std::string_view key, std::string_view text) {
  if (key == "vinet_ipv6") return read(text, internet.ipv6);
  return key == "vinet_mtu" && read(text, kLeastMtuBytes, internet.mtu_bytes);
}

KeyedText own_attributes(const graph::Node& node) {
  const bool is_router = node.kind == graph::NodeKind::kRouter;
  KeyedText out = {{"vinet_name", node.name}, {"vinet_kind", is_router ? "router" : "host"}};
  if (node.transit != is_router) out.emplace_back("vinet_transit", yes_no(node.transit));
  return out;
}

bool set_own(graph::Node& node, std::string_view key, std::string_view text) {
  return key == "vinet_transit" && read(text, node.transit);
}

KeyedText own_attributes(const graph::Link& link) {
  KeyedText out;
  if (link.named) out.emplace_back("vinet_name", link.name);
  if (link.mtu_bytes) out.emplace_back("vinet_mtu", std::to_string(*link.mtu_bytes));
  if (link.rate_bps > 0) out.emplace_back("vinet_rate", to_string(Rate{link.rate_bps}));
  if (link.delay_us > 0) out.emplace_back("vinet_delay", to_string(Duration{link.delay_us}));
  if (link.loss_ppb > 0) out.emplace_back("vinet_loss", to_string(Fraction{link.loss_ppb}));
  if (link.cost != 1) out.emplace_back("vinet_cost", std::to_string(link.cost));
  if (link.ipv6) out.emplace_back("vinet_ipv6", yes_no(*link.ipv6));
  return out;
}

bool set_own(graph::Link& link, std::string_view key, std::string_view text) {
  if (key == "vinet_mtu") return read(text, kLeastMtuBytes, link.mtu_bytes);
  if (key == "vinet_cost") return read(text, 1, link.cost);
  if (key == "vinet_ipv6") {
    bool on = true;
    if (!read(text, on)) return false;
    link.ipv6 = on;
    return true;
  }
  if (key == "vinet_rate") {
    const auto rate = parse_rate(text);
    if (rate && rate->bits_per_s > 0) link.rate_bps = rate->bits_per_s;
    return rate && rate->bits_per_s > 0;
  }
  if (key == "vinet_delay") {
    const auto delay = parse_duration(text);
    if (delay) link.delay_us = delay->us;
    return delay.has_value();
  }
  if (key != "vinet_loss") return false;
  const auto loss = parse_fraction(text);
  if (!loss || loss->ppb > kWholePpb) return false;
  link.loss_ppb = static_cast<uint32_t>(loss->ppb);
  return true;
}

}  // namespace vinet::exchange
