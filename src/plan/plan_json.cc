#include "plan/plan_json.h"

#include <algorithm>

#include "plan/json_archive.h"
#include "plan/json_route.h"

namespace vinet::plan {
namespace json {

/// Absent where there are none.
template <typename Archive>
void annotate(Archive& archive, auto& annotations) {
  archive.list_if_any("annotations", annotations, [](auto& of, auto& annotation) {
    of("key", annotation.key);
    of("text", annotation.text);
  });
}

template <typename Archive, Is<MachinePlan> T>
void fields(Archive& archive, T& machine) {
  archive("name", machine.name);
  archive("base_address", machine.base_address);
  archive("mtu_bytes", machine.mtu_bytes);
  archive.list("routes", machine.routes, kFields);
  archive.unless("transit", machine.transit, true);
  archive.unless_default("daemon", machine.daemon);
  archive.unless("drained", machine.drained, false);
}

template <typename Archive, Is<BaseLinkEnd> T>
void fields(Archive& archive, T& end, const Names& machines) {
  archive.reference("machine", end.machine.index, machines);
  archive("device", end.device);
  archive("mac", end.mac);
  archive("address", end.address);
}

template <typename Archive, Is<BasePlan> T>
void fields(Archive& archive, T& base) {
  archive("name", base.name);
  const Names machines = archive.names("machines", base.machines);
  archive.list("machines", base.machines, kFields);
  archive.list("links", base.links, [&](auto& of_link, auto& link) {
    of_link("name", link.name);
    const auto end = [&](auto& of_end, auto& e) { fields(of_end, e, machines); };
    of_link.nested("a", link.a, end);
    of_link.nested("b", link.b, end);
    of_link("mtu_bytes", link.mtu_bytes);
    of_link("rate_bps", link.rate_bps);
    of_link("cost", link.cost);
  });
  archive.names("links", base.links);  // for the reader: none twice
  archive.unless("fleet", base.fleet, false);
}

template <typename Archive, Is<Interface> T>
void fields(Archive& archive, T& interface, const Names& links) {
  archive.reference("link", interface.link.index, links);
  archive("device", interface.device);
  archive("mac", interface.mac);
  archive("address", interface.address);
  archive("address6", interface.address6);
}

template <typename Archive, Is<NodePlan> T>
void fields(Archive& archive, T& node, const Names& machines, const Names& links) {
  archive("name", node.name);
  archive("kind", node.kind);
  archive("transit", node.transit);
  archive.reference("machine", node.machine.index, machines);
  archive("identity", node.identity);
  archive("identity6", node.identity6);
  archive("block", node.block);
  archive("block6", node.block6);
  archive.list("interfaces", node.interfaces, [&](auto& of_interface, auto& interface) {
    fields(of_interface, interface, links);
  });
  archive.list("routes", node.routes, kFields);
  archive.unless_default("run", node.run);
  annotate(archive, node.annotations);
}

/// The devices of a node, as names to refer to.
static Names devices_of(const NodePlan& node) {
  Names devices;
  for (const Interface& interface : node.interfaces) {
    devices.indexes.emplace(interface.device, static_cast<uint32_t>(devices.names.size()));
    devices.names.push_back(interface.device);
  }
  return devices;
}

template <typename Archive, Is<LinkEndPlan> T>
void fields(Archive& archive, T& end, const Names& nodes, const std::vector<Names>& devices) {
  archive.reference("node", end.node.index, nodes);
  if (end.node.index >= devices.size()) return archive.fail("no such node");
  archive.reference("device", end.interface, devices[end.node.index]);
  archive("link_address", end.link_address);
  archive("base_address", end.base_address);
}

template <typename Archive, Is<InternetPlan> T>
void fields(Archive& archive, T& internet, const std::map<std::string, Names>& machines) {
  archive("name", internet.name);
  archive("base", internet.base);
  const auto base = machines.find(internet.base);
  if (base == machines.end()) return archive.fail("unknown base '" + internet.base + "'");
  archive("pool", internet.pool);
  archive("pool6", internet.pool6);
  archive("sitn_strict", internet.sitn_strict);
  archive.unless_default("lease_s", internet.lease_s);
  archive.unless_default("share_bps", internet.share_bps);
  archive.unless("flatten", internet.flatten, true);
  archive.unless_default("flattened", internet.flattened);
  archive.unless_default("unflattened_because", internet.unflattened_because);
  annotate(archive, internet.annotations);
  const Names nodes = archive.names("nodes", internet.nodes);
  const Names links = archive.names("links", internet.links);
  archive.list("nodes", internet.nodes,
               [&](auto& of_node, auto& node) { fields(of_node, node, base->second, links); });
  std::vector<Names> devices;
  for (const NodePlan& node : internet.nodes) devices.push_back(devices_of(node));
  archive.list("links", internet.links, [&](auto& of_link, auto& link) {
    of_link("name", link.name);
    const auto end = [&](auto& of_end, auto& e) { fields(of_end, e, nodes, devices); };
    of_link.nested("a", link.a, end);
    of_link.nested("b", link.b, end);
    of_link("mtu_bytes", link.mtu_bytes);
    of_link("overhead_bytes", link.overhead_bytes);
    of_link("rate_bps", link.rate_bps);
    of_link("delay_us", link.delay_us);
    of_link("loss_ppb", link.loss_ppb);
    of_link("cost", link.cost);
    of_link("ipv6", link.ipv6);
    of_link("local", link.local);
    annotate(of_link, link.annotations);
  });
}

template <typename Archive, Is<Plan> T>
void fields(Archive& archive, T& plan) {
  archive.list("bases", plan.bases, kFields);
  archive.names("bases", plan.bases);
  std::map<std::string, Names> machines;
  for (const BasePlan& base : plan.bases) {
    Names& names = machines[base.name];
    for (const MachinePlan& machine : base.machines) {
      names.indexes.emplace(machine.name, static_cast<uint32_t>(names.names.size()));
      names.names.push_back(machine.name);
    }
  }
  for (auto& [name, nodes] :
       archive.names_in("internets", "nodes", plan.internets, &InternetPlan::nodes)) {
    machines.emplace(name, std::move(nodes));
  }
  archive.list("internets", plan.internets,
               [&](auto& of_internet, auto& internet) { fields(of_internet, internet, machines); });
  archive.names("internets", plan.internets);
}

/// Does every interface belong to the link end that belongs to it? Returns what does not.
static std::optional<std::string> find_loose_end(const InternetPlan& internet) {
  std::vector<std::vector<bool>> attached;
  for (const NodePlan& node : internet.nodes) attached.emplace_back(node.interfaces.size(), false);
  for (uint32_t i = 0; i < internet.links.size(); ++i) {
    const LinkPlan& link = internet.links[i];
    for (const LinkEndPlan* end : {&link.a, &link.b}) {
      const Interface& interface = internet.nodes[end->node.index].interfaces[end->interface];
      if (interface.link != LinkId{i} || attached[end->node.index][end->interface]) {
        return "link '" + link.name + "' and its interfaces do not fit";
      }
      attached[end->node.index][end->interface] = true;
    }
  }
  for (size_t i = 0; i < attached.size(); ++i) {
    if (std::find(attached[i].begin(), attached[i].end(), false) != attached[i].end()) {
      return "node '" + internet.nodes[i].name + "' has an interface at no link";
    }
  }
  return std::nullopt;
}

}  // namespace json

std::string to_json(const Plan& plan, int indent) {
  std::string text;
  json::JsonWriter writer(text, indent);
  json::fields(writer, plan);
  writer.close();
  return text + "\n";
}

Result<Plan> from_json(std::string_view text) {
  const auto failed = [](const std::string& what) {
    return Error{Errc::kInvalidArgument, "read a plan: " + what, 0};
  };
  const json::Json document = json::Json::parse(text, nullptr, false);
  if (document.is_discarded()) return failed("no valid JSON");
  std::optional<std::string> error;
  Plan plan;
  json::JsonReader reader(document, "", error);
  json::fields(reader, plan);
  reader.finish();
  if (error) return failed(*error);
  for (const InternetPlan& internet : plan.internets) {
    if (const auto loose = json::find_loose_end(internet)) {
      return failed("internet '" + internet.name + "': " + *loose);
    }
  }
  return plan;
}

}  // namespace vinet::plan
