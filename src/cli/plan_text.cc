#include "cli/plan_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "lang/lexer.h"
#include "net/ip.h"
#include "support/units.h"

namespace vinet::cli {
namespace {

std::string title(const std::string& text, bool colour) {
  return paint(text, Colour::kCyan, colour) + "\n";
}

void add_route(Table& table, const std::string& where, const net::Route& route) {
  table.row({where, net::to_string(route.destination),
             route.type == net::RouteType::kUnreachable ? "unreachable"
             : route.via                                ? net::to_string(*route.via)
                                                        : "on link",
             route.device, route.metric == 0 ? "" : fmt::format("{}", route.metric),
             route.source ? net::to_string(*route.source) : ""});
  for (const net::NextHop& hop : route.others) {
    table.row({"", "or", net::to_string(hop.via), hop.device, "", ""});
  }
}

}  // namespace

std::string or_dash(const std::optional<net::Ipv6>& address) {
  return address ? net::to_string(*address) : "-";
}
std::string or_dash(const std::optional<net::IpPrefix>& prefix) {
  return prefix ? net::to_string(*prefix) : "-";
}

std::string attributes_of(const plan::LinkPlan& link) {
  std::vector<std::string> words;
  if (link.rate_bps != 0) {
    words.push_back("rate " + to_string(Rate{link.rate_bps}));
  }
  if (link.delay_us != 0) {
    words.push_back("delay " + to_string(Duration{link.delay_us}));
  }
  if (link.loss_ppb != 0) {
    words.push_back("loss " + to_string(Fraction{link.loss_ppb}));
  }
  if (link.cost != 1) {
    words.push_back(fmt::format("cost {}", link.cost));
  }
  if (!link.ipv6) {
    words.push_back("no IPv6");
  }
  if (link.local) {
    words.push_back("same machine");
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string attributes_of(const plan::BaseLinkPlan& link) {
  std::vector<std::string> words;
  if (link.rate_bps != 0) {
    words.push_back("rate " + to_string(Rate{link.rate_bps}));
  }
  if (link.cost != 1) {
    words.push_back(fmt::format("cost {}", link.cost));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string attributes_of(const plan::InternetPlan& internet) {
  std::string text;
  if (internet.lease_s != 0) {
    text += ", lease " + to_string(Duration{internet.lease_s * 1'000'000});
  }
  if (internet.share_bps != 0) {
    text += ", share " + to_string(Rate{internet.share_bps});
  }
  if (internet.flattened) {
    text += "; flattened";
  } else if (!internet.unflattened_because.empty()) {
    text += "; not flattened: " + internet.unflattened_because;
  }
  return text;
}

std::string kind_of(const plan::NodePlan& node) {
  const bool router = node.kind == plan::NodeKind::kRouter;
  const std::string kind = router ? "router" : "host";
  if (node.transit == router) {
    return kind;
  }
  return kind + (node.transit ? ", transit" : ", no transit");
}

const std::string& node_name(const plan::InternetPlan& internet, const plan::LinkEndPlan& end) {
  return internet.nodes[end.node.index].name;
}

std::string text_of(const plan::BasePlan& base, bool colour) {
  std::string text = title(
      base.fleet
          ? fmt::format("base {}: a fleet of {}", base.name, count(base.machines.size(), "machine"))
          : fmt::format("base {}: {}, {}", base.name, count(base.machines.size(), "machine"),
                        count(base.links.size(), "link")),
      colour);
  Table machines(base.fleet ? std::vector<std::string>{"MACHINE", "BASE ADDRESS", ">MTU", "DAEMON"}
                            : std::vector<std::string>{"MACHINE", "BASE ADDRESS", ">MTU"});
  Table routes({"AT", "TO", "VIA", "DEVICE", ">METRIC", "SOURCE"});
  for (const plan::MachinePlan& machine : base.machines) {
    std::vector<std::string> row{machine.name, net::to_string(machine.base_address),
                                 fmt::format("{}", machine.mtu_bytes)};
    if (base.fleet) row.push_back(machine.daemon);
    machines.row(row);
    for (const net::Route& route : machine.routes) {
      add_route(routes, machine.name, route);
    }
  }
  Table links({"BASE LINK", "FROM", "TO", "ADDRESSES", ">MTU", "ATTRIBUTES"});
  for (const plan::BaseLinkPlan& link : base.links) {
    links.row(
        {link.name, base.machines[link.a.machine.index].name,
         base.machines[link.b.machine.index].name,
         fmt::format("{} - {}", net::to_string(link.a.address), net::to_string(link.b.address)),
         fmt::format("{}", link.mtu_bytes), attributes_of(link)});
  }
  for (const Table* table : {&machines, &links, &routes}) {
    if (!table->empty()) {
      text += "\n" + table->text(2, colour);
    }
  }
  return text;
}

namespace {

/// `24 routes, at most 6 a node, 4.0 on average`.
std::string route_totals(const plan::InternetPlan& internet) {
  size_t total = 0, most = 0;
  for (const plan::NodePlan& node : internet.nodes) {
    total += node.routes.size();
    most = std::max(most, node.routes.size());
  }
  const double mean = internet.nodes.empty()
                          ? 0
                          : static_cast<double>(total) / static_cast<double>(internet.nodes.size());
  return fmt::format("{}, at most {} a node, {:.1f} on average", count(total, "route"), most, mean);
}

}  // namespace

std::string text_of(const plan::InternetPlan& internet, const plan::BasePlan& base, bool colour,
                    RouteTables tables) {
  std::string text =
      title(fmt::format("internet {} on {}: {}, {}; pool {}{}", internet.name, internet.base,
                        count(internet.nodes.size(), "node"), count(internet.links.size(), "link"),
                        net::to_string(internet.pool),
                        internet.pool6 ? " and " + net::to_string(*internet.pool6) : ", no IPv6") +
                attributes_of(internet),
            colour);
  Table nodes(
      {"NODE", "KIND", "AT", "IDENTITY", "BLOCK", "IDENTITY IPV6", "BLOCK IPV6", ">ROUTES"});
  Table interfaces({"NODE", "INTERFACE", "LINK", "ADDRESS", "ADDRESS IPV6", "MAC"});
  Table routes({"NODE", "TO", "VIA", "INTERFACE", ">METRIC", "SOURCE"});
  Table programs({"NODE", "RUN"});
  for (const plan::NodePlan& node : internet.nodes) {
    nodes.row({node.name, kind_of(node), base.machines[node.machine.index].name,
               net::to_string(node.identity), net::to_string(node.block), or_dash(node.identity6),
               or_dash(node.block6), fmt::format("{}", node.routes.size())});
    if (!node.run.empty()) {
      programs.row({node.name, lang::quoted(node.run)});
    }
    for (const plan::Interface& interface : node.interfaces) {
      interfaces.row({node.name, interface.device, internet.links[interface.link.index].name,
                      net::to_string(interface.address), or_dash(interface.address6),
                      net::to_string(interface.mac)});
    }
    if (tables == RouteTables::kCounted) {
      continue;
    }
    for (const net::Route& route : node.routes) {
      add_route(routes, node.name, route);
    }
  }
  Table links(
      {"LINK", "FROM", "TO", "LINK ADDRESSES", "BASE ADDRESSES", ">MTU", ">HEADERS", "ATTRIBUTES"});
  for (const plan::LinkPlan& link : internet.links) {
    links.row({link.name, node_name(internet, link.a), node_name(internet, link.b),
               fmt::format("{} - {}", net::to_string(link.a.link_address),
                           net::to_string(link.b.link_address)),
               fmt::format("{} - {}", net::to_string(link.a.base_address),
                           net::to_string(link.b.base_address)),
               fmt::format("{}", link.mtu_bytes), fmt::format("{}", link.overhead_bytes),
               attributes_of(link)});
  }
  for (const Table* table : {&nodes, &interfaces, &links, &routes, &programs}) {
    if (!table->empty()) {
      text += "\n" + table->text(2, colour);
    }
  }
  text += "\n  " + route_totals(internet) + "\n";
  return text;
}

}  // namespace vinet::cli
