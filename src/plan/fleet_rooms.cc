#include "plan/fleet_rooms.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>

#include "plan/where.h"
#include "support/units.h"

namespace vinet::plan {
namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();
constexpr size_t kShownNames = 5;

/// `x, y, z and 17 more`
std::string listed(const std::vector<std::string>& names) {
  if (names.size() <= kShownNames) return fmt::format("{}", fmt::join(names, ", "));
  const std::vector<std::string> first(names.begin(), names.begin() + kShownNames);
  return fmt::format("{} and {} more", fmt::join(first, ", "), names.size() - kShownNames);
}

/// What a machine says of an attribute, in the unit in which it is asked for.
std::string said(const std::string& text, const Condition& condition) {
  const bool is_size = condition.value.find_first_not_of("0123456789") != std::string::npos;
  const auto number = number_of(text);
  if (!condition.number || !number || !is_size) return text;
  constexpr uint64_t kMebibyte = 1ULL << 20;
  const uint64_t bytes = *number < kMebibyte ? *number : *number - *number % kMebibyte;
  return to_string(Size{bytes});  // to the mebibyte: whoever reads it has to compare
}

class Chooser {
 public:
  Chooser(const graph::Internet& internet, const BasePlan& base,
          const std::map<std::string, MachineFacts>& facts, Diagnostics& diagnostics)
      : internet_(internet), base_(base), diagnostics_(diagnostics) {
    for (const MachinePlan& machine : base.machines) {
      const auto known = facts.find(machine.daemon);
      facts_.push_back(known == facts.end() ? nullptr : &known->second);
      knows_any_ |= known != facts.end();
    }
  }

  std::vector<size_t> run(const std::vector<NewNode>& placed, size_t wanted) {
    if (!read_conditions()) return {};
    std::vector<size_t> rooms(base_.machines.size(), kNoLimit);
    if (!knows_any_) return rooms;
    for (size_t m = 0; m < rooms.size(); ++m) rooms[m] = room(m);
    take(placed, rooms);
    for (size_t m = 0; m < rooms.size(); ++m) {
      if (!meets_all(m)) rooms[m] = 0;
    }
    if (wanted > 0) check_enough(rooms, wanted);
    return rooms;
  }

 private:
  bool read_conditions() {
    if (internet_.where.empty()) return true;
    if (!base_.fleet) {
      diagnostics_.error(internet_.where_span,
                         fmt::format("`where` chooses among the machines of a fleet, and '{}' is "
                                     "none",
                                     base_.name),
                         "say `at` of a node where it shall be");
      return false;
    }
    auto parsed = parse_where(internet_.where);
    if (const auto* error = std::get_if<WhereError>(&parsed)) {
      diagnostics_.error(span_of(error->begin, error->end), "`where`: " + error->message,
                         error->note);
      return false;
    }
    conditions_ = std::get<std::vector<Condition>>(std::move(parsed));
    if (!knows_any_) {
      diagnostics_.warning(internet_.where_span,
                           fmt::format("`where` has not been looked at: nothing is known of the "
                                       "machines of '{}'",
                                       base_.name),
                           "`vinet up` asks them");
    }
    return true;
  }

  /// Inside the quotes, where the text stands there as it is.
  Span span_of(size_t from, size_t to) const {
    const Span whole = internet_.where_span;
    if (whole.end - whole.begin != internet_.where.size() + 2) return whole;
    const auto begin = static_cast<uint32_t>(whole.begin + 1 + from);
    const auto end = static_cast<uint32_t>(whole.begin + 1 + to);
    return {begin, std::max(end, begin + 1)};
  }

  const std::string& name(size_t m) const { return base_.machines[m].name; }

  std::string takes_none_because(size_t m) const {
    return facts_[m] == nullptr ? "nothing is known of it" : facts_[m]->takes_none_because;
  }

  size_t room(size_t m) const {
    if (!takes_none_because(m).empty()) return 0;
    const auto nodes = facts_[m]->attributes.find("nodes");
    if (nodes == facts_[m]->attributes.end()) return kNoLimit;
    return number_of(nodes->second).value_or(kNoLimit);
  }

  bool meets(size_t m, const Condition& condition) const {
    return facts_[m] != nullptr && holds(condition, facts_[m]->attributes);
  }
  bool meets_all(size_t m) const {
    return std::all_of(conditions_.begin(), conditions_.end(),
                       [&](const Condition& condition) { return meets(m, condition); });
  }

  void take(const std::vector<NewNode>& placed, std::vector<size_t>& rooms) {
    const std::vector<size_t> at_first = rooms;
    for (const NewNode& one : placed) {
      size_t& left = rooms[one.machine];
      if (left == kNoLimit) continue;
      if (left > 0) {
        --left;
        continue;
      }
      const std::string because = takes_none_because(one.machine);
      const size_t most = at_first[one.machine];
      diagnostics_.error(
          internet_.nodes[one.node].at_span,
          because.empty()
              ? fmt::format("machine '{}' takes {} more node{}", name(one.machine), most,
                            most == 1 ? "" : "s")
              : fmt::format("machine '{}' takes no nodes: {}", name(one.machine), because));
    }
  }

  void check_enough(const std::vector<size_t>& rooms, size_t wanted) {
    size_t sum = 0;
    for (const size_t left : rooms) sum = left > kNoLimit - sum ? kNoLimit : sum + left;
    if (sum >= wanted) return;
    const Span span = conditions_.empty() ? internet_.on_span : internet_.where_span;
    std::vector<size_t> matching;
    for (size_t m = 0; m < rooms.size(); ++m) {
      if (meets_all(m)) matching.push_back(m);
    }
    if (matching.empty()) return refuse_unmet(span);
    std::vector<std::string> takes;
    for (const size_t m : matching) {
      const std::string because = takes_none_because(m);
      takes.push_back(because.empty() ? fmt::format("{} takes {}", name(m), rooms[m])
                                      : fmt::format("{}: {}", name(m), because));
    }
    const std::string which =
        conditions_.empty() ? "" : fmt::format(" that have {}", fmt::join(texts(), " and "));
    std::string note = listed(takes);
    if (matching.size() < rooms.size()) {
      note += fmt::format("; {} of {} machines have not {}", rooms.size() - matching.size(),
                          rooms.size(), fmt::join(texts(), " and "));
    }
    diagnostics_.error(
        span,
        fmt::format("internet '{}' needs room for {} more node{}, and the machines "
                    "of '{}'{} have room for {}",
                    internet_.name, wanted, wanted == 1 ? "" : "s", base_.name, which, sum),
        note);
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const Condition& condition : conditions_) all.push_back(to_string(condition));
    return all;
  }

  /// No machine meets all conditions: those that none meets, or how many meet each.
  void refuse_unmet(Span span) {
    std::vector<std::string> missing, counts;
    for (const Condition& condition : conditions_) {
      size_t count = 0;
      for (size_t m = 0; m < facts_.size(); ++m) count += meets(m, condition) ? 1 : 0;
      counts.push_back(fmt::format("{} of {} {} {}", count, facts_.size(),
                                   count == 1 ? "has" : "have", to_string(condition)));
      if (count > 0) continue;
      missing.push_back(to_string(condition));
      diagnostics_.error(span_of(condition.begin, condition.end),
                         fmt::format("no machine of '{}' has {}", base_.name, missing.back()),
                         instead_of(condition));
    }
    if (!missing.empty()) return;
    diagnostics_.error(
        span,
        fmt::format("no machine of '{}' has {} at once", base_.name, fmt::join(texts(), " and ")),
        fmt::format("{}", fmt::join(counts, "; ")));
  }

  /// `x, y say role = host; z says nothing`
  std::string instead_of(const Condition& condition) const {
    std::map<std::string, std::vector<std::string>> by_value;
    std::vector<std::string> silent;
    for (size_t m = 0; m < facts_.size(); ++m) {
      const auto* facts = facts_[m];
      const auto says = facts == nullptr ? std::map<std::string, std::string>::const_iterator{}
                                         : facts->attributes.find(condition.name);
      if (facts == nullptr || says == facts->attributes.end()) {
        silent.push_back(name(m));
      } else {
        by_value[said(says->second, condition)].push_back(name(m));
      }
    }
    if (by_value.empty() && silent.size() == facts_.size()) return nobody_says(condition);
    std::vector<std::string> parts;
    for (const auto& [value, names] : by_value) {
      if (parts.size() == kShownNames) break;
      parts.push_back(fmt::format("{} say{} {} = {}", listed(names), names.size() == 1 ? "s" : "",
                                  condition.name, value));
    }
    if (by_value.size() > parts.size()) parts.emplace_back("others say something else");
    if (!silent.empty()) {
      parts.push_back(
          fmt::format("{} say{} nothing", listed(silent), silent.size() == 1 ? "s" : ""));
    }
    return fmt::format("{}", fmt::join(parts, "; "));
  }

  /// Perhaps the attribute has another name.
  std::string nobody_says(const Condition& condition) const {
    std::set<std::string> names;
    for (const MachineFacts* facts : facts_) {
      if (facts == nullptr) continue;
      for (const auto& [name, value] : facts->attributes) names.insert(name);
    }
    const std::vector<std::string> all(names.begin(), names.end());
    const std::string near = nearest(condition.name, all);
    std::string note = fmt::format("none says '{}'", condition.name);
    if (!near.empty()) return note + fmt::format("; did you mean '{}'?", near);
    return all.empty() ? note : note + fmt::format("; they say {}", listed(all));
  }

  const graph::Internet& internet_;
  const BasePlan& base_;
  Diagnostics& diagnostics_;
  std::vector<const MachineFacts*> facts_;  // of each machine; null: unknown
  bool knows_any_ = false;
  std::vector<Condition> conditions_;
};

}  // namespace

std::vector<size_t> rooms_of(const graph::Internet& internet, const BasePlan& base,
                             const std::map<std::string, MachineFacts>& facts,
                             const std::vector<NewNode>& placed, size_t wanted,
                             Diagnostics& diagnostics) {
  return Chooser(internet, base, facts, diagnostics).run(placed, wanted);
}

bool knows_fleet(const BasePlan& base, const std::map<std::string, MachineFacts>& facts) {
  return std::any_of(base.machines.begin(), base.machines.end(), [&](const MachinePlan& machine) {
    return !machine.daemon.empty() && facts.contains(machine.daemon);
  });
}

}  // namespace vinet::plan
