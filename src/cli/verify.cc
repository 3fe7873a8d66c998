// vinet verify: proves what runs against its description, and the kernel against the plan.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/interrupts.h"
#include "cli/layers.h"
#include "cli/names.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "cli/verify_report.h"
#include "control/stacks.h"
#include "slice/key_check.h"
#include "slice/lower.h"

namespace vinet::cli {
namespace {

constexpr size_t kListed = 20;

struct Options {
  std::vector<std::string> names;
  bool verbose = false;
  bool canary = false;
};

/// What is verified, by name.
struct Chosen {
  std::set<std::string> bases, internets;
};

std::variant<Chosen, int> choose(const control::State& state,
                                 const std::vector<std::string>& names) {
  Chosen chosen;
  if (names.empty()) {
    for (const auto& [name, base] : state.bases) chosen.bases.insert(name);
    for (const auto& [name, internet] : state.internets) chosen.internets.insert(name);
  }
  for (const std::string& name : names) {
    const auto found = find_objects(state, name);
    if (!found) return fail(found.error());
    bool any = false;
    for (const Object& object : *found) {
      if (object.kind == Object::Kind::kInternet) {
        // It is as right as what it stands on.
        const std::optional<Layers> layers = layers_of(state, *object.internet);
        for (const plan::InternetPlan* layer : layers->internets) {
          chosen.internets.insert(layer->name);
        }
      }
      if (object.kind != Object::Kind::kInternet && object.kind != Object::Kind::kBase) continue;
      chosen.bases.insert(object.base->name);
      any = true;
    }
    if (!any) {
      return fail(kExitNotFound, fmt::format("{} is {}, not an internet or base", name,
                                             with_article(found->front().kind)));
    }
  }
  return chosen;
}

class Verifier {
 public:
  Verifier(const control::State& state, const Chosen& chosen)
      : state_(state), chosen_(chosen), running_(state.running()), stacks_(state) {}

  /// Sizes as base paths are now.
  Status look_at_paths(machine::Machine& machine) {
    return stacks_.stacked() ? stacks_.look_at_paths(machine) : ok();
  }

  /// Checks the plans, and says what the kernel shall be asked.
  machine::CheckRequest check_plans() {
    machine::CheckRequest request;
    for (const std::string& name : chosen_.bases) {
      const plan::BasePlan& base = state_.bases.at(name).plan;
      Verified object{name, false, base.machines.size(), base.links.size(), plan::check_model(base),
                      {},   {}};
      add_phase(object, phase_of_base(state_, name));
      report_.objects.push_back(std::move(object));
      for (slice::Slice& slice : slice::lower(base)) request.want.push_back(std::move(slice));
      request.owners.push_back(name);
    }
    for (const std::string& name : state_.in_layers()) {
      if (!chosen_.internets.contains(name)) continue;
      const plan::InternetPlan& internet = state_.internets.at(name).plan;
      Verified object{name,
                      true,
                      internet.nodes.size(),
                      internet.links.size(),
                      plan::check_model(internet, running_),
                      {},
                      {}};
      add_phase(object, phase_of_internet(state_, name));
      report_.objects.push_back(std::move(object));
      request.owners.push_back(name);
    }
    for (const std::string& base : chosen_.bases) add_internets_on(base, request);
    return request;
  }

  void add(const machine::CheckReport& report) {
    for (Verified& object : report_.objects) {
      for (const machine::Finding& finding : report.findings) {
        if (finding.owner == object.name) object.findings.push_back(finding);
      }
      for (const machine::Compared& compared : report.compared) {
        if (compared.owner == object.name) object.compared = compared;
      }
    }
  }

  /// Sends canaries from and to the chosen internets.
  Status send_canaries(machine::Machine& machine, const machine::CheckRequest& request,
                       const machine::Options& options) {
    machine::CanaryRequest canary;
    canary.owners.assign(chosen_.internets.begin(), chosen_.internets.end());
    for (const slice::Slice& slice : request.want) {
      if (state_.internets.contains(slice.owner)) canary.internets.push_back(slice);
    }
    ASSIGN_OR_RETURN(report_.canary, machine.canary(canary, options));
    return ok();
  }

  void add_fault(std::string text) { report_.faults.push_back(std::move(text)); }
  const VerifyReport& report() const { return report_; }

 private:
  static void add_phase(Verified& object, const std::string& phase) {
    if (phase == "up") return;
    object.model.faults.push_back(
        {object.name, phase + ": a command that changes it has not ended (vinet status)"});
  }

  /// Slices of all that stands on a base, and whether their keys fit each other.
  void add_internets_on(const std::string& base, machine::CheckRequest& request) {
    std::vector<slice::Slice> slices;
    for (const std::string& name : state_.all_standing_on(base)) {
      std::vector<slice::Slice> planned = slice::lower(state_.internets.at(name).plan, running_);
      take_sizes(stacks_.slices_of(name), planned);
      std::move(planned.begin(), planned.end(), std::back_inserter(slices));
    }
    for (const slice::KeyFault& fault : slice::check_keys(slices)) {
      for (Verified& object : report_.objects) {
        if (object.name == fault.owner) object.model.faults.push_back({fault.where, fault.what});
      }
    }
    std::move(slices.begin(), slices.end(), std::back_inserter(request.want));
  }

  /// What links above the first layer carry in one piece follows base paths that only the plans of
  /// all layers know. MTUs stay as planned: the check says where less is in force, and why.
  static void take_sizes(const std::vector<slice::Slice>& in_force,
                         std::vector<slice::Slice>& planned) {
    for (size_t i = 0; i < planned.size() && i < in_force.size(); ++i) {
      planned[i].namespaces = in_force[i].namespaces;  // whose they are is in no plan
      std::vector<slice::LinkEnd>& ends = planned[i].link_ends;
      for (size_t j = 0; j < ends.size() && j < in_force[i].link_ends.size(); ++j) {
        if (!ends[j].on.empty()) ends[j].whole_bytes = in_force[i].link_ends[j].whole_bytes;
      }
    }
  }

  const control::State& state_;
  const Chosen& chosen_;
  const plan::Plan running_;
  control::Stacks stacks_;
  VerifyReport report_;
};

/// Without names, what the state does not know is verified too: it should not be there.
void add_leftovers(control::Controller& controller, Verifier& verifier) {
  const auto leftovers = controller.leftovers();
  if (!leftovers) {
    verifier.add_fault("what is left over cannot be told: " + leftovers.error().message);
    return;
  }
  for (const std::string& owner : *leftovers) {
    verifier.add_fault(fmt::format("{}: in the kernel, and in no plan (`vinet down {}` removes it)",
                                   owner, owner));
  }
}

int verify(const Context& context, const Options& options) {
  auto opened = open_world(context, "verify", Purpose::kProve);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  control::State state = current_state(*world, damaged);
  for (const std::string& line : damaged) fmt::print(stderr, "vinet: {}\n", line);
  // Of an internet without what it stands on nothing can be said but that.
  std::vector<std::string> baseless;
  for (const auto& [name, internet] : state.internets) {
    if (!layers_of(state, internet.plan)) baseless.push_back(name);
  }
  for (const std::string& name : baseless) state.internets.erase(name);
  const std::variant<Chosen, int> choice = choose(state, options.names);
  if (const int* code = std::get_if<int>(&choice)) return *code;

  Verifier verifier(state, std::get<Chosen>(choice));
  for (const std::string& line : damaged) verifier.add_fault("state: " + line);
  for (const std::string& name : baseless) {
    verifier.add_fault(name + ": what it stands on is not in the state");
  }
  if (const Status seen = verifier.look_at_paths(world->machine()); !seen) {
    return fail(seen.error());
  }
  const machine::CheckRequest request = verifier.check_plans();
  const Interrupts interrupts(Interrupts::Mode::kStop);
  ProgressLine progress;
  machine::Options machine_options;
  machine_options.progress = progress.callback();
  machine_options.stop = Interrupts::stopped;
  const auto checked = world->machine().check(request, machine_options);
  if (!checked) {
    progress.clear();
    return fail(checked.error());
  }
  verifier.add(*checked);
  if (options.canary) {
    const Status sent = verifier.send_canaries(world->machine(), request, machine_options);
    progress.clear();
    if (!sent) return fail(sent.error());
  }
  progress.clear();
  if (options.names.empty()) add_leftovers(world->controller(), verifier);

  const VerifyReport& report = verifier.report();
  if (context.json) {
    fmt::print("{}\n", json_of(report).dump(2));
  } else {
    fmt::print("{}", text_of(report, options.verbose ? 0 : kListed, context.colour));
    if (state.empty()) fmt::print("nothing is up\n");
  }
  return report.fault_count() == 0 ? kExitOk : kExitFailed;
}

}  // namespace

Run declare_verify(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command
      .add_option("NAME", options->names,
                  "internets, each with all that it stands on, and bases; none: all that run, and "
                  "what should "
                  "not be there")
      ->type_name("");
  command.add_flag("-v,--verbose", options->verbose,
                   fmt::format("list all that differs, not only {} lines an object", kListed));
  command.add_flag("--canary", options->canary,
                   "also send packets that must arrive, and packets that must reach no other "
                   "internet and no machine");
  add_json(command, context);
  command.footer(
      "Tries the plan that runs: keys and addresses are unique where they meet, MTUs fit, every "
      "route is walked from\n"
      "every node to every address. Then reads the kernel and compares: namespaces, settings, "
      "devices, addresses,\n"
      "routes (foreign ones too), filters, the code of programs, every map entry. The headers of "
      "internets on internets\n"
      "are compared with what the lower nodes' routing tables say now. Where the caller is root no "
      "daemon is asked.\n"
      "Changes nothing. Exit code 1 if anything is not as planned; notes (--verbose: all) do not "
      "count.\n\n"
      "--canary sends packets: over every link; forged ones on the base, exact copies and with one "
      "field of the key\n"
      "wrong, in every layer of a stack; and from nodes to all addresses of other internets on the "
      "same machines. It looks "
      "for each of them in\n"
      "every node and machine. It takes seconds, and leaves nothing behind.\n\n"
      "Examples:\n"
      "  vinet verify\n"
      "  vinet verify fig11 --canary\n"
      "  vinet verify --json | jq '.objects[].kernel.faults'");
  return [&context, options] { return verify(context, *options); };
}

}  // namespace vinet::cli
