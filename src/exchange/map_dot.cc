// Maps for Graphviz.
#include <fmt/format.h>

#include "exchange/dot_text.h"
#include "exchange/map.h"
#include "graph/annotations.h"

namespace vinet::exchange {

std::string map_dot(const plan::Plan& plan) {
  std::string text = "graph vinet {\n  compound=true;\n";
  for (const plan::BasePlan& base : plan.bases) {
    for (size_t i = 0; i < base.machines.size(); ++i) {
      const std::string name = base.name + "." + base.machines[i].name;
      text += fmt::format("  subgraph {} {{\n    label={}; style=rounded;\n",
                          dot_quoted("cluster_" + name), dot_quoted(name));
      text += fmt::format("    {} [shape=plaintext, label={}];\n", dot_quoted(name),
                          dot_quoted(base.machines[i].name));
      for (const plan::InternetPlan& internet : plan.internets) {
        if (internet.base != base.name) continue;
        for (const plan::NodePlan& node : internet.nodes) {
          if (node.machine.index != i) continue;
          const bool is_router = node.kind == plan::NodeKind::kRouter;
          text += fmt::format("    {} [label={}, shape={}];\n",
                              dot_quoted(internet.name + "." + node.name), dot_quoted(node.name),
                              is_router ? "ellipse" : "box");
        }
      }
      text += "  }\n";
    }
    for (const plan::BaseLinkPlan& link : base.links) {
      text += fmt::format("  {} -- {} [style=dashed];\n",
                          dot_quoted(base.name + "." + base.machines[link.a.machine.index].name),
                          dot_quoted(base.name + "." + base.machines[link.b.machine.index].name));
    }
  }
  for (const plan::InternetPlan& internet : plan.internets) {
    for (const plan::LinkPlan& link : internet.links) {
      text += fmt::format("  {} -- {};\n",
                          dot_quoted(internet.name + "." + internet.nodes[link.a.node.index].name),
                          dot_quoted(internet.name + "." + internet.nodes[link.b.node.index].name));
    }
  }
  return text + "}\n";
}

}  // namespace vinet::exchange
