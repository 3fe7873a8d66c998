// A topology file of containerlab (https://containerlab.dev/manual/topo-def-file/). Strings are
// quoted as in JSON, which YAML 1.2 reads alike.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "exchange/export.h"
#include "graph/annotations.h"

namespace vinet::exchange {
namespace {

std::string yaml_quoted(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<std::string> to_clab(const graph::Graph& graph, const std::string& image) {
  if (graph.internets.size() != 1) {
    return Error{
        Errc::kInvalidArgument,
        fmt::format("a containerlab topology is one internet, not {}", graph.internets.size())};
  }
  const graph::Internet& internet = graph.internets.front();
  std::string text =
      fmt::format("name: {}\ntopology:\n  defaults:\n    kind: linux\n    image: {}\n",
                  yaml_quoted(internet.name), yaml_quoted(image));
  text += internet.nodes.empty() ? "  nodes: {}\n" : "  nodes:\n";
  for (const graph::Node& node : internet.nodes) {
    const bool is_router = node.kind == graph::NodeKind::kRouter;
    text += fmt::format("    {}:\n      kind: linux\n", yaml_quoted(node.name));
    if (node.transit) {
      text += "      sysctls:\n        net.ipv4.ip_forward: 1\n";
      if (internet.ipv6) text += "        net.ipv6.conf.all.forwarding: 1\n";
    }
    text += fmt::format("      labels:\n        vinet-kind: {}\n", is_router ? "router" : "host");
    for (const char* key : {"label", "latitude", "longitude"}) {
      const std::string_view value = graph::annotation(node.annotations, key);
      if (!value.empty()) text += fmt::format("        vinet-{}: {}\n", key, yaml_quoted(value));
    }
  }
  std::vector<size_t> interfaces(internet.nodes.size(), 0);
  text += internet.links.empty() ? "  links: []\n" : "  links:\n";
  for (const graph::Link& link : internet.links) {
    const auto end = [&](graph::NodeId node) {
      return yaml_quoted(
          fmt::format("{}:eth{}", internet.nodes[node.index].name, ++interfaces[node.index]));
    };
    const std::string a = end(link.a.node);
    const std::string b = end(link.b.node);
    text += fmt::format("    - endpoints: [{}, {}]\n", a, b);
    if (link.mtu_bytes) text += fmt::format("      mtu: {}\n", *link.mtu_bytes);
  }
  return text;
}

}  // namespace vinet::exchange
