// Every object becomes a name with facts, in order; then the two lists are compared.
#include "plan/plan_diff.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "plan/stack.h"
#include "support/units.h"

namespace vinet::plan {
namespace {

using Kind = ObjectChange::Kind;
using What = ObjectChange::What;

struct Facts {
  Kind kind = Kind::kNode;
  std::string name;
  std::vector<std::pair<std::string, std::string>> facts;  // empty values: not there
  std::map<std::string, std::string> annotations;
};

/// Only notes may repeat; they are one fact.
std::map<std::string, std::string> texts_of(const Annotations& annotations) {
  std::map<std::string, std::string> texts;
  for (const graph::Annotation& one : annotations) {
    std::string& text = texts[one.key];
    text += (text.empty() ? "" : "; ") + one.text;
  }
  return texts;
}

std::string text(const net::Route& route) {
  if (route.type == net::RouteType::kUnreachable) return "unreachable";
  std::string hops = fmt::format(
      "{} dev {}", route.via ? "via " + net::to_string(*route.via) : "on link", route.device);
  for (const net::NextHop& hop : route.others) {
    hops += fmt::format(" or via {} dev {}", net::to_string(hop.via), hop.device);
  }
  return hops + (route.source ? " src " + net::to_string(*route.source) : "");
}

template <typename T>
std::string maybe(const std::optional<T>& value) {
  return value ? net::to_string(*value) : "";
}
std::string unless_zero(uint64_t value, const std::string& text) {
  return value == 0 ? "" : text;
}

std::string flattened(const InternetPlan& internet) {
  if (internet.flattened) return "yes";
  const std::string& because = internet.unflattened_because;
  return because.empty() ? "" : "no (" + because + ")";
}

void add_routes(const std::string& owner, const std::vector<net::Route>& routes,
                std::vector<Facts>& all) {
  for (const net::Route& route : routes) {
    const std::string metric = route.metric == 0 ? "" : fmt::format(" metric {}", route.metric);
    all.push_back({Kind::kRoute,
                   fmt::format("{} {}{}", owner, net::to_string(route.destination), metric),
                   {{"way", text(route)}},
                   {}});
  }
}

void describe(const BasePlan& base, std::vector<Facts>& all, std::vector<Facts>& routes) {
  const std::string prefix = base.name + ".";
  all.push_back({Kind::kBase, base.name, {}, {}});
  for (const MachinePlan& machine : base.machines) {
    all.push_back({Kind::kMachine,
                   prefix + machine.name,
                   {{"address", net::to_string(machine.base_address)},
                    {"mtu", std::to_string(machine.mtu_bytes)}},
                   {}});
    add_routes(prefix + machine.name, machine.routes, routes);
  }
  for (const BaseLinkPlan& link : base.links) {
    Facts facts{Kind::kBaseLink, prefix + link.name, {}, {}};
    for (const auto& [key, end] : {std::pair("a", &link.a), std::pair("b", &link.b)}) {
      facts.facts.emplace_back(key, fmt::format("{} {} {}", base.machines[end->machine.index].name,
                                                end->device, net::to_string(end->address)));
    }
    facts.facts.emplace_back("mtu", std::to_string(link.mtu_bytes));
    facts.facts.emplace_back("rate", unless_zero(link.rate_bps, to_string(Rate{link.rate_bps})));
    facts.facts.emplace_back("cost", std::to_string(link.cost));
    all.push_back(std::move(facts));
  }
}

void describe(const InternetPlan& internet, const std::vector<std::string>& machines,
              std::vector<Facts>& all, std::vector<Facts>& routes) {
  const std::string prefix = internet.name + ".";
  all.push_back(
      {Kind::kInternet,
       internet.name,
       {{"base", internet.base},
        {"pool", net::to_string(internet.pool)},
        {"pool6", maybe(internet.pool6)},
        {"sitn", internet.sitn_strict ? "strict" : ""},
        {"lease", unless_zero(internet.lease_s, to_string(Duration{internet.lease_s * 1'000'000}))},
        {"share", unless_zero(internet.share_bps, to_string(Rate{internet.share_bps}))},
        {"flattened", flattened(internet)}},
       texts_of(internet.annotations)});
  for (const NodePlan& node : internet.nodes) {
    all.push_back({Kind::kNode,
                   prefix + node.name,
                   {{"at", machines[node.machine.index]},
                    {"kind", node.kind == NodeKind::kHost ? "host" : "router"},
                    {"transit", node.transit ? "yes" : "no"},
                    {"identity", net::to_string(node.identity)},
                    {"identity6", maybe(node.identity6)},
                    {"block", net::to_string(node.block)},
                    {"block6", maybe(node.block6)},
                    {"run", node.run}},
                   texts_of(node.annotations)});
    add_routes(prefix + node.name, node.routes, routes);
  }
  for (const LinkPlan& link : internet.links) {
    Facts facts{Kind::kLink, prefix + link.name, {}, texts_of(link.annotations)};
    for (const auto& [key, end] : {std::pair("a", &link.a), std::pair("b", &link.b)}) {
      const NodePlan& node = internet.nodes[end->node.index];
      const Interface& interface = node.interfaces[end->interface];
      facts.facts.emplace_back(
          key, fmt::format("{} {} {}{} {} at {}", node.name, interface.device,
                           net::to_string(interface.address),
                           interface.address6 ? " " + net::to_string(*interface.address6) : "",
                           net::to_string(end->link_address), net::to_string(end->base_address)));
    }
    const auto fact = [&](const char* name, const std::string& value) {
      facts.facts.emplace_back(name, value);
    };
    fact("mtu", std::to_string(link.mtu_bytes));
    fact("headers", std::to_string(link.overhead_bytes));
    fact("rate", unless_zero(link.rate_bps, to_string(Rate{link.rate_bps})));
    fact("delay", unless_zero(link.delay_us, to_string(Duration{link.delay_us})));
    fact("loss", unless_zero(link.loss_ppb, to_string(Fraction{link.loss_ppb})));
    fact("cost", std::to_string(link.cost));
    fact("ipv6", link.ipv6 ? "on" : "off");
    all.push_back(std::move(facts));
  }
}

std::vector<Facts> describe(const Plan& plan) {
  std::vector<Facts> all, routes;
  for (const BasePlan& base : plan.bases) describe(base, all, routes);
  for (const InternetPlan& internet : plan.internets) {
    const std::vector<std::string> machines = machine_names(plan, internet.base);
    if (!machines.empty() || internet.nodes.empty()) describe(internet, machines, all, routes);
  }
  all.insert(all.end(), std::make_move_iterator(routes.begin()),
             std::make_move_iterator(routes.end()));
  return all;
}

/// What an object has or had, one value empty.
ObjectChange appeared(const Facts& object, What what) {
  ObjectChange change{object.kind, what, object.name, {}};
  for (const auto& [fact, value] : object.facts) {
    if (value.empty()) continue;
    const bool added = what == What::kAdded;
    change.facts.push_back({fact, added ? "" : value, added ? value : ""});
  }
  return change;
}

void compare_annotations(const Facts& before, const Facts& after, ObjectChange& change) {
  std::map<std::string, FactChange> facts;
  for (const auto& [key, text] : before.annotations) facts[key] = {key, text, ""};
  for (const auto& [key, text] : after.annotations) facts[key].fact = key, facts[key].to = text;
  if (change.facts.empty()) change.what = What::kAnnotated;
  for (auto& [key, fact] : facts) {
    if (fact.from != fact.to) change.facts.push_back(std::move(fact));
  }
}

}  // namespace

std::string to_string(ObjectChange::Kind kind) {
  switch (kind) {
    case Kind::kBase:
      return "base";
    case Kind::kMachine:
      return "machine";
    case Kind::kBaseLink:
      return "base link";
    case Kind::kInternet:
      return "internet";
    case Kind::kNode:
      return "node";
    case Kind::kLink:
      return "link";
    case Kind::kRoute:
      return "route";
  }
  return "";
}

std::string to_string(ObjectChange::What what) {
  switch (what) {
    case What::kAdded:
      return "added";
    case What::kRemoved:
      return "removed";
    case What::kMoved:
      return "moved";
    case What::kChanged:
      return "changed";
    case What::kAnnotated:
      return "annotated";
  }
  return "";
}

std::vector<ObjectChange> compare(const Plan& from, const Plan& to) {
  using Key = std::pair<Kind, std::string>;
  const std::vector<Facts> before = describe(from), after = describe(to);
  std::map<Key, const Facts*> old, now;
  for (const Facts& object : before) old.emplace(Key(object.kind, object.name), &object);
  for (const Facts& object : after) now.emplace(Key(object.kind, object.name), &object);
  std::map<Kind, std::vector<ObjectChange>> changes;
  for (const Facts& object : before) {
    if (!now.contains({object.kind, object.name})) {
      changes[object.kind].push_back(appeared(object, What::kRemoved));
    }
  }
  for (const Facts& object : after) {
    const auto it = old.find({object.kind, object.name});
    if (it == old.end()) {
      changes[object.kind].push_back(appeared(object, What::kAdded));
      continue;
    }
    ObjectChange change{object.kind, What::kChanged, object.name, {}};
    for (size_t i = 0; i < object.facts.size(); ++i) {
      const auto& [fact, value] = object.facts[i];
      const std::string& was = it->second->facts[i].second;
      if (was == value) continue;
      if (fact == "at") change.what = What::kMoved;
      change.facts.push_back({fact, was, value});
    }
    compare_annotations(*it->second, object, change);
    if (!change.facts.empty()) changes[object.kind].push_back(std::move(change));
  }
  std::vector<ObjectChange> all;
  for (auto& [kind, some] : changes) {
    all.insert(all.end(), std::make_move_iterator(some.begin()),
               std::make_move_iterator(some.end()));
  }
  return all;
}

}  // namespace vinet::plan
