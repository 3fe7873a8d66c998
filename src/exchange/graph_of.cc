// A plan taken back to a graph.
#include "exchange/export.h"
#include "plan/stack.h"

namespace vinet::exchange {
namespace {

graph::Base base_of(const plan::BasePlan& plan) {
  graph::Base base;
  base.name = plan.name;
  for (const plan::MachinePlan& machine : plan.machines) {
    graph::Machine& out = base.machines.emplace_back();
    out.name = machine.name;
    out.mtu_bytes = machine.mtu_bytes;
  }
  for (const plan::BaseLinkPlan& link : plan.links) {
    graph::BaseLink& out = base.links.emplace_back();
    out.name = link.name;
    out.a = link.a.machine;
    out.b = link.b.machine;
    out.mtu_bytes = link.mtu_bytes;
    out.rate_bps = link.rate_bps;
    out.cost = link.cost;
  }
  return base;
}

graph::Internet internet_of(const plan::InternetPlan& plan,
                            const std::vector<std::string>& machines) {
  graph::Internet internet;
  internet.name = plan.name;
  internet.on = plan.base;
  internet.ipv6 = plan.pool6.has_value();
  internet.sitn_strict = plan.sitn_strict;
  internet.flatten = plan.flatten;
  internet.annotations = plan.annotations;
  for (const plan::NodePlan& node : plan.nodes) {
    graph::Node& out = internet.nodes.emplace_back();
    out.name = node.name;
    out.kind = node.kind;
    out.transit = node.transit;
    if (!machines.empty()) out.machine = machines[node.machine.index];
    out.run = node.run;
    out.annotations = node.annotations;
  }
  for (const plan::LinkPlan& link : plan.links) {
    graph::Link& out = internet.links.emplace_back();
    out.name = link.name;
    // A name after the ends holds a '-', which no name of the language does.
    out.named = link.name.find('-') == std::string::npos;
    out.a.node = link.a.node;
    out.b.node = link.b.node;
    out.rate_bps = link.rate_bps;
    out.delay_us = link.delay_us;
    out.loss_ppb = link.loss_ppb;
    out.cost = link.cost;
    if (link.ipv6 != internet.ipv6) out.ipv6 = link.ipv6;
    out.annotations = link.annotations;
  }
  return internet;
}

}  // namespace

graph::Graph graph_of(const plan::Plan& plan) {
  graph::Graph graph;
  for (const plan::BasePlan& base : plan.bases) graph.bases.push_back(base_of(base));
  for (const plan::InternetPlan& internet : plan.internets) {
    graph.internets.push_back(internet_of(internet, plan::machine_names(plan, internet.base)));
  }
  return graph;
}

}  // namespace vinet::exchange
