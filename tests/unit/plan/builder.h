// Builds Graphs for the planner's tests: `Lab("lab").machines({"X", "Y"}).link("X", "Y")`.
#pragma once

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/make_plan.h"

namespace vinet::plan::testing {

template <typename Things>
uint32_t index_of(const Things& things, const std::string& name) {
  for (uint32_t i = 0; i < things.size(); ++i) {
    if (things[i].name == name) return i;
  }
  std::cerr << "test: no '" << name << "'\n";
  std::abort();
}

/// `A-B`, or `A-B:2` for a second one.
template <typename Links>
std::string link_name(const Links& links, const std::string& a, const std::string& b) {
  std::string name = a + "-" + b;
  for (unsigned n = 2;; ++n) {
    bool taken = false;
    for (const auto& link : links) taken = taken || link.name == name;
    if (!taken) return name;
    name = a + "-" + b + ":" + std::to_string(n);
  }
}

struct Lab {
  explicit Lab(std::string name) {
    base.name = std::move(name);
    base.span = {1, 2};
  }
  Lab& machines(const std::vector<std::string>& names, uint32_t mtu_bytes = 1500) {
    for (const auto& name : names) {
      graph::Machine& machine = base.machines.emplace_back();
      machine.name = name;
      machine.mtu_bytes = mtu_bytes;
      machine.span = {10, 11};
    }
    return *this;
  }
  Lab& link(const std::string& a, const std::string& b) {
    graph::BaseLink link;
    link.name = link_name(base.links, a, b);
    link.a.index = index_of(base.machines, a);
    link.b.index = index_of(base.machines, b);
    link.span = {20, 21};
    base.links.push_back(link);
    return *this;
  }
  Lab& chain(const std::vector<std::string>& names) {
    for (size_t i = 1; i < names.size(); ++i) link(names[i - 1], names[i]);
    return *this;
  }
  graph::BaseLink& last() { return base.links.back(); }
  graph::Base base;
};

struct Net {
  explicit Net(std::string name, std::string on = "lab") {
    internet.name = std::move(name);
    internet.on = std::move(on);
    internet.span = {30, 31};
    internet.on_span = {32, 33};
  }
  Net& node(const std::string& name, graph::NodeKind kind, const std::string& at) {
    graph::Node node;
    node.name = name;
    node.kind = kind;
    node.transit = kind == graph::NodeKind::kRouter;
    node.machine = at;
    node.span = {40, 41};
    node.at_span = {42, 43};
    internet.nodes.push_back(node);
    return *this;
  }
  Net& host(const std::string& name, const std::string& at = "") {
    return node(name, graph::NodeKind::kHost, at);
  }
  Net& router(const std::string& name, const std::string& at = "") {
    return node(name, graph::NodeKind::kRouter, at);
  }
  Net& link(const std::string& a, const std::string& b) {
    graph::Link link;
    link.name = link_name(internet.links, a, b);
    link.a.node.index = index_of(internet.nodes, a);
    link.b.node.index = index_of(internet.nodes, b);
    link.span = {50, 51};
    internet.links.push_back(link);
    return *this;
  }
  Net& named(const std::string& name, const std::string& a, const std::string& b) {
    link(a, b);
    last().name = name;
    last().named = true;
    return *this;
  }
  Net& chain(const std::vector<std::string>& names) {
    for (size_t i = 1; i < names.size(); ++i) link(names[i - 1], names[i]);
    return *this;
  }
  graph::Node& at(const std::string& name) {
    return internet.nodes[index_of(internet.nodes, name)];
  }
  graph::Link& last() { return internet.links.back(); }
  graph::Internet internet;
};

inline graph::Graph graph_of(const std::vector<Lab>& labs, const std::vector<Net>& nets) {
  graph::Graph graph;
  for (const Lab& lab : labs) graph.bases.push_back(lab.base);
  for (const Net& net : nets) graph.internets.push_back(net.internet);
  return graph;
}

/// Three machines in a row, X -- Y -- Z.
inline Lab row() {
  return Lab("lab").machines({"X", "Y", "Z"}).chain({"X", "Y", "Z"});
}

/// VI Figure 11 on it.
inline Net figure11(const std::string& name = "fig11") {
  return Net(name)
      .host("A", "X")
      .host("F", "Y")
      .router("B", "Y")
      .router("D", "Y")
      .router("C", "Z")
      .router("E", "Z")
      .chain({"A", "B", "C", "D", "E", "F"});
}

inline std::string all_text(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics.all()) {
    text += (d.severity == Severity::kError ? "error: " : "warning: ") + d.message + " = " +
            d.note + "\n";
  }
  return text;
}

/// The plan, or a failure of the whole test program with the diagnostics.
inline Plan planned(const graph::Graph& graph, const Inventory& inventory = {},
                    const PlanOptions& options = {}) {
  Diagnostics diagnostics;
  auto plan = make_plan(graph, inventory, options, diagnostics);
  if (!plan) {
    std::cerr << all_text(diagnostics);
    std::abort();
  }
  return *plan;
}

inline const NodePlan& node_of(const InternetPlan& plan, const std::string& name) {
  return plan.nodes[index_of(plan.nodes, name)];
}
inline const LinkPlan& link_of(const InternetPlan& plan, const std::string& name) {
  return plan.links[index_of(plan.links, name)];
}

}  // namespace vinet::plan::testing
