// Maps for Graphviz.
#include <fmt/format.h>

#include "exchange/dot_text.h"
#include "exchange/map.h"
#include "graph/annotations.h"
#include "plan/stack.h"

namespace vinet::exchange {
namespace {

const char* shape_of(const plan::NodePlan& node) {
  return node.kind == plan::NodeKind::kRouter ? "ellipse" : "box";
}

}  // namespace

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
          text += fmt::format("    {} [label={}, shape={}];\n",
                              dot_quoted(internet.name + "." + node.name), dot_quoted(node.name),
                              shape_of(node));
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
    const plan::InternetPlan* lower = plan::lower_of(plan, internet);
    for (const plan::NodePlan& node : internet.nodes) {
      if (lower == nullptr) break;  // drawn in its machine's cluster
      text += fmt::format("  {} [label={}, shape={}];\n  {} -- {} [style=dotted];\n",
                          dot_quoted(internet.name + "." + node.name), dot_quoted(node.name),
                          shape_of(node), dot_quoted(internet.name + "." + node.name),
                          dot_quoted(lower->name + "." + lower->nodes[node.machine.index].name));
    }
    for (const plan::LinkPlan& link : internet.links) {
      text += fmt::format("  {} -- {};\n",
                          dot_quoted(internet.name + "." + internet.nodes[link.a.node.index].name),
                          dot_quoted(internet.name + "." + internet.nodes[link.b.node.index].name));
    }
  }
  return text + "}\n";
}

}  // namespace vinet::exchange
