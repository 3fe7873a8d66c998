#include "control/keeper.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>

#include <algorithm>

#include "control/fleet_leases.h"
#include "control/holdings.h"
#include "control/lease.h"
#include "control/mend.h"
#include "control/stacks.h"

namespace vinet::control {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

Keeper::Keeper(OpenWorld open, Launcher& launcher, std::function<bool()> may_act, Tell tell)
    : open_(std::move(open)),
      may_act_(std::move(may_act)),
      tell_(std::move(tell)),
      supervisor_(launcher, [this](const std::string& node, const std::string& kind,
                                   const std::string& text) { tell_(kind, node, text); }),
      paths_([this](const std::string& machine, const std::string& text) {
        tell_("path", machine, text);
      }) {
  supervisor_.adopt(Clock::now());
}

void Keeper::run() {
  Clock::time_point next_look = Clock::now();
  for (;;) {
    if (Clock::now() >= next_look) {
      const Clock::time_point begin = Clock::now();
      if (others_at_work_ == 0 && may_act_())
        keep(*open_());  // not for longer: a world holds what it has seen of the kernel
      ::malloc_trim(0);  // what a look at thousands of namespaces took goes back
      const Clock::time_point end = Clock::now();
      const auto pause = duration_cast<milliseconds>((end - begin) * kIdleShare);
      const milliseconds least = paths_.searching() ? kSearchPause : kShortest;
      next_look = end + std::clamp(pause, least, milliseconds(kLongest));
    } else if (const auto changed = take_changed_routes(); !changed.empty()) {
      if (!follow_routes(*open_(), changed)) next_look = Clock::now();
    }
    std::unique_lock lock(mutex_);
    supervisor_.tick(Clock::now());
    changed_.wait_for(lock, kRunTick, [this] { return stop_ || wake_; });
    if (stop_) return;
    if (wake_) next_look = Clock::now();
    wake_ = false;
  }
}

// What is watched is held, and somebody may be about to remove it: all is let go. The look that
// follows `resume` watches it again, and sees what happened meanwhile.
void Keeper::give_way() {
  ++others_at_work_;
  const std::lock_guard lock(watch_mutex_);
  watcher_.reset();
}

void Keeper::watch_routes(const State& state) {
  std::set<std::string> nodes = followed_nodes(state);
  const std::lock_guard lock(watch_mutex_);
  if (others_at_work_ > 0 || nodes.empty()) return watcher_.reset();
  if (watcher_ == nullptr) watcher_ = open_();
  watcher_->machine().watch_routes(nodes);
  (void)watcher_->machine().take_changed_routes();  // all is looked at now
}

std::set<std::string> Keeper::take_changed_routes() {
  const std::lock_guard lock(watch_mutex_);
  if (watcher_ == nullptr) return {};
  return watcher_->machine().take_changed_routes();
}

bool Keeper::follow_routes(World& world, const std::set<std::string>& changed) {
  if (others_at_work_ > 0 || !may_act_()) return false;
  Options options;
  options.lock_wait = milliseconds(0);
  options.stop = [this] { return others_at_work_ > 0; };
  options.only_above = changed;
  const auto outcomes = world.controller().repair(options);
  if (!outcomes) return false;  // the next look says what is wrong
  for (const Outcome& outcome : *outcomes) {
    if (outcome.what != Outcome::What::kRepaired) continue;
    tell_("rerouted", outcome.name, rerouted_text(outcome.report));
  }
  return true;
}

void Keeper::stop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  changed_.notify_all();
}

void Keeper::wake() {
  const std::lock_guard lock(mutex_);
  wake_ = true;
  changed_.notify_all();
}

std::vector<RunState> Keeper::runs() const {
  const std::lock_guard lock(mutex_);
  return supervisor_.states(Clock::now());
}

std::string Keeper::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Keeper::say_once(const std::string& kind, const std::string& object, const std::string& text) {
  std::string& last = said_[object];
  if (last == text) return;
  last = text;
  if (!text.empty()) tell_(kind, object, text);
}

void Keeper::keep(World& world) {
  std::vector<std::string> damaged;
  Result<State> state = world.controller().state(damaged);
  std::string trouble = state ? "" : state.error().message;
  for (const std::string& line : damaged) trouble += (trouble.empty() ? "" : "\n") + line;
  say_once("trouble", "state", trouble);
  {
    const std::lock_guard lock(mutex_);
    trouble_ = trouble;
  }
  if (!trouble.empty()) return;  // watch only: who cannot read the intent must not act on it
  want_runs(*state);
  end_leases(world, *state);
  watch_routes(*state);
  if (!state->empty()) repair(world);
}

void Keeper::want_runs(const State& state) {
  std::map<std::string, std::string> commands;
  for (const auto& [name, internet] : state.internets) {
    if (phase_of_internet(state, name) != "up") continue;
    if (fleet_under(state, name) != nullptr) continue;  // its machines run them
    for (const plan::NodePlan& node : internet.plan.nodes) {
      if (!node.run.empty()) commands.emplace(name + "." + node.name, node.run);
    }
  }
  const std::lock_guard lock(mutex_);
  supervisor_.want(commands, Clock::now());
}

void Keeper::end_leases(World& world, const State& state) {
  const Clocks now = read_clocks();
  std::set<std::string> gone;
  for (const auto& [name, internet] : state.internets) {
    if (!internet.lease_end || remaining_s(*internet.lease_end, now) > 0) continue;
    if (asks_for_lease(state, name, now)) continue;
    if (gone.contains(name)) continue;  // with what it stood on
    {
      const std::lock_guard lock(watch_mutex_);
      watcher_.reset();
    }
    DownRequest request;
    request.names = {name};
    request.recursive = true;
    Options options;
    options.lock_wait = milliseconds(0);
    const auto outcomes = world.controller().down(request, options);
    if (outcomes) {
      std::vector<std::string> others;  // that stood on it, the top first
      for (const Outcome& outcome : *outcomes) {
        gone.insert(outcome.name);
        if (outcome.internet && outcome.name != name) others.push_back(outcome.name);
      }
      const std::string with =
          others.empty() ? "it is removed"
                         : fmt::format("it is removed, and before it what stood on it: {}",
                                       fmt::join(others, ", "));
      say_once("lease-ended", name, "its lease has ended; " + with);
      said_.erase(name);
    } else {
      say_once("trouble", name, "its lease has ended: " + outcomes.error().message);
    }
  }
}

void Keeper::repair(World& world) {
  Options options;
  options.lock_wait = milliseconds(0);
  options.stop = [this] { return others_at_work_ > 0; };
  options.tend_paths = [this](machine::Machine& machine, const std::vector<slice::Slice>& slices) {
    return paths_.tend(machine, slices, Clock::now());
  };
  const auto outcomes = world.controller().repair(options);
  if (!outcomes) {
    // A verb is at work, and this look comes again.
    const Errc why = outcomes.error().code;
    if (why == Errc::kUnavailable || why == Errc::kCancelled) return;
    return say_once("trouble", "repair", outcomes.error().message);
  }
  said_.erase("repair");
  for (const Outcome& outcome : *outcomes) {
    if (outcome.what != Outcome::What::kRepaired) continue;
    tell_("repaired", outcome.name, repaired_text(outcome.report));
  }
}

}  // namespace vinet::control
