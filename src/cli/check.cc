// vinet check: are these files right? Stops after the plan.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/planning.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  PlanningOptions planning;
};

int check(const Context& context, const std::string& path, const PlanningOptions& planning) {
  std::variant<control::Intention, int> planned = plan_file(context, path, planning);
  if (const int* code = std::get_if<int>(&planned)) {
    return *code;
  }
  const plan::Plan plan = std::get<control::Intention>(std::move(planned)).plan();
  size_t machines = 0, nodes = 0, links = 0;
  for (const plan::BasePlan& base : plan.bases) {
    machines += base.machines.size();
  }
  for (const plan::InternetPlan& internet : plan.internets) {
    nodes += internet.nodes.size();
    links += internet.links.size();
  }
  fmt::print("{}: ok: {} ({}), {} ({}, {})\n", path == "-" ? "stdin" : path,
             count(plan.bases.size(), "base"), count(machines, "machine"),
             count(plan.internets.size(), "internet"), count(nodes, "node"), count(links, "link"));
  return kExitOk;
}

}  // namespace

Run declare_check(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("FILE", options->files, "descriptions; - is stdin")->required()->type_name("");
  add_planning_options(command, options->planning);
  command.footer(
      "Reads, expands and plans each file, and touches nothing. Needs no root.\n\n"
      "Examples:\n"
      "  vinet check *.vinet");
  return [&context, options] {
    int worst = kExitOk;
    for (const std::string& path : options->files) {
      worst = std::max(worst, check(context, path, options->planning));
    }
    return worst;
  };
}

}  // namespace vinet::cli
