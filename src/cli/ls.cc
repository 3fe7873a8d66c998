// vinet ls: lists what runs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/daemon_calls.h"
#include "cli/health.h"
#include "cli/names.h"
#include "cli/plan_text.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "net/ip.h"

namespace vinet::cli {
namespace {

using nlohmann::json;

std::string address_pair(const net::Ipv4& v4, const std::optional<net::Ipv6>& v6) {
  return v6 ? fmt::format("{}  {}", net::to_string(v4), net::to_string(*v6)) : net::to_string(v4);
}

/// One object as a row of its table and as JSON.
struct Row {
  std::vector<std::string> cells;
  json object;
};

using Runs = std::map<std::string, control::RunState>;

std::string describe_run(const control::RunState& run) {
  if (run.pid != 0) return fmt::format("run: {} (process {})", to_string(run.is), run.pid);
  return fmt::format("run: {} ({}; next try in {} ms)", to_string(run.is),
                     run.last_end.empty() ? "not yet started" : run.last_end, run.next_try.count());
}

json run_json(const control::RunState& run) {
  return {{"state", to_string(run.is)}, {"pid", run.pid},
          {"starts", run.starts},       {"last_end", run.last_end},
          {"command", run.command},     {"next_try_ms", run.next_try.count()}};
}

Row row_of(const Object& object, const control::State& state,
           const std::map<std::string, Health>& healths, const Runs& runs) {
  const std::string name = name_of(object);
  Row row;
  row.object = {{"kind", to_string(object.kind)}, {"name", name}};
  json& j = row.object;
  const auto state_of = [&](const std::string& phase) {
    const auto found = healths.find(name);
    const Health health = found == healths.end() ? Health{} : found->second;
    j["state"] = phase != "up" ? phase : health.differing == 0 ? "up" : "damaged";
    j["differing"] = health.differing;
    if (!health.unseen.empty()) j["unseen"] = health.unseen;
    return condition(phase, health);
  };
  switch (object.kind) {
    case Object::Kind::kBase: {
      const std::string is = state_of(control::phase_of_base(state, name));
      const std::vector<std::string> standing = state.all_standing_on(name);
      j["machines"] = object.base->machines.size();
      j["links"] = object.base->links.size();
      j["internets"] = standing;
      row.cells = {name, is, count(object.base->machines.size(), "machine"),
                   count(object.base->links.size(), "link"),
                   standing.empty() ? "" : fmt::format("under {}", fmt::join(standing, ", "))};
      break;
    }
    case Object::Kind::kInternet: {
      const std::string is = state_of(control::phase_of_internet(state, name));
      const std::vector<std::string> standing = state.all_standing_on(name);
      j["base"] = object.internet->base;
      j["internets"] = standing;
      if (object.lower != nullptr) j["flattened"] = object.internet->flattened;
      j["nodes"] = object.internet->nodes.size();
      j["links"] = object.internet->links.size();
      row.cells = {name,
                   is,
                   "on " + object.internet->base,
                   count(object.internet->nodes.size(), "node"),
                   count(object.internet->links.size(), "link"),
                   object.lower != nullptr && !object.internet->flattened ? "not flattened" : "",
                   standing.empty() ? "" : fmt::format("under {}", fmt::join(standing, ", "))};
      break;
    }
    case Object::Kind::kMachine: {
      const plan::MachinePlan& machine = object.base->machines[object.index];
      j["base_address"] = net::to_string(machine.base_address);
      j["mtu_bytes"] = machine.mtu_bytes;
      row.cells = {name, net::to_string(machine.base_address),
                   fmt::format("mtu {}", machine.mtu_bytes)};
      break;
    }
    case Object::Kind::kBaseLink: {
      const plan::BaseLinkPlan& link = object.base->links[object.index];
      j["from"] = object.base->machines[link.a.machine.index].name;
      j["to"] = object.base->machines[link.b.machine.index].name;
      j["mtu_bytes"] = link.mtu_bytes;
      row.cells = {name,
                   fmt::format("{} - {}", j["from"].get<std::string>(), j["to"].get<std::string>()),
                   fmt::format("mtu {}", link.mtu_bytes), attributes_of(link)};
      break;
    }
    case Object::Kind::kNode: {
      const plan::NodePlan& node = object.internet->nodes[object.index];
      const std::string machine = place_of(object, node);
      j["node_kind"] = node.kind == plan::NodeKind::kRouter ? "router" : "host";
      j["transit"] = node.transit;
      j["machine"] = machine;
      j["identity"] = net::to_string(node.identity);
      if (node.identity6) {
        j["identity6"] = net::to_string(*node.identity6);
      }
      row.cells = {name, kind_of(node), "at " + machine.substr(machine.find('.') + 1),
                   address_pair(node.identity, node.identity6)};
      if (const auto run = runs.find(name); run != runs.end()) {
        j["run"] = run_json(run->second);
        row.cells.push_back(describe_run(run->second));
      }
      break;
    }
    case Object::Kind::kLink: {
      const plan::LinkPlan& link = object.internet->links[object.index];
      j["from"] = node_name(*object.internet, link.a);
      j["to"] = node_name(*object.internet, link.b);
      j["mtu_bytes"] = link.mtu_bytes;
      row.cells = {name,
                   fmt::format("{} - {}", j["from"].get<std::string>(), j["to"].get<std::string>()),
                   fmt::format("mtu {}", link.mtu_bytes), attributes_of(link)};
      break;
    }
  }
  return row;
}

/// What this computer holds as a machine of fleets: as text, and added to the list.
std::string held_text(const Context& context, const std::vector<std::string>& patterns, json& list,
                      size_t& shown) {
  const auto held = held_here(context);
  if (!held) return "";
  Table table({});
  std::set<std::string> stores;
  for (const fleet::Held& one : *held) {
    if (!selects(patterns, one.owner)) continue;
    json object = {{"kind", "held"},
                   {"name", one.owner},
                   {"store", one.store},
                   {"generation", one.generation},
                   {"trouble", one.trouble}};
    if (one.lease_left_s) object["lease_left_s"] = *one.lease_left_s;
    list.push_back(std::move(object));
    table.row({"held", one.owner, one.trouble.empty() ? "up" : one.trouble,
               fmt::format("generation {}", one.generation),
               one.lease_left_s ? fmt::format("lease ends in {} s", *one.lease_left_s) : ""});
    stores.insert(one.store);
    ++shown;
  }
  if (stores.empty()) return "";
  return fmt::format("held for controller {}:\n{}", fmt::join(stores, ", "), table.text());
}

int ls(const Context& context, const std::vector<std::string>& patterns) {
  auto opened = open_world(context, "ls", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  for (const std::string& line : damaged) {
    fmt::print(stderr, "vinet: {}\n", line);
  }
  const std::vector<Object> objects = objects_in(state);
  std::vector<std::string> owners;
  for (const Object& object : objects) {
    const bool owner = object.kind == Object::Kind::kBase || object.kind == Object::Kind::kInternet;
    if (owner && selects(patterns, name_of(object))) {
      owners.push_back(name_of(object));
    }
  }
  std::map<std::string, Health> healths;
  if (!owners.empty()) {
    auto found = look_at_health(state, owners, *world);
    if (!found) {
      return fail(found.error());
    }
    healths = *std::move(found);
  }
  Runs runs;
  if (auto found = world->controller().runs()) {
    for (control::RunState& run : *found) {
      std::string node = run.node;
      runs.emplace(std::move(node), std::move(run));
    }
  }
  json list = json::array();
  std::string text;
  size_t shown = 0;
  for (const Object::Kind kind :
       {Object::Kind::kBase, Object::Kind::kMachine, Object::Kind::kBaseLink,
        Object::Kind::kInternet, Object::Kind::kNode, Object::Kind::kLink}) {
    Table table({});
    for (const Object& object : objects) {
      if (object.kind == kind && selects(patterns, name_of(object))) {
        Row row = row_of(object, state, healths, runs);
        list.push_back(std::move(row.object));
        row.cells.insert(row.cells.begin(), to_string(kind));
        table.row(std::move(row.cells));
        ++shown;
      }
    }
    text += table.text();
  }
  text += held_text(context, patterns, list, shown);
  if (context.json) {
    fmt::print("{}\n", list.dump(2));
  } else {
    fmt::print("{}", text);
  }
  if (shown == 0 && !patterns.empty()) {
    return fail(kExitNotFound,
                fmt::format("nothing that runs is called {}", fmt::join(patterns, " or ")));
  }
  return damaged.empty() ? kExitOk : kExitFailed;
}

}  // namespace

Run declare_ls(CLI::App& command, Context& context) {
  auto patterns = std::make_shared<std::vector<std::string>>();
  command
      .add_option(
          "PATTERN", *patterns,
          "names, which take in all below them; or patterns: * and ? within a component, ** "
          "for any components")
      ->type_name("");
  add_json(command, context);
  command.footer(
      "Whether something is `up` or `damaged` is observed in the kernel; `vinet up` of its file "
      "repairs it.\n\n"
      "Examples:\n"
      "  vinet ls\n"
      "  vinet ls fig11                     the internet, its nodes and links\n"
      "  vinet ls 'fig11.*' --json\n"
      "  vinet ls 'campus.t.**.leaf'        the nodes called leaf in all parts of t");
  return [&context, patterns] { return ls(context, *patterns); };
}

}  // namespace vinet::cli
