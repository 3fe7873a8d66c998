// vinet stats: what link ends and machines counted, drops by reason; with -f again each second.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "cli/carried.h"
#include "cli/chosen.h"
#include "cli/counters.h"
#include "cli/interrupts.h"
#include "cli/layers.h"
#include "cli/names.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

using machine::LinkCounters;
using nlohmann::json;

struct Options {
  std::vector<std::string> names;
  bool follow = false;
  bool busy = false;
};

/// What is counted of the objects with these names; of all that runs without any.
struct Question {
  std::vector<std::string> owners;
  std::set<std::string> names;  ///< of objects of any kind, no two of which share one; empty: all
  std::vector<std::string> uppers;  ///< that stand on internets among the owners, or are such
  /// The bottom machines of nodes in which backsides lie, since they are not flattened.
  std::map<std::string, std::string> bottoms;
};

/// What must be looked at to tell what the owners' links carry for others.
void add_uppers(const control::State& state, Question& question) {
  std::set<std::string> uppers;
  for (const std::string& owner : question.owners) {
    for (const std::string& upper : state.all_standing_on(owner)) {
      uppers.insert(upper);
    }
  }
  for (const std::string& upper : uppers) {
    const plan::InternetPlan& internet = state.internets.at(upper).plan;
    const std::optional<Layers> layers = layers_of(state, internet);
    if (!layers || layers->top() < 2) {
      continue;
    }
    question.uppers.push_back(upper);
    for (const plan::NodePlan& node : layers->internet(layers->top() - 1).nodes) {
      const std::vector<std::string> places = layers->places_of(layers->top() - 1, node.name);
      if (!places.empty()) {
        question.bottoms[layers->name_of(layers->top() - 1) + "." + node.name] = places.back();
      }
    }
  }
}

std::variant<Question, int> read_names(const control::State& state,
                                       const std::vector<std::string>& names) {
  Question question;
  const auto add = [&](const std::string& owner) {
    if (std::find(question.owners.begin(), question.owners.end(), owner) == question.owners.end()) {
      question.owners.push_back(owner);
    }
  };
  for (const std::string& name : names) {
    const auto found = find_objects(state, name);
    if (!found) {
      return fail(found.error());
    }
    size_t counting = 0;
    for (const Object& object : *found) {
      if (object.kind == Object::Kind::kBaseLink) {
        continue;
      }
      ++counting;
      add(object.internet != nullptr ? object.internet->name : object.base->name);
      if (object.internet == nullptr) {
        for (const std::string& internet : state.all_standing_on(object.base->name)) {
          add(internet);
        }
      }
      question.names.insert(name_of(object));
    }
    if (counting == 0) {
      return fail(kExitNotFound,
                  fmt::format("{} is a base link, which the kernel counts: ip -s link", name));
    }
  }
  if (names.empty()) {
    for (const auto& [name, base] : state.bases) {
      add(name);
    }
    for (const std::string& name : state.in_layers()) {
      add(name);
    }
  }
  add_uppers(state, question);
  return question;
}

/// Counters of a link end or machine, and what it carried for the internets above.
struct Counted {
  LinkCounters own;
  Carried carried;
};

std::string key_of(const LinkCounters& counters) {
  return counters.machine + " " + counters.owner + " " + counters.link + " " + counters.node;
}

uint64_t dropped(const LinkCounters& counters) {
  uint64_t sum = 0;
  for (const auto& [reason, n] : counters.drops) {
    sum += n;
  }
  return sum;
}

/// What one number is more than it was; another way for packets makes it smaller.
uint64_t more(uint64_t now, uint64_t before) {
  return now < before ? 0 : now - before;
}

Carried since(const Carried& now, const Carried& before) {
  return {more(now.tx_packets, before.tx_packets), more(now.tx_bytes, before.tx_bytes),
          more(now.rx_packets, before.rx_packets), more(now.rx_bytes, before.rx_bytes)};
}

/// Counters less what they were before: what happened since. Counters that began anew count from 0.
LinkCounters since(const LinkCounters& now, const LinkCounters& before) {
  if (now.tx_packets < before.tx_packets || now.rx_packets < before.rx_packets) {
    return now;
  }
  LinkCounters change = now;
  change.tx_packets -= before.tx_packets;
  change.tx_bytes -= before.tx_bytes;
  change.rx_packets -= before.rx_packets;
  change.rx_bytes -= before.rx_bytes;
  change.drops.clear();
  for (const auto& [reason, n] : now.drops) {
    const auto old = std::find_if(before.drops.begin(), before.drops.end(),
                                  [&](const auto& one) { return one.first == reason; });
    const uint64_t less = old == before.drops.end() || old->second > n ? 0 : old->second;
    if (n > less) {
      change.drops.emplace_back(reason, n - less);
    }
  }
  return change;
}

std::string drops_text(const LinkCounters& counters) {
  std::vector<std::string> drops;
  for (const auto& [reason, n] : counters.drops) {
    drops.push_back(fmt::format("{} {}", reason, n));
  }
  return fmt::format("{}", fmt::join(drops, ", "));
}

/// A table of counters, or with `seconds` of what they are in one.
std::string text_of(const std::vector<Counted>& all, double seconds, bool colour) {
  const bool rates = seconds > 0;
  const char* packets = rates ? ">PACKETS/S" : ">PACKETS";
  const char* bits = rates ? ">BIT/S" : ">BYTES";
  const bool carries = std::any_of(all.begin(), all.end(), [](const Counted& one) {
    return one.carried.tx_packets + one.carried.rx_packets != 0;
  });
  std::vector<std::string> titles = {"LINK", "END", "AT", packets, bits, rates ? ">IN/S" : ">IN",
                                     bits};
  if (carries) {
    titles.insert(titles.end(), {rates ? ">CARRIED/S" : ">CARRIED", rates ? ">IN/S" : ">IN"});
  }
  titles.emplace_back("DROPPED");
  Table table(titles);
  const auto number = [&](uint64_t n) {
    return rates ? fmt::format("{:.0f}", static_cast<double>(n) / seconds) : fmt::format("{}", n);
  };
  const auto bytes = [&](uint64_t n) { return number(rates ? n * 8 : n); };
  for (const auto& [one, carried] : all) {
    std::vector<std::string> row = {one.link.empty() ? "(no link)" : one.owner + "." + one.link,
                                    one.node,
                                    one.machine,
                                    number(one.tx_packets),
                                    bytes(one.tx_bytes),
                                    number(one.rx_packets),
                                    bytes(one.rx_bytes)};
    if (carries) {
      row.insert(row.end(), {number(carried.tx_packets), number(carried.rx_packets)});
    }
    row.push_back(drops_text(one));
    table.row(std::move(row));
  }
  return table.text(0, colour);
}

bool is_asked_for(const Question& question, const LinkCounters& one) {
  const auto bottom = question.bottoms.find(one.machine);
  const std::string& machine = bottom == question.bottoms.end() ? one.machine : bottom->second;
  const std::string base = machine.substr(0, machine.find('.'));
  for (const std::string& name : {base, machine, one.machine, one.owner, one.owner + "." + one.node,
                                  one.owner + "." + one.link}) {
    if (question.names.count(name) != 0) {
      return true;
    }
  }
  return question.names.empty();
}

Result<std::vector<Counted>> count(machine::Machine& machine, const control::State& state,
                                   const Question& question) {
  std::vector<std::string> owners = question.owners;
  for (const std::string& upper : question.uppers) {
    if (std::find(owners.begin(), owners.end(), upper) == owners.end()) {
      owners.push_back(upper);
    }
  }
  ASSIGN_OR_RETURN(const std::vector<LinkCounters> all, machine.counters(owners));
  CarriedAt carried;
  if (!question.uppers.empty()) {
    ASSIGN_OR_RETURN(const std::vector<slice::Slice> observed, machine.observe(question.uppers));
    carried = carried_by(state, question.uppers, all, observed);
  }
  std::vector<Counted> counted;
  for (const LinkCounters& one : all) {
    const bool is_owners = std::find(question.owners.begin(), question.owners.end(), one.owner) !=
                           question.owners.end();
    if (!(is_owners || one.link.empty()) || !is_asked_for(question, one)) {
      continue;
    }
    const auto at = carried.find({one.owner, one.link, one.node});
    counted.push_back({one, at == carried.end() ? Carried{} : at->second});
  }
  return counted;
}

void print(const Context& context, const Options& options, std::vector<Counted> all,
           double seconds) {
  if (options.busy) {
    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const Counted& one) {
                               return one.own.tx_packets + one.own.rx_packets + dropped(one.own) +
                                          one.carried.tx_packets + one.carried.rx_packets ==
                                      0;
                             }),
              all.end());
  }
  if (!context.json) {
    fmt::print("{}", text_of(all, seconds, context.colour));
    return;
  }
  json list = json::array();
  for (const auto& [own, carried] : all) {
    json one = json_of(own);
    if (!own.link.empty()) {
      one["carried"] = {{"tx_packets", carried.tx_packets},
                        {"tx_bytes", carried.tx_bytes},
                        {"rx_packets", carried.rx_packets},
                        {"rx_bytes", carried.rx_bytes}};
    }
    list.push_back(std::move(one));
  }
  if (seconds > 0) {
    fmt::print("{}\n", json({{"seconds", seconds}, {"counters", list}}).dump());
  } else {
    fmt::print("{}\n", list.dump(2));
  }
}

/// Once a second, until a signal: what was counted in that second.
int follow(const Context& context, const Options& options, const control::State& state,
           const Question& question, machine::Machine& machine, const std::vector<Counted>& first) {
  using Clock = std::chrono::steady_clock;
  const Interrupts interrupts(Interrupts::Mode::kStop);
  std::map<std::string, Counted> before;
  for (const Counted& one : first) {
    before[key_of(one.own)] = one;
  }
  Clock::time_point last = Clock::now();
  while (true) {
    constexpr std::chrono::milliseconds kTick{50};
    constexpr std::chrono::seconds kPeriod{1};
    while (Clock::now() - last < kPeriod && !Interrupts::stopped()) {
      std::this_thread::sleep_for(kTick);
    }
    if (Interrupts::stopped()) {
      return kExitOk;
    }
    const auto now = count(machine, state, question);
    if (!now) {
      return fail(now.error());
    }
    const Clock::time_point at = Clock::now();
    std::vector<Counted> changes;
    for (const Counted& one : *now) {
      const auto old = before.find(key_of(one.own));
      changes.push_back(old == before.end() ? one
                                            : Counted{since(one.own, old->second.own),
                                                      since(one.carried, old->second.carried)});
      before[key_of(one.own)] = one;
    }
    if (!context.json && is_terminal(STDOUT_FILENO)) {
      fmt::print("\033[H\033[J");
    }
    print(context, options, std::move(changes), std::chrono::duration<double>(at - last).count());
    if (!context.json && !is_terminal(STDOUT_FILENO)) {
      fmt::print("\n");
    }
    std::fflush(stdout);
    last = at;
  }
}

int stats(const Context& context, const Options& options) {
  const control::State state = readable_state(context);
  const std::variant<Question, int> read = read_names(state, options.names);
  if (const int* code = std::get_if<int>(&read)) {
    return *code;
  }
  const Question& question = std::get<Question>(read);
  auto opened = open_world(context, "stats", Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  const auto all = question.owners.empty() ? Result<std::vector<Counted>>(std::vector<Counted>())
                                           : count(world->machine(), state, question);
  if (!all) {
    return fail(all.error());
  }
  if (options.follow) {
    return follow(context, options, state, question, world->machine(), *all);
  }
  print(context, options, *all, 0);
  return kExitOk;
}

}  // namespace

Run declare_stats(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command
      .add_option(
          "NAME", options->names,
          "internets, parts, nodes, links, bases or machines, or patterns for them; none: all that "
          "runs")
      ->type_name("");
  command.add_flag("-f,--follow", options->follow,
                   "once a second, until interrupted: what was counted in it, as rates");
  command.add_flag("--busy", options->busy, "leave out where nothing was counted");
  add_json(command, context);
  command.footer(
      "Counts at each end of each link: packets out and in, bytes inside the link, and drops by "
      "reason.\n`(no link)` is what a machine dropped or passed on that belongs to no link.\n\n"
      "CARRIED: a flattened stack counts its packets at its uppermost link only. Ends below, which "
      "they pass too, show\n"
      "them apart: packets (with --json bytes, too) that the uppermost ends have counted since "
      "they "
      "are there, added to\n"
      "the ends over which these send now, received ones to those by which they would be answered. "
      "What a router in\n"
      "transit forwards is counted there as its own.\n\n"
      "Examples:\n"
      "  vinet stats fig11\n"
      "  vinet stats -f fig11.A fig11.B-C\n"
      "  vinet stats 'campus.t.**.leaf'\n"
      "  vinet stats -f --json --busy");
  return [&context, options] { return stats(context, *options); };
}

}  // namespace vinet::cli
