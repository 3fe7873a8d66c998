// vinet ping-all: an echo between all ordered pairs of nodes that the plan connects, by identity.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "cli/health.h"
#include "cli/input.h"
#include "cli/interrupts.h"
#include "cli/names.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "fleet/directory.h"
#include "plan/query.h"
#include "plan/sample.h"
#include "support/glob.h"

namespace vinet::cli {
namespace {

using nlohmann::json;
constexpr size_t kListed = 20;
constexpr size_t kMostPairs = 50'000;  // of nodes, each family; above, a sample is tried

struct Options {
  std::vector<std::string> words;
  bool all = false;
  bool verbose = false;
  bool ipv4_only = false;
  bool ipv6_only = false;
  std::optional<size_t> sample;
  std::optional<uint64_t> seed;
};

/// An internet, and those of its nodes between which echoes are sent.
struct Chosen {
  std::string internet;
  plan::NodeSet nodes;  ///< empty: all
};

/// What the words mean, gathered by internet, in their order.
class Choice {
 public:
  explicit Choice(const control::State& state) : state_(state) {}

  void add_internet(const std::string& name) { of(name).nodes.clear(); }

  void add_node(const std::string& internet, size_t index) {
    const size_t before = all_.size();
    Chosen& chosen = of(internet);
    if (chosen.nodes.empty() && all_.size() == before) {
      return;  // all of them already
    }
    chosen.nodes.resize(state_.internets.at(internet).plan.nodes.size());
    chosen.nodes[index] = true;
  }

  /// Adds the internets and nodes among these objects; false if there are none.
  bool add(const std::vector<Object>& objects) {
    bool any = false;
    for (const Object& object : objects) {
      if (object.kind == Object::Kind::kInternet) {
        add_internet(object.internet->name);
      } else if (object.kind == Object::Kind::kNode) {
        add_node(object.internet->name, object.index);
      } else {
        continue;
      }
      any = true;
    }
    return any;
  }

  const std::vector<Chosen>& all() const { return all_; }

 private:
  Chosen& of(const std::string& internet) {
    for (Chosen& chosen : all_) {
      if (chosen.internet == internet) {
        return chosen;
      }
    }
    return all_.emplace_back(Chosen{internet, {}});
  }

  const control::State& state_;
  std::vector<Chosen> all_;
};

std::variant<std::vector<Chosen>, int> chosen_nodes(const Options& options,
                                                    const control::State& state) {
  Choice choice(state);
  if (options.all || options.words.empty()) {
    for (const auto& [name, internet] : state.internets) {
      choice.add_internet(name);
    }
  }
  for (const std::string& word : options.words) {
    if (!is_file_word(word)) {
      const auto found = find_objects(state, word);
      if (!found) {
        return fail(found.error());
      }
      if (!choice.add(*found)) {
        return fail(kExitNotFound, is_glob(word)
                                       ? fmt::format("no node matches '{}'", word)
                                       : fmt::format("{} is {}, not an internet or node", word,
                                                     with_article(found->front().kind)));
      }
      continue;
    }
    std::variant<control::Named, int> read = read_names(word);
    if (const int* code = std::get_if<int>(&read)) {
      return *code;
    }
    for (const std::string& name : std::get<control::Named>(read).internets) {
      if (state.internets.count(name) == 0) {
        return fail(kExitNotFound, fmt::format("{} of {} is not up", name, word));
      }
      choice.add_internet(name);
    }
  }
  for (const Chosen& chosen : choice.all()) {
    if (std::count(chosen.nodes.begin(), chosen.nodes.end(), true) == 1) {
      return fail(kExitNotFound,
                  fmt::format("of {} only one node is chosen: there is no pair", chosen.internet));
    }
  }
  return choice.all();
}

struct Pair {
  std::string from, to;
  plan::Family family;
};

/// Machines of fleets that do not answer: what their nodes sent nobody knows, and an echo that is
/// lost there says nothing of the links.
class Silent {
 public:
  Silent(const control::State& state, control::Controller& controller)
      : machines_(unseen_machines(state, controller)) {
    if (!machines_.empty()) directory_ = fleet::Directory(state.running());
  }
  /// Of one of these nodes; empty: both answer.
  std::string machine_of(const std::string& from, const std::string& to) const {
    for (const std::string& node : {from, to}) {
      const fleet::Place* place = directory_.find(node);
      if (place != nullptr && machines_.contains(place->machine)) return place->machine;
    }
    return "";
  }

 private:
  std::set<std::string> machines_;
  fleet::Directory directory_;
};

int ping_all(const Context& context, const Options& options) {
  auto opened = open_world(context, "ping-all", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  for (const std::string& line : damaged) {
    fmt::print(stderr, "vinet: {}\n", line);
  }
  const std::variant<std::vector<Chosen>, int> choice = chosen_nodes(options, state);
  if (const int* code = std::get_if<int>(&choice)) {
    return *code;
  }
  const Interrupts interrupts(Interrupts::Mode::kStop);
  ProgressLine progress;
  json list = json::array();
  bool any_lost = false;
  std::optional<Silent> silent;  // asked for when something is lost
  const uint64_t seed = options.seed ? *options.seed : std::random_device{}();
  for (const auto& [name, among] : std::get<std::vector<Chosen>>(choice)) {
    const plan::InternetPlan& internet = state.internets.at(name).plan;
    std::vector<machine::PingTask> tasks;
    std::vector<Pair> pairs;
    uint64_t all_pairs = 0;
    bool any_sampled = false;
    for (const plan::Family family : {plan::Family::kIpv4, plan::Family::kIpv6}) {
      const bool v6 = family == plan::Family::kIpv6;
      if (v6 ? options.ipv4_only : options.ipv6_only) {
        continue;
      }
      const uint64_t connected = plan::count_connected_pairs(internet, family, among);
      const size_t most = options.sample.value_or(kMostPairs);
      const bool sampled = most > 0 && connected > most;
      all_pairs += connected;
      any_sampled = any_sampled || sampled;
      for (const auto& [from, to] :
           sampled ? plan::sample_connected_pairs(internet, family, most, seed, among)
                   : plan::connected_pairs(internet, family, among)) {
        const plan::NodePlan& a = internet.nodes[from.index];
        const plan::NodePlan& b = internet.nodes[to.index];
        if (v6 && a.identity6 && b.identity6) {
          tasks.push_back({name + "." + a.name, *a.identity6, *b.identity6});
        } else if (!v6) {
          tasks.push_back({name + "." + a.name, a.identity, b.identity});
        } else {
          continue;
        }
        pairs.push_back({a.name, b.name, family});
      }
    }
    const auto begin = std::chrono::steady_clock::now();
    machine::Options machine_options;
    machine_options.progress = progress.callback();
    machine_options.stop = Interrupts::stopped;
    const auto answers = world->machine().ping(tasks, machine::PingOptions{}, machine_options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    progress.clear();
    if (!answers) {
      return fail(answers.error());
    }
    json lost = json::array();
    std::string lost_lines;
    std::set<std::string> silent_machines;
    std::vector<uint64_t> times;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if ((*answers)[i]) {
        times.push_back(*(*answers)[i]);
        continue;
      }
      if (!silent) silent.emplace(state, world->controller());
      const std::string machine =
          silent->machine_of(name + "." + pairs[i].from, name + "." + pairs[i].to);
      const std::string family = pairs[i].family == plan::Family::kIpv6 ? "IPv6" : "IPv4";
      if (lost.size() < kListed || options.verbose) {
        lost_lines += fmt::format("  {}.{} -> {}.{} ({}, {} -> {}){}\n", name, pairs[i].from, name,
                                  pairs[i].to, family, net::to_string(tasks[i].source),
                                  net::to_string(tasks[i].destination),
                                  machine.empty() ? "" : ": no answer from machine " + machine);
      }
      lost.push_back({{"from", pairs[i].from}, {"to", pairs[i].to}, {"family", family}});
      if (machine.empty()) continue;
      lost.back()["unseen"] = machine;
      silent_machines.insert(machine);
    }
    std::sort(times.begin(), times.end());
    any_lost = any_lost || !lost.empty();
    if (context.json) {
      json one = {{"internet", name},
                  {"pairs", pairs.size()},
                  {"lost", lost.size()},
                  {"seconds", seconds},
                  {"lost_pairs", lost}};
      if (!silent_machines.empty()) one["unseen"] = silent_machines;
      if (any_sampled) {
        one["sampled_of"] = all_pairs;
        one["seed"] = seed;
      }
      if (!times.empty()) {
        one["median_us"] = times[times.size() / 2];
        one["max_us"] = times.back();
      }
      list.push_back(std::move(one));
      continue;
    }
    const std::string lost_text = fmt::format("{} lost", lost.size());
    fmt::print("{}: {}{}, {}, {:.2f} s", name, count(pairs.size(), "pair"),
               any_sampled ? fmt::format(" (a sample of {}, --seed {})", all_pairs, seed) : "",
               paint(lost_text, lost.empty() ? Colour::kGreen : Colour::kRed, context.colour),
               seconds);
    if (!times.empty()) {
      fmt::print(" (round trip: median {} us, longest {} us)", times[times.size() / 2],
                 times.back());
    }
    if (!silent_machines.empty()) {
      fmt::print("; no answer from {}", fmt::join(silent_machines, ", "));
    }
    fmt::print("\n{}", lost_lines);
    if (!options.verbose && lost.size() > kListed) {
      fmt::print("  and {} more (--verbose lists all)\n", lost.size() - kListed);
    }
  }
  if (context.json) {
    fmt::print("{}\n", list.dump(2));
  } else if (state.internets.empty()) {
    fmt::print("nothing is up\n");
  }
  return any_lost ? kExitFailed : kExitOk;
}

}  // namespace

Run declare_ping_all(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command
      .add_option(
          "INTERNET", options->words,
          "internets, or files: all their internets; or nodes, parts and patterns for them, "
          "between which to try; none: all that run")
      ->type_name("");
  command.add_flag("--all", options->all, "all internets that run");
  command.add_flag("-v,--verbose", options->verbose,
                   fmt::format("list all lost pairs, not only {}", kListed));
  CLI::Option* v4 = command.add_flag("-4", options->ipv4_only, "IPv4 only");
  command.add_flag("-6", options->ipv6_only, "IPv6 only")->excludes(v4);
  command
      .add_option("--sample", options->sample,
                  fmt::format("try about this many pairs, chosen at random (default: {}, where "
                              "there are more; 0: all)",
                              kMostPairs))
      ->type_name("N");
  command.add_option("--seed", options->seed, "choose the same pairs again")->type_name("N");
  add_json(command, context);
  command.footer(
      "Sends an echo from each node to each other node that the plan connects it with, from "
      "identity to identity,\n"
      "over IPv4 and IPv6. Exit code 1 if any is lost; from or to a node on a machine of a fleet "
      "that does not answer\n"
      "the machine is named. In a sample, every node is source and "
      "target "
      "at least once.\n\n"
      "Examples:\n"
      "  vinet ping-all fig11\n"
      "  vinet ping-all fig11.A fig11.F\n"
      "  vinet ping-all 'campus.t.**.leaf'  between the leaves of all parts of t\n"
      "  vinet ping-all --json --all");
  return [&context, options] { return ping_all(context, *options); };
}

}  // namespace vinet::cli
