// vinet plan: every decision that `up` would take.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/plan_diff_text.h"
#include "cli/plan_text.h"
#include "cli/planning.h"
#include "cli/verb.h"
#include "plan/as_base.h"
#include "plan/plan_json.h"
#include "plan/stack.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string path;
  bool routes = false;
  PlanningOptions planning;
  bool diff = false;
};

int print_plan(const Context& context, const Options& options) {
  std::variant<control::Intention, int> planned =
      plan_file(context, options.path, options.planning);
  if (const int* code = std::get_if<int>(&planned)) {
    return *code;
  }
  auto& intention = std::get<control::Intention>(planned);
  if (options.diff) {
    const plan::Plan running = intention.running();
    const std::vector<plan::ObjectChange> changes =
        plan::compare(running, std::move(intention).plan());
    fmt::print("{}", context.json ? json_of(changes) : text_of(changes, context.colour));
    return kExitOk;
  }
  const plan::Plan plan = std::move(intention).plan();
  if (context.json) {
    fmt::print("{}", plan::to_json(plan));
    return kExitOk;
  }
  std::string separator;
  for (const plan::BasePlan& base : plan.bases) {
    fmt::print("{}{}", separator, text_of(base, context.colour));
    separator = "\n";
  }
  for (const plan::InternetPlan& internet : plan.internets) {
    const plan::InternetPlan* lower = plan::lower_of(plan, internet);
    const plan::BasePlan* base = plan.find_base(internet.base);
    fmt::print(
        "{}{}", separator,
        text_of(internet, lower != nullptr ? plan::as_base(*lower, &plan) : *base, context.colour,
                options.routes ? RouteTables::kWhole : RouteTables::kCounted));
    separator = "\n";
  }
  return kExitOk;
}

}  // namespace

Run declare_plan(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("FILE", options->path, "a description; - is stdin")->required()->type_name("");
  command.add_flag("--routes", options->routes,
                   "print every route of every node, not only how many it has");
  add_planning_options(command, options->planning);
  command.add_flag("--diff", options->diff, "print what up would change of what runs");
  add_json(command, context);
  command.footer(
      "The plan is a function of the file, of this computer's own addresses and routes, and of "
      "what runs:\n"
      "automatic addresses keep away from all of these. What runs from this description is printed "
      "as it runs;\n"
      "what runs from another one keeps the addresses and names of all that is still described.\n"
      "Needs no root.\n\n"
      "Examples:\n"
      "  vinet plan figure11.vinet\n"
      "  vinet plan --routes figure11.vinet\n"
      "  vinet plan --json figure11.vinet | jq '.internets[0].links'\n"
      "  vinet plan --no-inventory figure11.vinet    the same on every computer\n"
      "  vinet plan --diff figure11.vinet            + added, - removed, > moved, ~ changed,\n"
      "                                              = annotated: nothing in the kernel changes");
  return [&context, options] { return print_plan(context, *options); };
}

}  // namespace vinet::cli
