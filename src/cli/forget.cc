#include "cli/forget.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/daemon_calls.h"
#include "cli/interrupts.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

// A controller looks every 1.5 s.
constexpr std::chrono::milliseconds kBetweenLooks{500};
constexpr int kLooks = 8;

/// Of `names`, those that are held here now.
Result<std::vector<fleet::Held>> held_of(const Context& context,
                                         const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(std::vector<fleet::Held> held, held_here(context));
  std::erase_if(held, [&](const fleet::Held& one) {
    return std::find(names.begin(), names.end(), one.owner) == names.end();
  });
  return held;
}

int forget(const Context& context, const ForgetOptions& options) {
  const auto held = held_of(context, options.names);
  if (!held) return fail(held.error());
  if (!options.force && !held->empty()) {
    std::vector<std::string> whose;
    for (const fleet::Held& one : *held) {
      whose.push_back(
          fmt::format("{} is held for the controller of store {}", one.owner, one.store));
    }
    return fail(kExitConflict,
                fmt::format("{}; take it down there, or --force, where that is gone for good",
                            fmt::join(whose, ", ")));
  }
  ProgressLine progress;
  machine::Options how;
  how.progress = controller_options(progress, nullptr).progress;
  const auto done = forget_here(context, options.names, options.recursive, how);
  progress.clear();
  if (!done) return fail(done.error());
  for (int look = 0; look < kLooks; ++look) {
    std::this_thread::sleep_for(kBetweenLooks);
    const auto back = held_of(context, options.names);
    if (!back || back->empty()) continue;
    return fail(kExitConflict,
                fmt::format("{} is back: the controller of store {} is still there, and has put it "
                            "here again; take it down there",
                            back->front().owner, back->front().store));
  }
  for (const std::string& name : options.names) fmt::print("{}: forgotten\n", name);
  return kExitOk;
}

}  // namespace

void declare_forget(CLI::App& command, ForgetOptions& options) {
  command
      .add_option("HOLDING", options.names, "bases and internets, as `vinet ls` there names them")
      ->required()
      ->type_name("");
  command.add_flag("--force", options.force, "do it: no controller is asked");
  command.footer(
      "Asked of the machine itself, or with --connect. The controller is not asked: one that is "
      "still "
      "there brings what was\n"
      "forgotten back within seconds, and this says so.\n\n"
      "Examples:\n"
      "  vinet ls\n"
      "  vinet base forget line --force\n"
      "  vinet --connect 192.0.2.10 --identity ada base forget fleet --force --recursive");
  command.add_flag("--recursive", options.recursive, "with what stands on them here");
}

int run_forget(const Context& context, const ForgetOptions& options) {
  return forget(context, options);
}

}  // namespace vinet::cli
