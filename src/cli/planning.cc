#include "cli/planning.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "control/holdings.h"
#include "net/ip.h"
#include "plan/inventory.h"
#include "plan/plan_json.h"

namespace vinet::cli {
namespace {

using nlohmann::json;

/// What machines of fleets are said to say of themselves, by their daemons.
/// Out: what is wrong with it, or nothing.
std::string read_fleet(const json& from, plan::Inventory& inventory) {
  for (const auto& [daemon, attributes] : from.items()) {
    plan::MachineFacts& facts = inventory.fleet[daemon];
    if (!attributes.is_object()) return fmt::format("fleet: {}: no JSON object", daemon);
    for (const auto& [name, value] : attributes.items()) {
      if (!value.is_string()) return fmt::format("fleet: {}: {} is no text", daemon, name);
      facts.attributes[name] = value.get<std::string>();
    }
  }
  return "";
}

/// Reads {"own_prefixes": ["192.0.2.0/24"], "netem": true, "tbf": true, "htb": true,
/// "fleet": {"192.0.2.10:7411": {"memory": "2GiB", "role": "router"}}};
/// what is missing is as in a fresh Inventory.
Result<plan::Inventory> inventory_from(const std::string& path) {
  ASSIGN_OR_RETURN(const Source source, read_source(path));
  const json object = json::parse(source.text, nullptr, false);
  const auto bad = [&](const std::string& what) {
    return Error{Errc::kInvalidArgument, fmt::format("{}: {}", source.name, what)};
  };
  if (!object.is_object()) {
    return bad("not a JSON object");
  }
  plan::Inventory inventory;
  for (const auto& [key, value] : object.items()) {
    const std::map<std::string, bool*> features = {{"netem", &inventory.features.netem},
                                                   {"tbf", &inventory.features.tbf},
                                                   {"htb", &inventory.features.htb}};
    if (const auto feature = features.find(key); feature != features.end() && value.is_boolean()) {
      *feature->second = value.get<bool>();
    } else if (key == "own_prefixes" && value.is_array()) {
      for (const json& item : value) {
        const auto prefix =
            item.is_string() ? net::parse_prefix(item.get<std::string>()) : std::nullopt;
        if (!prefix) {
          return bad(fmt::format("own_prefixes: {} is no prefix", item.dump()));
        }
        inventory.own_prefixes.push_back(*prefix);
      }
    } else if (key == "fleet" && value.is_object()) {
      if (std::string wrong = read_fleet(value, inventory); !wrong.empty()) return bad(wrong);
    } else {
      return bad(fmt::format(
          "'{}' is unknown or of a wrong type; known are own_prefixes, netem, tbf, htb, fleet",
          key));
    }
  }
  return inventory;
}

}  // namespace

void add_planning_options(CLI::App& command, PlanningOptions& options) {
  add_input_options(command, options.input);
  CLI::Option* file =
      command
          .add_option("--inventory", options.inventory_file,
                      "take this computer's prefixes and features, and what machines "
                      "of fleets say, from a JSON file")
          ->type_name("FILE");
  command
      .add_flag("--no-inventory", options.no_inventory,
                "plan as for a bare computer on which nothing runs")
      ->excludes(file);
}

std::variant<control::Intention, int> plan_file(const Context& context, const std::string& path,
                                                const PlanningOptions& options) {
  auto opened = open_world(context, "plan", Purpose::kPlan);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  plan::Inventory inventory;
  control::State state;
  if (!options.inventory_file.empty()) {
    Result<plan::Inventory> from_file = inventory_from(options.inventory_file);
    if (!from_file) {
      return fail(from_file.error());
    }
    inventory = *std::move(from_file);
  } else if (!options.no_inventory) {
    if (Result<plan::Inventory> own = world->machine().inventory()) {
      inventory = *std::move(own);
    }
  }
  if (!options.no_inventory) {
    std::vector<std::string> damaged;
    state = current_state(*world, damaged);
    for (const std::string& line : damaged) {
      fmt::print(stderr, "vinet: {}\n", line);
    }
  }
  if (!options.no_inventory && options.inventory_file.empty() && control::has_fleet(state)) {
    // As its controller heard from them last; `up` asks them anew.
    if (auto machines = world->controller().machines()) {
      for (control::MachineState& machine : *machines) {
        if (machine.asked) inventory.fleet[machine.daemon] = std::move(machine.facts);
      }
    }
  }
  std::variant<Description, int> read = read_description(path, options.input, state);
  if (const int* code = std::get_if<int>(&read)) {
    return *code;
  }
  const Description& description = std::get<Description>(read);
  Diagnostics diagnostics;
  auto intention = control::intend(description.graph, state, std::move(inventory), diagnostics);
  if (const int code = print_diagnostics(description.sources, diagnostics); code != kExitOk) {
    return code;
  }
  if (!intention) {
    return fail(intention.error());
  }
  return *std::move(intention);
}

}  // namespace vinet::cli
