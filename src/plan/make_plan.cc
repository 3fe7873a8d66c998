#include "plan/make_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "plan/address.h"
#include "plan/base_plan.h"
#include "plan/carry.h"
#include "plan/fleet_base.h"
#include "plan/fleet_change.h"
#include "plan/grounds.h"
#include "plan/lay_out.h"
#include "plan/layers.h"
#include "plan/mtu.h"
#include "plan/place.h"
#include "plan/route.h"
#include "plan/share.h"
#include "plan/sitn.h"
#include "plan/stack.h"
#include "plan/surroundings.h"

namespace vinet::plan {
namespace {

std::string quoted(const std::vector<std::string>& names) {
  return fmt::format("'{}'", fmt::join(names, "', '"));
}

void validate_links(const graph::Internet& internet, const Features& features,
                    Diagnostics& diagnostics) {
  const auto needs = [&](const graph::Link& link, const char* what, const char* qdisc) {
    diagnostics.error(
        link.span,
        fmt::format("`{}` needs the kernel's {} queueing discipline, which this kernel does "
                    "not have",
                    what, qdisc));
  };
  for (const graph::Link& link : internet.links) {
    if (link.a.node == link.b.node) {
      diagnostics.error(link.span, fmt::format("link '{}' joins a node to itself", link.name));
    }
    if (link.cost == 0) diagnostics.error(link.span, "the cost of a link is at least 1");
    if (link.delay_us != 0 && !features.netem) needs(link, "delay", "netem");
    if (link.rate_bps != 0 && !features.tbf) needs(link, "rate", "tbf");
    if (link.ipv6.value_or(false) && !internet.ipv6) {
      diagnostics.error(
          link.span,
          fmt::format("link '{}' has `ipv6 = on` in an internet with `ipv6 = off`", link.name));
    }
  }
}

class Planner {
 public:
  Planner(const graph::Graph& graph, const Inventory& inventory, const Plan& previous,
          Diagnostics& diagnostics)
      : graph_(graph),
        inventory_(inventory),
        running_(inventory.running),
        previous_(previous),
        diagnostics_(diagnostics),
        layers_(graph, inventory.running),
        grounds_(plan_) {
    for (const InternetPlan& internet : previous.internets) {
      previous_by_name_.emplace(internet.name, &internet);
    }
  }

  std::optional<Plan> run() {
    const size_t errors = diagnostics_.error_count();
    for (const graph::Base& base : graph_.bases) {
      if (auto planned = plan_base(base)) plan_.bases.push_back(std::move(*planned));
    }
    for (const graph::Internet* internet : layers_.cycles()) {
      diagnostics_.error(internet->on_span,
                         fmt::format("internet '{}' stands on itself", internet->name));
    }
    if (!layers_.cycles().empty()) return std::nullopt;
    for (size_t i = 0; i < layers_.order().size(); ++i) {
      const std::string& name = layers_.order()[i];
      if (const graph::Internet* internet = layers_.described(name)) {
        plan_described(*internet);
      } else {
        carry(*running_.find_internet(name), layers_.is_stood_on(i));
      }
      done_.insert(name);
    }
    refuse_changes();
    if (diagnostics_.error_count() > errors) return std::nullopt;
    if (const auto clash = check_sitn(plan_, running_)) {
      const graph::Internet* internet = layers_.described(clash->internet);
      diagnostics_.error(
          internet == nullptr ? Span{} : internet->span, "addresses would meet: " + clash->what,
          "`sitn = strict` asks that they never do; without it hand-set end addresses may repeat");
      return std::nullopt;
    }
    return std::move(plan_);
  }

 private:
  /// Internets that run on the base and are not in the file.
  std::vector<std::string> strangers_on(const std::string& base) const {
    std::vector<std::string> names;
    for (const InternetPlan& internet : running_.internets) {
      if (internet.base == base && layers_.described(internet.name) == nullptr) {
        names.push_back(internet.name);
      }
    }
    return names;
  }

  /// A base of the file: the running one where it is the same; a changed one, which keeps what it
  /// can, where nothing else stands on it; else a new one.
  std::optional<BasePlan> plan_base(const graph::Base& base) {
    if (running_.find_internet(base.name) != nullptr || layers_.described(base.name) != nullptr) {
      diagnostics_.error(
          base.span,
          running_.find_internet(base.name) != nullptr
              ? fmt::format("the name '{}' is taken: an internet of that name is running",
                            base.name)
              : fmt::format("the name '{}' is taken: an internet of the file has it", base.name));
      return std::nullopt;
    }
    const BasePlan* running = running_.find_base(base.name);
    if (running == nullptr) return make_base(base, nullptr);
    std::vector<std::string> differences = base_differences(base, *running);
    if (differences.empty()) return *running;
    const std::vector<std::string> standing = strangers_on(base.name);
    if (standing.empty()) return make_base(base, running);
    constexpr size_t kShown = 5;
    if (differences.size() > kShown) {
      const size_t more = differences.size() - kShown;
      differences.resize(kShown);
      differences.push_back(fmt::format("{} more", more));
    }
    diagnostics_.error(base.span,
                       fmt::format("base '{}' is running with other machines or links", base.name),
                       fmt::format("{}; other internets on it: {}", fmt::join(differences, "; "),
                                   quoted(standing)));
    return std::nullopt;
  }

  std::optional<BasePlan> make_base(const graph::Base& base, const BasePlan* before) {
    if (!is_fleet(base)) return make_base_plan(base, inventory_.features, before, diagnostics_);
    if (!is_only_fleet(base)) return std::nullopt;
    return make_fleet_plan(base, inventory_.fleet, before, diagnostics_);
  }

  /// A computer is a machine of one fleet.
  bool is_only_fleet(const graph::Base& base) {
    std::map<std::string, std::string> taken;  // by daemon, the machine elsewhere
    for (const BasePlan& other : running_.bases) {
      const bool is_described =
          std::any_of(graph_.bases.begin(), graph_.bases.end(),
                      [&](const graph::Base& one) { return one.name == other.name; });
      if (is_described) continue;
      for (const MachinePlan& machine : other.machines) {
        if (!machine.daemon.empty()) taken.emplace(machine.daemon, other.name + "." + machine.name);
      }
    }
    for (const graph::Base& other : graph_.bases) {
      if (&other == &base) break;  // the later one has the error
      for (const graph::Machine& machine : other.machines) {
        if (!machine.daemon.empty()) taken.emplace(machine.daemon, other.name + "." + machine.name);
      }
    }
    bool is_only = true;
    for (const graph::Machine& machine : base.machines) {
      const auto found = taken.find(machine.daemon);
      if (found == taken.end()) continue;
      is_only = false;
      diagnostics_.error(machine.span,
                         fmt::format("{} is machine '{}' already", machine.daemon, found->second),
                         "a computer is a machine of one fleet, on which any number of internets "
                         "may stand");
    }
    return is_only;
  }

  /// Is what an internet stands on in the plan? A base that only runs is put there.
  bool find_ground(const std::string& on, const graph::Internet* described) {
    if (plan_.find_base(on) != nullptr || plan_.find_internet(on) != nullptr) return true;
    for (const graph::Base& base : graph_.bases) {
      if (base.name == on) return false;  // it has errors of its own
    }
    if (layers_.below(on) != nullptr) return false;  // so has this internet
    if (const BasePlan* running = running_.find_base(on)) {
      plan_.bases.push_back(*running);
      return true;
    }
    if (described == nullptr) return false;
    std::vector<std::string> names;
    for (const graph::Base& base : graph_.bases) names.push_back(base.name);
    for (const BasePlan& base : running_.bases) names.push_back(base.name);
    for (const graph::Internet& internet : graph_.internets) {
      if (internet.name != described->name) names.push_back(internet.name);
    }
    for (const InternetPlan& internet : running_.internets) names.push_back(internet.name);
    const std::string near = nearest(on, names);
    diagnostics_.error(described->on_span, fmt::format("unknown base '{}'", on),
                       near.empty() ? "neither this file declares it nor is it running"
                                    : "did you mean '" + near + "'?");
    return false;
  }

  bool is_name_free(const graph::Internet& internet) {
    if (running_.find_base(internet.name) != nullptr) {
      diagnostics_.error(
          internet.span,
          fmt::format("the name '{}' is taken: a base of that name is running", internet.name));
      return false;
    }
    const InternetPlan* running = running_.find_internet(internet.name);
    if (running == nullptr || running->base == internet.on) return true;
    diagnostics_.error(
        internet.on_span,
        fmt::format(
            "internet '{}' is running on base '{}'; moving it to another is not supported yet",
            internet.name, running->base),
        fmt::format("`vinet down {}` first", internet.name));
    return false;
  }

  /// All internets but one: as they are planned; those still to be planned as they were; those
  /// that only run as they run.
  template <typename Do>
  void for_each_other(const graph::Internet& self, Do&& act) const {
    for (const InternetPlan& planned : plan_.internets) act(planned);
    for (const graph::Internet& internet : graph_.internets) {
      if (internet.name == self.name || done_.contains(internet.name)) continue;
      const auto before = previous_by_name_.find(internet.name);
      if (before != previous_by_name_.end()) act(*before->second);
    }
    for (const InternetPlan& internet : running_.internets) {
      const bool planned =
          carried_.contains(internet.name) || layers_.described(internet.name) != nullptr;
      if (!planned) act(internet);
    }
  }

  /// What the machines of a base use themselves: in a lab, this computer.
  std::vector<net::IpPrefix> own_prefixes(const std::string& name) const {
    const BasePlan* base = plan_.find_base(name);
    if (base == nullptr || !base->fleet) return inventory_.own_prefixes;
    return fleet_prefixes(*base, inventory_);
  }

  Surroundings surroundings_of(const graph::Internet& internet) const {
    Surroundings surroundings;
    const std::string& bottom = layers_.bottom(internet.on);
    surroundings.own_prefixes = own_prefixes(bottom);
    surroundings.facts = &inventory_.fleet;
    for_each_other(internet, [&](const InternetPlan& other) {
      if (other.base == internet.on) surroundings.others.push_back(&other);
      if (other.base == internet.name) surroundings.above.push_back(&other);
      if (layers_.bottom(other.base) == bottom) surroundings.beside.push_back(&other);
    });
    surroundings.lower = grounds_.internet(internet.on);
    const auto before = previous_by_name_.find(internet.name);
    if (before != previous_by_name_.end() && before->second->base == internet.on) {
      surroundings.previous = before->second;
    }
    return surroundings;
  }

  void plan_described(const graph::Internet& internet) {
    if (!is_name_free(internet) || !find_ground(internet.on, &internet)) return;
    Surroundings surroundings = surroundings_of(internet);
    std::optional<InternetPlan> moved;
    if (surroundings.previous != nullptr) {
      const auto now = machine_names(plan_, internet.on);
      const auto before = machine_names(previous_, internet.on);
      if (!before.empty() && before != now) {
        surroundings.previous = &moved.emplace(renumbered(*surroundings.previous, before, now));
      }
    }
    if (auto planned = plan_internet(internet, surroundings)) {
      const InternetPlan* running = running_.find_internet(internet.name);
      if (running == nullptr || *running != *planned) touched_.insert(internet.name);
      plan_.internets.push_back(std::move(*planned));
    }
  }

  std::optional<InternetPlan> plan_internet(const graph::Internet& internet,
                                            const Surroundings& surroundings) {
    const size_t errors = diagnostics_.error_count();
    const auto failed = [&] { return diagnostics_.error_count() > errors; };
    const BasePlan& base = grounds_.base(internet.on);
    const bool on_fleet = grounds_.base(layers_.bottom(internet.on)).fleet;
    validate_links(internet, on_fleet ? Features{} : inventory_.features, diagnostics_);
    check_shares(internet, base, surroundings, inventory_.features, diagnostics_);
    if (failed()) return std::nullopt;
    InternetPlan plan = lay_out(internet);
    place(internet, base, grounds_.paths(internet.on), surroundings, plan, diagnostics_);
    if (on_fleet && !failed())
      check_features(internet, plan, plan_, inventory_.fleet, diagnostics_);
    name_interfaces(internet, surroundings.previous, plan);
    assign_addresses(internet, surroundings, plan, diagnostics_);
    if (failed()) return std::nullopt;
    if (surroundings.lower == nullptr) {
      assign_link_addresses(internet, surroundings, plan, diagnostics_);
    } else {
      assign_upper_link_addresses(internet, surroundings, plan, diagnostics_);
    }
    if (failed()) return std::nullopt;
    set_base_addresses(base, plan);
    decide_flattened(plan_, plan);
    size_mtus(internet, grounds_, plan, diagnostics_);
    if (!failed()) compute_routes(internet, plan, diagnostics_);
    if (failed()) return std::nullopt;
    return plan;
  }

  /// An internet that only runs: put into the plan where one of the file stands on it, or where
  /// something below it has changed; then its headers may, even where its own plan does not.
  void carry(const InternetPlan& running, bool is_stood_on) {
    if (!find_ground(running.base, nullptr)) return;
    const bool touched = touched_.contains(running.base);
    if (!touched && !is_stood_on) return;
    InternetPlan carried = running;
    std::vector<std::string> reasons;
    if (touched) {
      reasons = carry_along(*running_.find_internet(running.base), plan_, grounds_, carried);
      touched_.insert(running.name);
    }
    if (reasons.empty()) {
      carried_.insert(carried.name);
      plan_.internets.push_back(std::move(carried));
      return;
    }
    const std::string* at = &running.base;
    while (layers_.described(*at) == nullptr) at = layers_.below(*at);
    std::vector<std::string>& all = misfits_[*at];
    all.insert(all.end(), reasons.begin(), reasons.end());
  }

  void refuse_changes() {
    for (const auto& [name, reasons] : misfits_) {
      std::vector<std::string> standing;
      for (const InternetPlan* upper : standing_on(running_, name)) {
        if (layers_.described(upper->name) == nullptr) standing.push_back(upper->name);
      }
      diagnostics_.error(
          layers_.described(name)->span,
          fmt::format(
              "internet '{}' cannot be changed so: internets that stand on it would not fit", name),
          fmt::format("{}; change them together with it, or `vinet down` them first: {}",
                      fmt::join(reasons, "; "), quoted(standing)));
    }
  }

  const graph::Graph& graph_;
  const Inventory& inventory_;
  const Plan& running_;
  const Plan& previous_;
  Diagnostics& diagnostics_;
  const Layers layers_;
  std::map<std::string, const InternetPlan*> previous_by_name_;
  Plan plan_;
  Grounds grounds_;                                          // over plan_
  std::set<std::string> done_;                               // planned, or found wrong
  std::set<std::string> carried_;                            // those that only run, in the plan
  std::set<std::string> touched_;                            // new or changed, or on such a one
  std::map<std::string, std::vector<std::string>> misfits_;  // by internet of the file
};

}  // namespace

std::optional<Plan> make_plan(const graph::Graph& graph, const Inventory& inventory,
                              const PlanOptions& options, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  const std::optional<Inventory> changed = with_changed_fleets(graph, inventory, diagnostics);
  if (diagnostics.error_count() > errors) return std::nullopt;
  const Inventory& now = changed ? *changed : inventory;
  const Plan& previous = options.previous ? *options.previous : now.running;
  std::optional<Plan> plan = Planner(graph, now, previous, diagnostics).run();
  if (plan && changed) append_renumbered(inventory.running, changed->running, *plan);
  return plan;
}

}  // namespace vinet::plan
