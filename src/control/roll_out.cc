#include "control/roll_out.h"

#include <algorithm>
#include <set>

#include "control/holdings.h"
#include "control/local.h"
#include "control/rollback.h"
#include "control/stacks.h"
#include "slice/diff.h"
#include "slice/lower.h"

namespace vinet::control {
namespace {

bool changes_what_runs(const Intention& intention) {
  const auto has_old = [](const auto& intended) { return intended.old.has_value(); };
  return std::any_of(intention.bases.begin(), intention.bases.end(), has_old) ||
         std::any_of(intention.internets.begin(), intention.internets.end(), has_old);
}

Outcome::What what_happened(bool runs, bool changes, const machine::ApplyReport& report) {
  if (!runs) return Outcome::What::kMade;
  if (changes) return Outcome::What::kChanged;
  return report.unchanged() ? Outcome::What::kUnchanged : Outcome::What::kRepaired;
}

/// One `up` on its way: bases, then internets bottom up, then what bases no longer have.
class RollOut {
 public:
  RollOut(const Intention& intention, const Operation& operation, const State& before,
          const State& now, machine::Machine& machine, const Options& options)
      : intention_(intention),
        operation_(operation),
        now_(now),
        machine_(machine),
        options_(options),
        then_(before),
        here_(now),
        leaves_to_keeper_(options.has_keeper && changes_what_runs(intention)) {}

  Result<std::vector<Outcome>> run() {
    if (here_.stacked() || then_.stacked()) {
      for (Stacks* stacks : {&here_, &then_}) {
        Status seen = stacks->look_at_paths(machine_);
        if (!seen) return from_machine(std::move(seen).error(), "look at base paths");
      }
    }
    for (const IntendedBase& base : intention_.bases) TRY(apply_base(base));
    for (const IntendedInternet& internet : intention_.internets) TRY(apply_internet(internet));
    for (const std::string& name : beside(operation_, now_)) TRY(follow(name));
    for (size_t i = 0; i < intention_.bases.size(); ++i) TRY(let_go(intention_.bases[i], i));
    return std::move(outcomes_);
  }

 private:
  Result<machine::ApplyReport> apply(const Outcome& outcome,
                                     const std::vector<std::string>& namespaces,
                                     const std::vector<slice::Slice>& slices,
                                     std::set<std::string> only = {}, bool fresh = false) {
    if (options_.stop && options_.stop()) return Error{Errc::kCancelled, "interrupted"};
    machine::Options how = options_for(outcome.name, options_, true);
    how.only = std::move(only);
    how.named_only = fresh;
    auto report = realise(outcome.name, namespaces, slices, machine_, how);
    if (!report) return from_machine(std::move(report).error(), "up " + outcome.name);
    return report;
  }

  /// What the machines of fleets have done already (fleets.h).
  static Outcome elsewhere(Outcome outcome, bool runs, bool changes) {
    outcome.what = !runs     ? Outcome::What::kMade
                   : changes ? Outcome::What::kChanged
                             : Outcome::What::kUnchanged;
    return outcome;
  }

  Status apply_base(const IntendedBase& base) {
    Outcome outcome{base.intent.plan.name, false, Outcome::What::kUnchanged, {}};
    if (base.intent.plan.fleet) {
      outcomes_.push_back(elsewhere(std::move(outcome), base.runs, base.old.has_value()));
      return ok();
    }
    if (!leaves_to_keeper_ || !base.runs || base.old) {
      const std::vector<std::string>& machines = base.intent.namespaces;
      std::set<std::string> only;
      if (options_.has_keeper && base.runs && !base.old) only = {machines.begin(), machines.end()};
      ASSIGN_OR_RETURN(outcome.report,
                       apply(outcome, machines,
                             base.old ? slices_between(base.old->plan, base.intent.plan)
                                      : slice::lower(base.intent.plan),
                             std::move(only), !base.runs));
      outcome.what = what_happened(base.runs, base.old.has_value(), outcome.report);
    }
    outcomes_.push_back(std::move(outcome));
    return ok();
  }

  Status apply_internet(const IntendedInternet& internet) {
    const std::string& name = internet.intent.plan.name;
    done_.insert(name);
    Outcome outcome{name, true, Outcome::What::kUnchanged, {}};
    if (fleet_under(now_, name) != nullptr) {
      outcomes_.push_back(elsewhere(std::move(outcome), internet.runs, internet.changes()));
      return ok();
    }
    const std::vector<slice::Slice> slices = here_.slices_of(name);
    const std::vector<slice::Slice> old =
        internet.runs ? then_.slices_of(name) : std::vector<slice::Slice>();
    // What does not change is the keeper's while something else does.
    if (leaves_to_keeper_ && internet.runs && !internet.old && slices == old) {
      outcomes_.push_back(std::move(outcome));
      return ok();
    }
    std::set<std::string> only;
    if (options_.has_keeper && internet.runs && !is_base_changed(name) && slices != old) {
      only = slice::touched(slices, old);
    }
    ASSIGN_OR_RETURN(outcome.report, apply(outcome, internet.intent.namespaces, slices,
                                           std::move(only), !internet.runs));
    // What only comes to bear others is as it was described.
    const bool bears = internet.runs && !internet.old && slices != old;
    outcome.what = bears ? Outcome::What::kUnchanged
                         : what_happened(internet.runs, internet.changes(), outcome.report);
    outcomes_.push_back(std::move(outcome));
    return ok();
  }

  /// An internet that nobody asked for, and that is another all the same by what is changed below
  /// or above it.
  Status follow(const std::string& name) {
    if (done_.contains(name) || fleet_under(now_, name) != nullptr) return ok();
    const std::vector<slice::Slice> slices = here_.slices_of(name), old = then_.slices_of(name);
    if (slices == old) return ok();
    std::set<std::string> only;
    if (options_.has_keeper && !is_base_changed(name)) only = slice::touched(slices, old);
    const Outcome outcome{name, true, Outcome::What::kChanged, {}};
    TRY(apply(outcome, now_.internets.at(name).namespaces, slices, std::move(only)));
    return ok();
  }

  Status let_go(const IntendedBase& base, size_t index) {
    if (!base.old || base.intent.plan.fleet) return ok();
    ASSIGN_OR_RETURN(
        const machine::ApplyReport report,
        apply(outcomes_[index], base.intent.namespaces, slice::lower(base.intent.plan)));
    outcomes_[index].report.created += report.created;
    outcomes_[index].report.changed += report.changed;
    outcomes_[index].report.deleted += report.deleted;
    return ok();
  }

  bool is_base_changed(const std::string& internet) const {
    return std::any_of(
        operation_.old_bases.begin(), operation_.old_bases.end(),
        [&](const BaseIntent& old) { return has(now_.all_standing_on(old.plan.name), internet); });
  }

  const Intention& intention_;
  const Operation& operation_;
  const State& now_;
  machine::Machine& machine_;
  const Options& options_;
  Stacks then_, here_;
  const bool leaves_to_keeper_;
  std::set<std::string> done_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

Result<std::vector<Outcome>> apply_all(const Intention& intention, const Operation& operation,
                                       const State& before, const State& now,
                                       machine::Machine& machine, const Options& options) {
  return RollOut(intention, operation, before, now, machine, options).run();
}

}  // namespace vinet::control
