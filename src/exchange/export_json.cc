// A graph as JSON.
#include <nlohmann/json.hpp>

#include "exchange/export.h"

namespace vinet::exchange {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::optional<net::IpPrefix>& prefix) {
  return prefix ? Json(net::to_string(*prefix)) : Json(nullptr);
}

Json texts(const std::vector<net::IpAddress>& addresses) {
  Json list = Json::array();
  for (const net::IpAddress& address : addresses) list.push_back(net::to_string(address));
  return list;
}

/// {"label": "Zürich", "note": ["Country: CH"]}
Json object_of(const graph::Annotations& annotations) {
  Json object = Json::object();
  for (const auto& [key, text] : annotations) {
    if (key == "note") {
      object[key].push_back(text);
    } else {
      object[key] = text;
    }
  }
  return object;
}

Json json_of(const graph::Base& base) {
  Json machines = Json::array();
  for (const graph::Machine& machine : base.machines) {
    Json& object =
        machines.emplace_back(Json{{"name", machine.name}, {"mtu_bytes", machine.mtu_bytes}});
    if (!machine.daemon.empty()) object["daemon"] = machine.daemon;
    if (machine.address) object["address"] = net::to_string(*machine.address);
  }
  Json links = Json::array();
  for (const graph::BaseLink& link : base.links) {
    links.push_back({{"name", link.name},
                     {"a", base.machines[link.a.index].name},
                     {"b", base.machines[link.b.index].name},
                     {"mtu_bytes", or_null(link.mtu_bytes)},
                     {"rate_bps", link.rate_bps},
                     {"cost", link.cost}});
  }
  return {{"name", base.name}, {"machines", machines}, {"links", links}};
}

Json json_of(const graph::LinkEnd& end, const graph::Internet& internet) {
  return {{"node", internet.nodes[end.node.index].name}, {"addresses", texts(end.addresses)}};
}

Json json_of(const graph::Internet& internet) {
  Json nodes = Json::array();
  for (const graph::Node& node : internet.nodes) {
    nodes.push_back({{"name", node.name},
                     {"kind", node.kind == graph::NodeKind::kRouter ? "router" : "host"},
                     {"transit", node.transit},
                     {"machine", node.machine.empty() ? Json(nullptr) : Json(node.machine)},
                     {"addresses", texts(node.addresses)},
                     {"run", node.run},
                     {"annotations", object_of(node.annotations)}});
  }
  Json links = Json::array();
  for (const graph::Link& link : internet.links) {
    links.push_back({{"name", link.name},
                     {"named", link.named},
                     {"a", json_of(link.a, internet)},
                     {"b", json_of(link.b, internet)},
                     {"mtu_bytes", or_null(link.mtu_bytes)},
                     {"rate_bps", link.rate_bps},
                     {"delay_us", link.delay_us},
                     {"loss_ppb", link.loss_ppb},
                     {"cost", link.cost},
                     {"ipv6", or_null(link.ipv6)},
                     {"annotations", object_of(link.annotations)}});
  }
  Json object = {{"name", internet.name},
                 {"on", internet.on},
                 {"pool", or_null(internet.pool)},
                 {"pool6", or_null(internet.pool6)},
                 {"reserve", internet.reserve},
                 {"ipv6", internet.ipv6},
                 {"sitn_strict", internet.sitn_strict},
                 {"mtu_bytes", or_null(internet.mtu_bytes)},
                 {"lease_s", or_null(internet.lease_s)},
                 {"share_bps", internet.share_bps},
                 {"flatten", internet.flatten},
                 {"annotations", object_of(internet.annotations)},
                 {"nodes", nodes},
                 {"links", links}};
  if (!internet.where.empty()) object["where"] = internet.where;
  return object;
}

}  // namespace

std::string to_json(const graph::Graph& graph) {
  Json bases = Json::array();
  for (const graph::Base& base : graph.bases) bases.push_back(json_of(base));
  Json internets = Json::array();
  for (const graph::Internet& internet : graph.internets) internets.push_back(json_of(internet));
  const Json all = {{"bases", bases}, {"internets", internets}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vinet::exchange
