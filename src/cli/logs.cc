// vinet logs, vinet events: what programs printed, and what happened.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/daemon_calls.h"
#include "cli/interrupts.h"
#include "cli/names.h"
#include "cli/terminal.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

using control::World;
using nlohmann::json;

constexpr std::chrono::milliseconds kPause{250};

struct Options {
  std::string name;
  bool follow = false;
};

/// Waits between two looks; false when the user wants to stop.
bool pause() {
  std::fflush(stdout);
  std::this_thread::sleep_for(kPause);
  return !Interrupts::stopped();
}

int logs(const Context& context, const Options& options) {
  auto opened = open_world(context, "logs", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  const auto world = std::get<std::unique_ptr<World>>(std::move(opened));
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  const Result<Object> node = find_node(state, options.name);
  // A node that this computer holds as a machine of a fleet has its log here, too.
  const Result<std::vector<fleet::Held>> held = held_here(context);
  const std::string owner = options.name.substr(0, options.name.find('.'));
  const bool is_held = held && std::any_of(held->begin(), held->end(),
                                           [&](const auto& one) { return one.owner == owner; });
  if (!node && !is_held) return fail(node.error());
  const std::string name = node ? name_of(*node) : options.name;
  const Interrupts interrupts(Interrupts::Mode::kStop);
  for (uint64_t offset = 0;;) {
    const Result<machine::LogText> log = world->machine().read_log(name, offset);
    if (log) {
      fmt::print("{}", log->text);
      offset = log->next_offset;
      if (!log->text.empty() && !Interrupts::stopped()) continue;
    } else if (!options.follow || log.error().code != Errc::kNotFound) {
      return fail(log.error());
    }
    if (!options.follow || !pause()) return kExitOk;
  }
}

void print_event(const control::Event& event, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", json{{"id", event.id},
                            {"time_us", event.time_us},
                            {"kind", event.kind},
                            {"object", event.object},
                            {"text", event.text}}
                           .dump(-1, ' ', false, json::error_handler_t::replace));
    return;
  }
  const auto seconds = static_cast<std::time_t>(event.time_us / 1'000'000);
  fmt::print("{:%Y-%m-%d %H:%M:%S}  {:<12} {:<16} {}\n", fmt::localtime(seconds), event.kind,
             event.object, event.text);
}

int events(const Context& context, const Options& options) {
  auto opened = open_world(context, "events", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  const auto world = std::get<std::unique_ptr<World>>(std::move(opened));
  const Interrupts interrupts(Interrupts::Mode::kStop);
  constexpr uint64_t kMost = 1000;
  for (uint64_t last = 0;;) {
    const auto found = world->controller().events(last, kMost);
    if (!found) return fail(found.error());
    for (const control::Event& event : *found) {
      last = event.id;
      const bool asked = options.name.empty() || event.object == options.name ||
                         event.object.rfind(options.name + ".", 0) == 0;
      if (asked) print_event(event, context.json);
    }
    if (!options.follow || !pause()) return kExitOk;
  }
}

}  // namespace

Run declare_logs(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("NODE", options->name, "a node with `run`, as fig11.A")
      ->required()
      ->type_name("");
  command.add_flag("-f,--follow", options->follow, "go on printing until interrupted");
  command.footer(
      "What the program of a node printed on stdout and stderr, since the internet came up (of "
      "long logs, the end).\n\n"
      "Examples:\n"
      "  vinet logs demo.web -f");
  return [&context, options] { return logs(context, *options); };
}

Run declare_events(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("NAME", options->name, "only of this internet, base or node")->type_name("");
  command.add_flag("-f,--follow", options->follow, "go on printing until interrupted");
  add_json(command, context);
  command.footer(
      "The newest 1,000 events. With --json, one object a line.\n\n"
      "Examples:\n"
      "  vinet events\n"
      "  vinet events fig11 -f --json");
  return [&context, options] { return events(context, *options); };
}

}  // namespace vinet::cli
