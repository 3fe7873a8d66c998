#include "control/fleet_keeper.h"

#include <fmt/format.h>

namespace vinet::control {

void FleetKeeper::run() {
  for (;;) {
    if (may_act_()) {
      look(*open_());
    } else {
      open_()->controller().watch_fleets();
      away_.clear();  // who controls tells of them
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPause, [this] { return stop_ || wake_; });
    if (stop_) return;
    wake_ = false;
  }
}

void FleetKeeper::stop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  changed_.notify_all();
}

void FleetKeeper::wake() {
  const std::lock_guard lock(mutex_);
  wake_ = true;
  changed_.notify_all();
}

void FleetKeeper::look(World& world) {
  Options options;
  options.lock_wait = std::chrono::milliseconds(0);
  options.has_keeper = true;
  const auto mended = world.controller().tend_fleets(options);
  if (mended) {
    for (const std::string& machine : *mended) tell_("repaired", machine, "brought up to date");
    trouble_.clear();
  } else if (mended.error().code != Errc::kUnavailable && mended.error().message != trouble_) {
    // A command at work is no trouble; a damaged state is the Keeper's to tell.
    trouble_ = mended.error().message;
    tell_("trouble", "fleets", trouble_);
  }
  tell_of_machines(world.controller());
}

void FleetKeeper::tell_of_machines(Controller& controller) {
  const auto machines = controller.machines();
  if (!machines) return;
  std::map<std::string, bool> now;
  for (const MachineState& machine : *machines) {
    const std::string name = machine.base + "." + machine.name;
    now[name] = machine.away;
    const auto before = away_.find(name);
    const bool was_away = before != away_.end() && before->second;
    if (machine.away && !was_away) {
      tell_("away", name,
            fmt::format("does not answer since {} s: {}", machine.since_s, machine.why));
    }
    if (!machine.away && was_away) tell_("back", name, "answers again");
    std::map<std::string, std::string>& told = troubles_[name];
    if (machine.away || told == machine.troubles) continue;
    for (const auto& [owner, text] : machine.troubles) {
      if (told[owner] != text) tell_("trouble", name, owner + ": " + text);
    }
    told = machine.troubles;
  }
  std::erase_if(troubles_, [&](const auto& one) { return !now.contains(one.first); });
  away_ = std::move(now);
}

}  // namespace vinet::control
