#include "slice/slice_json.h"

#include "plan/json_archive.h"
#include "plan/json_route.h"

namespace vinet::slice {

// Found by the archive by argument-dependent lookup.
inline std::string to_text(VethRole v) {
  return v == VethRole::kBase ? "base" : "link";
}
inline const char* from_text(const std::string& text, VethRole& out) {
  if (text != "base" && text != "link") return "'base' or 'link'";
  out = text == "base" ? VethRole::kBase : VethRole::kLink;
  return nullptr;
}

}  // namespace vinet::slice

namespace vinet::plan::json {

template <typename Archive, Is<net::Ipv4> T>
void fields(Archive& archive, T& address) {
  archive("address", address);
}

// Every fields() binds all members of its struct: one that is added there does not compile here
// until it is named here, too.

template <typename Archive, Is<net::InterfaceAddress> T>
void fields(Archive& archive, T& address) {
  auto& [local, peer, prefix_length] = address;
  archive("local", local);
  archive("peer", peer);
  archive("prefix_length", prefix_length);
}

template <typename Archive, Is<net::NamespaceSettings> T>
void fields(Archive& archive, T& settings) {
  auto& [ipv6, ipv6_forwarding, icmp_unlimited, rp_filter_off] = settings;
  archive("ipv6", ipv6);
  archive("ipv6_forwarding", ipv6_forwarding);
  archive("icmp_unlimited", icmp_unlimited);
  archive("rp_filter_off", rp_filter_off);
}

template <typename Archive, Is<slice::Namespace> T>
void fields(Archive& archive, T& space) {
  auto& [name, mark, settings, own, tenant, lo_forwarding, reassembly, lo_addresses, routes] =
      space;
  archive("name", name);
  archive("mark", mark);
  archive.nested("settings", settings, kFields);
  archive.unless("own", own, false);
  archive.unless_default("tenant", tenant);
  archive("lo_forwarding", lo_forwarding);
  archive("reassembly", reassembly);
  archive.list("lo_addresses", lo_addresses, kFields);
  archive.list("routes", routes, kFields);
}

template <typename Archive, Is<net::Shaping> T>
void fields(Archive& archive, T& shaping) {
  auto& [rate_bps, delay_us] = shaping;
  archive("rate_bps", rate_bps);
  archive("delay_us", delay_us);
}

template <typename Archive, Is<net::Device> T>
void fields(Archive& archive, T& device) {
  auto& [name, alias, mac, mtu_bytes, up, arp, forwarding, ignore_linkdown, gso_max_bytes, shaping,
         addresses] = device;
  archive("name", name);
  archive("alias", alias);
  archive("mac", mac);
  archive("mtu_bytes", mtu_bytes);
  archive("up", up);
  archive("arp", arp);
  archive("forwarding", forwarding);
  archive("ignore_linkdown", ignore_linkdown);
  archive("gso_max_bytes", gso_max_bytes);
  archive.nested("shaping", shaping, kFields);
  archive.list("addresses", addresses, kFields);
}

template <typename Archive, Is<slice::Veth> T>
void fields(Archive& archive, T& veth) {
  auto& [role, a_namespace, b_namespace, a, b] = veth;
  archive("role", role);
  archive("a_namespace", a_namespace);
  archive("b_namespace", b_namespace);
  archive.nested("a", a, kFields);
  archive.nested("b", b, kFields);
}

template <typename Archive, Is<slice::Header> T>
void fields(Archive& archive, T& header) {
  auto& [source, destination] = header;
  archive("source", source);
  archive("destination", destination);
}

template <typename Archive, Is<slice::Way> T>
void fields(Archive& archive, T& way) {
  auto& [open, headers, inside, inside_on, inside_base, inside_link] = way;
  archive("open", open);
  archive.list("headers", headers, kFields);
  archive("inside", inside);
  archive("inside_on", inside_on);
  archive("inside_base", inside_base);
  archive.nested("inside_link", inside_link, kFields);
}

template <typename Archive, Is<slice::SourceCheck> T>
void fields(Archive& archive, T& check) {
  auto& [on, block, others] = check;
  archive("on", on);
  archive("block", block);
  archive.list("others", others, kFields);
}

template <typename Archive, Is<slice::LinkEnd> T>
void fields(Archive& archive, T& end) {
  auto& [backside, node, on, base_source, base_destination, link_source, link_destination, way,
         via_lo, source_check, floor_bytes, mtu_bytes, whole_bytes, rate_bps, loss_ppb, ipv6, local,
         share, mac, neighbour_mac] = end;
  archive("backside", backside);
  archive("node", node);
  archive("on", on);
  archive("base_source", base_source);
  archive("base_destination", base_destination);
  archive("link_source", link_source);
  archive("link_destination", link_destination);
  archive.nested("way", way, kFields);
  archive("via_lo", via_lo);
  archive.nested("source_check", source_check, kFields);
  archive("floor_bytes", floor_bytes);
  archive("mtu_bytes", mtu_bytes);
  archive("whole_bytes", whole_bytes);
  archive("rate_bps", rate_bps);
  archive("loss_ppb", loss_ppb);
  archive("ipv6", ipv6);
  archive("local", local);
  archive("mac", mac);
  archive("neighbour_mac", neighbour_mac);
  archive("share", share);
}

template <typename Archive, Is<net::Share> T>
void fields(Archive& archive, T& share) {
  auto& [id, rate_bps] = share;
  archive("id", id);
  archive("rate_bps", rate_bps);
}

template <typename Archive, Is<slice::DeviceShare> T>
void fields(Archive& archive, T& device_share) {
  auto& [device, share] = device_share;
  archive("device", device);
  archive.nested("share", share, kFields);
}

template <typename Archive, Is<slice::Slice> T>
void fields(Archive& archive, T& slice) {
  auto& [owner, machine, base_address, namespaces, veths, link_ends, base_devices, shares] = slice;
  archive("owner", owner);
  archive("machine", machine);
  archive("base_address", base_address);
  archive.list("namespaces", namespaces, kFields);
  archive.list("veths", veths, kFields);
  archive.list("link_ends", link_ends, kFields);
  archive.texts("base_devices", base_devices);
  archive.list("shares", shares, kFields);
}

namespace {

struct Slices {
  std::vector<slice::Slice> slices;
};

template <typename Archive, typename T>
void whole(Archive& archive, T& all) {
  archive.list("slices", all.slices, kFields);
}

}  // namespace
}  // namespace vinet::plan::json

namespace vinet::slice {

using plan::json::Json;

std::string to_json(const std::vector<Slice>& slices) {
  const plan::json::Slices all{slices};
  std::string text;
  plan::json::JsonWriter writer(text, -1);
  plan::json::whole(writer, all);
  writer.close();
  return text;
}

Result<std::vector<Slice>> from_json(std::string_view text) {
  const Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return Error{Errc::kInvalidArgument, "read slices: no valid JSON"};
  std::optional<std::string> error;
  plan::json::Slices all;
  plan::json::JsonReader reader(document, "", error);
  plan::json::whole(reader, all);
  reader.finish();
  if (error) return Error{Errc::kInvalidArgument, "read slices: " + *error};
  return std::move(all.slices);
}

}  // namespace vinet::slice
