#include "cli/discover.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/base_edit.h"
#include "cli/daemon_calls.h"
#include "cli/discovery_part.h"
#include "cli/machine_columns.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "exchange/identifier.h"
#include "plan/where.h"

namespace vinet::cli {

struct DiscoverOptions {
  Hunt hunt;
  std::vector<std::string> list;
  std::string where, base;
};

namespace {

using nlohmann::json;

/// Endpoints of a file, a line each; `#` begins a comment.
Result<std::vector<std::string>> read_list(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{Errc::kNotFound, "read " + path + ": it cannot be opened"};
  std::vector<std::string> daemons;
  for (std::string line; std::getline(file, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    const size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    daemons.push_back(line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin));
  }
  if (daemons.empty()) return Error{Errc::kInvalidArgument, path + ": there is no endpoint in it"};
  return daemons;
}

Result<std::vector<Candidate>> find(const Context& context, const DiscoverOptions& options) {
  const std::string identity = identity_of(context);
  if (options.list.empty()) return search_machines(identity, options.hunt);
  std::vector<std::string> daemons;
  for (const std::string& word : options.list) {
    std::error_code unknown;
    if (!std::filesystem::is_regular_file(word, unknown)) {
      daemons.push_back(word);
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> lines, read_list(word));
    daemons.insert(daemons.end(), lines.begin(), lines.end());
  }
  return ask_machines(identity, daemons);
}

std::vector<std::string> held_by(const Candidate& candidate) {
  std::vector<std::string> names;
  for (const fleet::Held& held : candidate.report.held) names.push_back(held.owner);
  return names;
}

void print(const Context& context, const std::vector<Candidate>& candidates) {
  std::vector<std::string> titles = {"MACHINE", "DAEMON", "FOUND", "VERSION"};
  for (const std::string& title : machine_titles()) titles.push_back(title);
  titles.push_back("HOLDS");
  Table table(titles);
  json all = json::array();
  for (const Candidate& one : candidates) {
    if (!one.why.empty()) continue;
    const plan::MachineFacts& facts = one.report.facts;
    const std::string how = one.ttl == 0 ? "list" : fmt::format("ttl {}", one.ttl);
    const std::vector<std::string> holds = held_by(one);
    std::vector<std::string> cells = {one.name, one.daemon, how, one.report.version};
    for (std::string& cell : machine_cells(facts.attributes)) cells.push_back(std::move(cell));
    cells.push_back(fmt::format("{}", fmt::join(holds, " ")));
    table.row(std::move(cells));
    all.push_back({{"machine", one.name},
                   {"daemon", one.daemon},
                   {"address", net::to_string(facts.base_address)},
                   {"ttl", one.ttl},
                   {"version", one.report.version},
                   {"takes_none_because", facts.takes_none_because},
                   {"holds", holds}});
    add_attributes(all.back(), facts.attributes);
  }
  if (context.json) {
    fmt::print("{}\n", all.dump(2));
  } else {
    fmt::print("{}", table.text(0, context.colour));
  }
}

/// Those that did not answer, told; true: there are such.
bool tell_silent(const std::vector<Candidate>& candidates) {
  bool any = false;
  for (const Candidate& one : candidates) {
    if (one.why.empty()) continue;
    any = true;
    fmt::print(stderr, "{}\n", one.why);
  }
  return any;
}

/// What each becomes a machine as: its own name, as far as that is one of the language.
std::string add_all(graph::Graph& graph, const std::string& name,
                    const std::vector<Candidate>& candidates) {
  if (std::string wrong = make_fleet(graph, name); !wrong.empty()) return wrong;
  graph::Base& base = graph.bases.front();
  exchange::UniqueNames names;
  std::set<std::string> known;
  for (const graph::Machine& machine : base.machines) {
    names.claim(machine.name);
    known.insert(machine.daemon);
  }
  size_t added = 0;
  for (const Candidate& one : candidates) {
    if (!one.why.empty() || known.contains(one.daemon)) continue;
    if (!one.report.held.empty()) {
      fmt::print(stderr, "{} is in a fleet already: it holds {}\n", one.name,
                 fmt::join(held_by(one), ", "));
      continue;
    }
    const std::string name_of_it = exchange::identifier_from(one.name);
    graph::Machine machine;
    machine.name = names.take(name_of_it.empty() ? "machine" : name_of_it);
    machine.daemon = one.daemon;
    base.machines.push_back(std::move(machine));
    ++added;
  }
  return added == 0 ? fmt::format("nothing was found that {} could take", name) : "";
}

int discover(const Context& context, const DiscoverOptions& options) {
  std::vector<plan::Condition> conditions;
  if (!options.where.empty()) {
    auto parsed = plan::parse_where(options.where);
    if (const auto* wrong = std::get_if<plan::WhereError>(&parsed)) {
      return fail(kExitUsage, fmt::format("--where \"{}\": {}: {}", options.where, wrong->message,
                                          wrong->note));
    }
    conditions = std::get<std::vector<plan::Condition>>(std::move(parsed));
  }
  if (const std::string wrong = options.base.empty() ? "" : bad_name(options.base);
      !wrong.empty()) {
    return fail(kExitUsage, wrong);
  }
  auto found = find(context, options);
  if (!found) return fail(found.error());
  const size_t answered = found->size();
  std::erase_if(*found, [&](const Candidate& one) {
    return one.why.empty() &&
           !std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
             return plan::holds(condition, one.report.facts.attributes);
           });
  });
  print(context, *found);
  const bool silent = tell_silent(*found);
  const bool any = std::any_of(found->begin(), found->end(),
                               [](const Candidate& one) { return one.why.empty(); });
  if (silent && !options.list.empty()) return kExitFailed;
  if (!any) {
    return fail(kExitNotFound, answered > found->size()
                                   ? fmt::format("{} found, none with {}",
                                                 count(answered, "machine"), options.where)
                                   : "nobody answers; daemons do that run with --discoverable, "
                                     "and `--list ENDPOINT...` asks others");
  }
  if (options.base.empty()) return kExitOk;
  return edit_base(
      context, "base discover", options.base,
      [&](control::World&, graph::Graph& graph) { return add_all(graph, options.base, *found); });
}

}  // namespace

std::shared_ptr<DiscoverOptions> declare_discover(CLI::App& command) {
  auto options = std::make_shared<DiscoverOptions>();
  command
      .add_option("--group", options->hunt.group,
                  "invite by multicast to this group (239.255.74.11)")
      ->type_name("ADDRESS");
  command.add_option("--ttl", options->hunt.most_ttl, "as far as so many hops (32)")
      ->check(CLI::Range(1, 255))
      ->type_name("N");
  command
      .add_option("--enough", options->hunt.enough, "end when so many have answered, nearest first")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command
      .add_option("--list", options->list,
                  "ask these daemons instead: HOST[:PORT], or a file with one on each line")
      ->type_name("ENDPOINT|FILE");
  command
      .add_option("--where", options->where,
                  "only machines that fit, as for internets: \"memory >= 2GiB, role = router\"")
      ->type_name("CONDITIONS");
  command
      .add_option("--add", options->base,
                  "make what is found machines of this fleet, which is there or is new")
      ->type_name("BASE");
  command.footer(
      "Invites by multicast with TTL 1, 2, 4 and so on, out of every device of this computer. "
      "Daemons answer that run with\n"
      "--discoverable, operators and machines of their own authority only; --identity says who "
      "asks. "
      "Then each that was\n"
      "found, or is listed, is asked over TLS what it is. What is added to a fleet is added at "
      "once, or "
      "not at all.\n"
      "docs/fleets.md says which ports.\n\n"
      "Examples:\n"
      "  vinet base discover\n"
      "  vinet base discover --ttl 1 --where \"memory >= 2GiB, role = router\" --enough 5 --add "
      "fleet\n"
      "  vinet base discover --list 192.0.2.10 192.0.2.11:7411 hosts.txt --add fleet");
  return options;
}

int run_discover(const Context& context, const DiscoverOptions& options) {
  return discover(context, options);
}

}  // namespace vinet::cli
