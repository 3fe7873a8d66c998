// Slice -> text, one line an object.
#include "slice/text.h"

#include <fmt/format.h>

#include "support/units.h"

namespace vinet::slice {
namespace {

std::string flags(std::initializer_list<std::pair<bool, const char*>> all) {
  std::string text;
  for (const auto& [set, name] : all) {
    if (set) text += std::string(" ") + name;
  }
  return text;
}

std::string device_text(const char* end, const std::string& netns, const net::Device& device) {
  std::string text =
      fmt::format("    {} {}:{} alias {} mac {} mtu {} gso {}{}", end, netns, device.name,
                  device.alias, net::to_string(device.mac), device.mtu_bytes, device.gso_max_bytes,
                  flags({{device.up, "up"},
                         {!device.arp, "noarp"},
                         {device.forwarding, "forwarding"},
                         {device.ignore_linkdown, "ignore_linkdown"}}));
  if (device.shaping.rate_bps != 0) text += " rate " + to_string(Rate{device.shaping.rate_bps});
  if (device.shaping.delay_us != 0)
    text += " delay " + to_string(Duration{device.shaping.delay_us});
  text += "\n";
  for (const auto& address : device.addresses) text += "      address " + to_string(address) + "\n";
  return text;
}

std::string namespace_text(const Namespace& space) {
  const std::string tenant = space.tenant.empty() ? "" : " tenant " + space.tenant;
  std::string text = fmt::format("  namespace {} mark {}{}{}\n", space.name, space.mark, tenant,
                                 flags({{space.own, "own"},
                                        {space.settings.ipv6, "ipv6"},
                                        {space.settings.ipv6_forwarding, "ipv6_forwarding"},
                                        {space.settings.icmp_unlimited, "icmp_unlimited"},
                                        {space.settings.rp_filter_off, "rp_filter_off"},
                                        {space.lo_forwarding, "lo_forwarding"},
                                        {space.reassembly, "reassembly"}}));
  for (const auto& address : space.lo_addresses) text += "    lo " + to_string(address) + "\n";
  for (const auto& route : space.routes) text += "    route " + to_string(route) + "\n";
  return text;
}

std::string mtu_text(const LinkEnd& end) {
  std::string text = fmt::format("mtu {}", end.mtu_bytes);
  if (end.whole_bytes != end.mtu_bytes) text += fmt::format(" whole {}", end.whole_bytes);
  return text;
}

std::string to_string(const Header& header) {
  return net::to_string(header.source) + " -> " + net::to_string(header.destination);
}

/// Only what an end of the first layer does not say already.
std::string way_text(const LinkEnd& end) {
  if (end.on.empty()) return "";
  std::string text = " on " + end.on;
  if (!end.way.open) return text + " no way";
  if (end.way.inside) text += " inside " + to_string(end.way.inside_link);
  for (const Header& header : end.way.headers) text += " push " + to_string(header);
  return text;
}

std::string check_text(const SourceCheck& check) {
  if (!check.on) return "";
  std::string text = " sources " + net::to_string(check.block);
  for (const net::Ipv4 other : check.others) text += " " + net::to_string(other);
  return text;
}

std::string link_end_text(const LinkEnd& end) {
  std::string text =
      fmt::format("  end {} base {} -> {} link {} -> {} {} mac {} neighbour {}{}", end.backside,
                  net::to_string(end.base_source), net::to_string(end.base_destination),
                  net::to_string(end.link_source), net::to_string(end.link_destination),
                  mtu_text(end), net::to_string(end.mac), net::to_string(end.neighbour_mac),
                  flags({{end.ipv6, "ipv6"}, {end.local, "local"}, {end.via_lo, "via_lo"}}));
  text += way_text(end) + check_text(end.source_check);
  if (end.floor_bytes != 0) text += fmt::format(" floor {}", end.floor_bytes);
  if (end.rate_bps != 0) text += " rate " + to_string(Rate{end.rate_bps});
  if (end.loss_ppb != 0) text += " loss " + to_string(Fraction{end.loss_ppb});
  if (end.share != 0) text += fmt::format(" share {}", end.share);
  return text + "\n";
}

}  // namespace

std::string to_string(const net::InterfaceAddress& address) {
  const std::string peer = address.peer ? " peer " + net::to_string(*address.peer) : "";
  return fmt::format("{}{}/{}", net::to_string(address.local), peer, address.prefix_length);
}

std::string to_string(const net::Route& route) {
  std::string text = route.type == net::RouteType::kUnreachable ? "unreachable " : "";
  text += net::to_string(route.destination);
  if (route.via) text += " via " + net::to_string(*route.via);
  if (!route.device.empty()) text += " dev " + route.device;
  for (const net::NextHop& hop : route.others) {
    text += " or via " + net::to_string(hop.via) + " dev " + hop.device;
  }
  if (route.metric != 0) text += " metric " + std::to_string(route.metric);
  if (route.source) text += " src " + net::to_string(*route.source);
  return text;
}

std::string to_string(const Slice& slice) {
  std::string text = fmt::format("slice {} on {} base {}\n", slice.owner, slice.machine,
                                 net::to_string(slice.base_address));
  for (const Namespace& space : slice.namespaces) text += namespace_text(space);
  for (const Veth& veth : slice.veths) {
    text += veth.role == VethRole::kBase ? "  veth base\n" : "  veth link\n";
    text += device_text("a", veth.a_namespace, veth.a) + device_text("b", veth.b_namespace, veth.b);
  }
  for (const LinkEnd& end : slice.link_ends) text += link_end_text(end);
  for (const std::string& device : slice.base_devices) text += "  base_device " + device + "\n";
  for (const auto& [device, share] : slice.shares) {
    text += fmt::format("  share {} of {} {}\n", share.id, device, to_string(Rate{share.rate_bps}));
  }
  return text;
}

}  // namespace vinet::slice
