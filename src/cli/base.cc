// vinet base: the machines of fleets.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/base_edit.h"
#include "cli/discover.h"
#include "cli/forget.h"
#include "cli/machine_columns.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "graph/endpoint.h"
#include "net/ip.h"

namespace vinet::cli {
namespace {

using nlohmann::json;

struct Options {
  std::string base, machine, daemon, address;
  bool force = false, undo = false;
};

std::string state_of(const control::MachineState& machine) {
  if (machine.leaving) return "leaving, to be cleaned";
  if (!machine.asked) return "not asked yet";
  if (machine.away) return fmt::format("away for {} s", machine.since_s);
  if (!machine.why.empty()) return "no answer";
  if (!machine.trouble.empty()) return "watching only";
  if (!machine.troubles.empty()) return "in trouble";
  return machine.drained ? "drained" : "up";
}

int list(const Context& context) {
  auto opened = open_world(context, "base ls", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  const auto machines = world->controller().machines();
  if (!machines) return fail(machines.error());
  std::vector<std::string> titles = {"MACHINE", "DAEMON", "ADDRESS", "STATE", "VERSION"};
  for (const std::string& title : machine_titles()) titles.push_back(title);
  Table table(titles);
  json all = json::array();
  for (const control::MachineState& machine : *machines) {
    const std::string name = machine.base + "." + machine.name;
    const std::string address = machine.leaving ? "" : net::to_string(machine.address);
    std::vector<std::string> cells = {name, machine.daemon, address, state_of(machine),
                                      machine.version};
    for (std::string& cell : machine_cells(machine.facts.attributes))
      cells.push_back(std::move(cell));
    table.row(std::move(cells));
    all.push_back({{"machine", name},
                   {"daemon", machine.daemon},
                   {"address", address},
                   {"leaving", machine.leaving},
                   {"state", state_of(machine)},
                   {"away", machine.away},
                   {"drained", machine.drained},
                   {"since_s", machine.since_s},
                   {"why", machine.why},
                   {"trouble", machine.trouble},
                   {"troubles", machine.troubles},
                   {"version", machine.version},
                   {"refused_old", machine.refused_old}});
    add_attributes(all.back(), machine.facts.attributes);
  }
  if (context.json) {
    fmt::print("{}\n", all.dump(2));
  } else if (table.empty()) {
    fmt::print("no fleet is known; `vinet base add` makes one known\n");
  } else {
    fmt::print("{}", table.text(0, context.colour));
  }
  for (const control::MachineState& machine : *machines) {
    for (const std::string& line : {machine.why, machine.trouble}) {
      if (context.json || line.empty()) continue;
      fmt::print(stderr, "{}.{}: {}\n", machine.base, machine.name, line);
    }
    for (const auto& [owner, text] : machine.troubles) {
      if (context.json) continue;
      fmt::print(stderr, "{}.{}: {}: {}\n", machine.base, machine.name, owner, text);
    }
  }
  return kExitOk;
}

int add(const Context& context, const Options& options) {
  // All of it becomes text of a description.
  for (const std::string& name : {options.base, options.machine}) {
    if (const std::string wrong = bad_name(name); !wrong.empty()) return fail(kExitUsage, wrong);
  }
  if (const auto daemon = graph::parse_endpoint(options.daemon); !daemon) {
    return fail(kExitUsage, daemon.error().message);
  }
  std::optional<net::Ipv4> address;
  if (!options.address.empty()) {
    address = net::parse_ipv4(options.address);
    if (!address) {
      return fail(kExitUsage, fmt::format("--address {}: no IPv4 address", options.address));
    }
  }
  return edit_base(
      context, "base add", options.base, [&](control::World&, graph::Graph& graph) -> std::string {
        if (std::string wrong = make_fleet(graph, options.base); !wrong.empty()) return wrong;
        graph::Base& base = graph.bases.front();
        for (const graph::Machine& machine : base.machines) {
          if (machine.name == options.machine) {
            return fmt::format("{} has a machine '{}' already", options.base, options.machine);
          }
        }
        graph::Machine machine;
        machine.name = options.machine;
        machine.daemon = options.daemon;
        machine.address = address;
        base.machines.push_back(machine);
        return "";
      });
}

/// Of one that left while it was away; nothing where there is no such.
std::optional<int> remove_leaving(const Context& context, const Options& options) {
  auto opened = open_world(context, "base rm", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  const auto machines = world->controller().machines();
  if (!machines) return fail(machines.error());
  bool leaving = false, stays = false;
  for (const control::MachineState& machine : *machines) {
    if (machine.base != options.base || machine.name != options.machine) continue;
    (machine.leaving ? leaving : stays) = true;
  }
  if (!leaving || stays) return std::nullopt;
  const std::string name = options.base + "." + options.machine;
  if (!options.force) {
    return fail(kExitConflict,
                fmt::format("{} has left and is cleaned should it come back; --force forgets it, "
                            "and `vinet base forget` there cleans it",
                            name));
  }
  const Status done = world->controller().forget_machine(options.base, options.machine, {});
  if (!done) return fail(done.error());
  fmt::print("{}: forgotten\n", name);
  return kExitOk;
}

int remove(const Context& context, const Options& options) {
  if (const auto code = remove_leaving(context, options)) return *code;
  return edit_base(
      context, "base rm", options.base,
      [&](control::World& world, graph::Graph& graph) -> std::string {
        if (graph.bases.empty()) return fmt::format("no base called '{}' runs", options.base);
        std::vector<graph::Machine>& machines = graph.bases.front().machines;
        const auto one = std::find_if(machines.begin(), machines.end(), [&](const auto& machine) {
          return machine.name == options.machine;
        });
        if (one == machines.end() || one->daemon.empty()) {
          return fmt::format("there is no fleet '{}' with a machine '{}'", options.base,
                             options.machine);
        }
        const auto known = world.controller().machines();
        for (const auto& machine : known ? *known : std::vector<control::MachineState>()) {
          if (machine.base != options.base || machine.name != options.machine) continue;
          if (machine.why.empty() || options.force) continue;
          return fmt::format(
              "{}.{} does not answer ({}); --force removes it all the same, and it "
              "is cleaned should it come back",
              machine.base, machine.name, machine.why);
        }
        machines.erase(one);
        return "";
      });
}

int drain(const Context& context, const Options& options) {
  auto opened = open_world(context, "base drain", Purpose::kChange);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  const Status done = world->controller().drain(options.base, options.machine, !options.undo, {});
  if (!done) return fail(done.error());
  fmt::print("{}.{}: {}\n", options.base, options.machine,
             options.undo ? "takes nodes again" : "takes no new nodes");
  return kExitOk;
}

}  // namespace

Run declare_base(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  auto chosen = std::make_shared<Run>();
  command.require_subcommand(1);
  const auto sub = [&](const char* name, const char* help, auto act) {
    CLI::App* one = command.add_subcommand(name, help);
    one->callback([&context, options, chosen, act] {
      *chosen = [&context, options, act] { return act(context, *options); };
    });
    return one;
  };
  const auto takes_machine = [&](CLI::App* one) {
    one->add_option("BASE", options->base, "a fleet")->required()->type_name("");
    one->add_option("MACHINE", options->machine, "a name in it")->required()->type_name("");
  };
  CLI::App* ls = sub("ls", "list the machines of all fleets, and how they are",
                     [](const Context& here, const Options&) { return list(here); });
  add_json(*ls, context);
  CLI::App* one = sub("add", "make a machine known, in a fleet that is there or is new", add);
  takes_machine(one);
  one->add_option("DAEMON", options->daemon, "where its daemon listens: HOST[:PORT]")
      ->required()
      ->type_name("");
  one->add_option("--address", options->address, "its base address; else it says so itself")
      ->type_name("IPV4");
  one = sub("rm", "forget a machine on which nothing stands", remove);
  takes_machine(one);
  one->add_flag("--force", options->force, "also where it does not answer");
  one = sub("drain", "place no more nodes on a machine", drain);
  takes_machine(one);
  one->add_flag("--undo", options->undo, "place nodes on it again");
  const std::shared_ptr<ForgetOptions> forgotten = std::make_shared<ForgetOptions>();
  one = command.add_subcommand("forget", "make a machine forget what it holds for a controller");
  declare_forget(*one, *forgotten);
  one->callback([&context, chosen, forgotten] {
    *chosen = [&context, forgotten] { return run_forget(context, *forgotten); };
  });
  one = command.add_subcommand("discover", "find machines that could be a fleet's");
  const std::shared_ptr<DiscoverOptions> hunt = declare_discover(*one);
  one->callback([&context, chosen, hunt] {
    *chosen = [&context, hunt] { return run_discover(context, *hunt); };
  });
  add_json(*one, context);
  command.footer(
      "A fleet is a base of real machines, each with its own `vinet daemon --listen`. What stands "
      "on a "
      "machine that is\n"
      "drained stays there. `rm --force` also forgets one that is leaving. `forget`, asked of a "
      "machine, "
      "removes what it\n"
      "holds for a controller that is gone for good. `discover` finds daemons that run with "
      "--discoverable.\n\n"
      "Examples:\n"
      "  vinet base add fleet x 192.0.2.10\n"
      "  vinet base ls\n"
      "  vinet base discover --where \"memory >= 2GiB\" --add fleet\n"
      "  vinet base drain fleet x\n"
      "  vinet base rm fleet x --force");
  return [chosen] { return (*chosen)(); };
}

}  // namespace vinet::cli
