// Graphs for Graphviz.
#include <fmt/format.h>

#include "exchange/distance.h"
#include "exchange/dot_text.h"
#include "exchange/export.h"
#include "graph/annotations.h"
#include "support/units.h"

namespace vinet::exchange {
namespace {

constexpr double kPointsPerDegree = 20;

std::string label_of(const graph::Node& node) {
  const std::string_view label = graph::annotation(node.annotations, "label");
  return label.empty() ? node.name : std::string(label);
}

/// What a user sees first of a link: its own name, how fast it is.
std::string label_of(const graph::Link& link) {
  std::string text = link.named ? link.name : "";
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : "\n") + more; };
  if (link.rate_bps > 0) {
    add(to_string(Rate{link.rate_bps}));
  } else if (const auto rate = graph::annotation(link.annotations, "bandwidth"); !rate.empty()) {
    add(std::string(rate));
  }
  if (link.delay_us > 0) add(to_string(Duration{link.delay_us}));
  if (link.loss_ppb > 0) add(to_string(Fraction{link.loss_ppb}));
  return text;
}

void print(const graph::Internet& internet, const std::string& prefix, const std::string& indent,
           std::string& text) {
  for (const graph::Node& node : internet.nodes) {
    const bool is_router = node.kind == graph::NodeKind::kRouter;
    text += fmt::format("{}{} [label={}, shape={}", indent, dot_quoted(prefix + node.name),
                        dot_quoted(label_of(node)), is_router ? "ellipse" : "box");
    if (const auto at = position_of(node.annotations)) {
      text += fmt::format(", pos=\"{:.1f},{:.1f}\"", at->longitude * kPointsPerDegree,
                          at->latitude * kPointsPerDegree);
    }
    text += "];\n";
  }
  for (const graph::Link& link : internet.links) {
    text += fmt::format("{}{} -- {}", indent,
                        dot_quoted(prefix + internet.nodes[link.a.node.index].name),
                        dot_quoted(prefix + internet.nodes[link.b.node.index].name));
    if (const std::string label = label_of(link); !label.empty()) {
      text += fmt::format(" [label={}]", dot_quoted(label));
    }
    text += ";\n";
  }
}

}  // namespace

std::string dot_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "\"";
}

std::string to_dot(const graph::Graph& graph) {
  const bool single = graph.internets.size() == 1;
  std::string text =
      fmt::format("graph {} {{\n", single ? dot_quoted(graph.internets.front().name) : "internets");
  for (const graph::Internet& internet : graph.internets) {
    if (single) {
      print(internet, "", "  ", text);
      continue;
    }
    text += fmt::format("  subgraph {} {{\n    label={};\n", dot_quoted("cluster_" + internet.name),
                        dot_quoted(internet.name));
    print(internet, internet.name + ".", "    ", text);
    text += "  }\n";
  }
  return text + "}\n";
}

}  // namespace vinet::exchange
