// vinet status: what this computer can do, what runs, what was left over.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/daemon_calls.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "control/lock.h"

namespace vinet::cli {
namespace {

using nlohmann::json;

std::string describe_operation(const control::State& state, const std::optional<int>& holder) {
  if (!state.operation) {
    return holder ? fmt::format("process {} holds the lock", *holder) : "none";
  }
  const bool up = state.operation->kind == control::Operation::Kind::kUp;
  if (holder) {
    return fmt::format("`vinet {}` runs (process {})", up ? "up" : "down", *holder);
  }
  std::vector<std::string> names = state.operation->internets;
  names.insert(names.end(), state.operation->bases.begin(), state.operation->bases.end());
  for (const control::OldInternet& old : state.operation->old_internets) {
    names.push_back(old.intent.plan.name);
  }
  for (const control::BaseIntent& old : state.operation->old_bases) {
    names.push_back(old.plan.name);
  }
  return fmt::format(
      "`vinet {}` (process {}) did not end; the next up or down takes back what it did to {}",
      up ? "up" : "down", state.operation->pid, fmt::join(names, ", "));
}

json daemon_json(const rpc::DaemonStatus& daemon) {
  return {{"pid", daemon.pid},
          {"version", daemon.version},
          {"uptime_s", daemon.uptime_s},
          {"ends_when_idle", daemon.ends_when_idle},
          {"trouble", daemon.trouble},
          {"listens", daemon.listens},
          {"identity_trouble", daemon.identity_trouble},
          {"controller", daemon.controller}};
}

std::string describe_daemon(const rpc::DaemonStatus& daemon) {
  return fmt::format("process {}, since {} s, version {}{}{}", daemon.pid, daemon.uptime_s,
                     daemon.version, daemon.ends_when_idle ? "; ends with the last internet" : "",
                     daemon.trouble.empty() ? "" : "; only watches: " + daemon.trouble);
}

int status(const Context& context) {
  auto opened = open_world(context, "status", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  const std::vector<machine::Feature> features = world->machine().features();
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  const std::optional<int> holder = world->state_directory().empty()
                                        ? std::nullopt
                                        : control::Lock::holder(world->state_directory());
  const auto leftovers = world->controller().leftovers();
  const Result<rpc::DaemonStatus> daemon = ask_daemon(context);
  std::vector<std::string> held;  // as a machine of fleets
  if (const auto all = held_here(context)) {
    for (const fleet::Held& one : *all) held.push_back(one.owner);
  }
  const bool able = std::all_of(
      features.begin(), features.end(),
      [](const machine::Feature& feature) { return feature.present || !feature.required; });
  std::vector<std::string> bases, internets;
  for (const auto& [name, base] : state.bases) {
    bases.push_back(name);
  }
  for (const auto& [name, internet] : state.internets) {
    internets.push_back(name);
  }
  const int code = !able ? kExitUnable : damaged.empty() && leftovers ? kExitOk : kExitFailed;
  if (context.json) {
    json list = json::array();
    for (const machine::Feature& feature : features) {
      list.push_back({{"name", feature.name},
                      {"present", feature.present},
                      {"required", feature.required},
                      {"detail", feature.detail}});
    }
    const json all = {{"able", able},
                      {"features", list},
                      {"bases", bases},
                      {"internets", internets},
                      {"held", held},
                      {"leftovers", leftovers ? json(*leftovers) : json(nullptr)},
                      {"damaged", damaged},
                      {"operation", describe_operation(state, holder)},
                      {"state_directory", world->state_directory()},
                      {"daemon", daemon ? daemon_json(*daemon) : json(nullptr)}};
    fmt::print("{}\n", all.dump(2));
    return code;
  }
  const bool colour = context.colour;
  fmt::print("{}\n", paint(context.connect.empty() ? "this computer" : context.connect,
                           Colour::kCyan, colour));
  Table table({});
  for (const machine::Feature& feature : features) {
    table.row({feature.name,
               feature.present    ? "yes"
               : feature.required ? "NO, and needed"
                                  : "no",
               feature.detail});
  }
  fmt::print("{}\n{}\n", table.text(2), paint("what runs", Colour::kCyan, colour));
  const auto line = [](const std::string& what, const std::string& value) {
    fmt::print("  {:<17}{}\n", what, value);
  };
  const auto join = [](const std::vector<std::string>& names) {
    return names.empty() ? std::string("none") : fmt::format("{}", fmt::join(names, ", "));
  };
  line("bases", join(bases));
  line("internets", join(internets));
  if (!held.empty()) line("held for fleets", join(held));
  line("operation", describe_operation(state, holder));
  line("leftovers",
       !leftovers ? "cannot be told: " + leftovers.error().message
       : leftovers->empty()
           ? "none"
           : join(*leftovers) +
                 "  (unknown to the state; `vinet down NAME` or `--all` removes them)");
  if (!world->state_directory().empty()) line("state directory", world->state_directory());
  line("daemon", daemon ? describe_daemon(*daemon) : "none");
  if (daemon && !daemon->listens.empty()) line("listens at", daemon->listens);
  if (daemon && !daemon->identity_trouble.empty()) line("certificates", daemon->identity_trouble);
  for (const std::string& one : damaged) {
    line("damaged", one);
  }
  if (!able) {
    std::fflush(stdout);
    return fail(kExitUnable, "this computer lacks what vinet needs; see above");
  }
  return code;
}

}  // namespace

Run declare_status(CLI::App& command, Context& context) {
  add_json(command, context);
  command.footer(
      "Exit code 7: this computer lacks something that vinet needs. 1: something is damaged.\n\n"
      "Examples:\n"
      "  vinet status\n"
      "  vinet status --json | jq .leftovers");
  return [&context] { return status(context); };
}

}  // namespace vinet::cli
