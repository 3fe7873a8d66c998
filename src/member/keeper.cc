#include "member/keeper.h"

#include <malloc.h>

#include <algorithm>

#include "member/layers.h"

namespace vinet::member {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

Keeper::Keeper(LocalMember& member, control::Launcher& launcher, std::function<bool()> may_act)
    : member_(member),
      may_act_(std::move(may_act)),
      supervisor_(launcher, [&member](const std::string& node, const std::string& kind,
                                      const std::string& text) { member.tell(kind, node, text); }),
      paths_([&member](const std::string& machine, const std::string& text) {
        member.tell("path", machine, text);
      }) {
  supervisor_.adopt(Clock::now());
  member.serve({[this] { return runs(); }, [this] { let_go_of_routes(); }, [this] { wake(); }});
}

Keeper::~Keeper() {
  member_.serve({});
}

void Keeper::run() {
  grace_end_ = Clock::now() + kGrace;
  last_look_ = Clock::now();
  Clock::time_point next_look = Clock::now();
  for (;;) {
    if (Clock::now() >= next_look) {
      const Clock::time_point begin = Clock::now();
      if (begin - last_look_ > kLongest + kGrace) grace_end_ = begin + kGrace;
      if (may_act_()) look();
      const Clock::time_point end = last_look_ = Clock::now();
      const auto pause = duration_cast<milliseconds>((end - begin) * kIdleShare);
      const milliseconds least = paths_.searching() ? kSearchPause : kShortest;
      // A store that another program locks makes a look wait, not work.
      const milliseconds most = member_.trouble().empty() ? milliseconds(kLongest) : kTroubled;
      next_look = end + std::clamp(pause, least, most);
    } else if (const auto changed = take_changed_routes(); !changed.empty()) {
      if (!may_act_() || !member_.follow_routes(changed)) next_look = Clock::now();
    }
    std::unique_lock lock(mutex_);
    supervisor_.tick(Clock::now());
    changed_.wait_for(lock, kRunTick, [this] { return stop_ || wake_; });
    if (stop_) return;
    if (wake_) next_look = Clock::now();
    wake_ = false;
  }
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

std::vector<control::RunState> Keeper::runs() const {
  const std::lock_guard lock(mutex_);
  return supervisor_.states(Clock::now());
}

void Keeper::look() {
  LocalMember::Keeping keeping;
  keeping.ends_leases = Clock::now() >= grace_end_;
  keeping.tend_paths = [this](machine::Machine& machine, const std::vector<slice::Slice>& slices) {
    return paths_.tend(machine, slices, Clock::now());
  };
  const bool idle = member_.idle();
  if (!idle) member_.keep(keeping);
  if (!member_.trouble().empty()) return;  // watch only
  std::map<std::string, std::string> commands;
  for (const auto& [owner, record] : member_.held()) {
    commands.insert(record->holding.runs.begin(), record->holding.runs.end());
  }
  {
    const std::lock_guard lock(mutex_);
    supervisor_.want(commands, Clock::now());
  }
  watch_routes();
  if (!idle) ::malloc_trim(0);  // what a look at thousands of namespaces took goes back
}

void Keeper::watch_routes() {
  const std::set<std::string> nodes = followed_nodes(member_.held());
  const std::lock_guard lock(watch_mutex_);
  if (member_.at_work() || nodes.empty()) return watcher_.reset();
  if (watcher_ == nullptr) watcher_ = member_.open()();
  watcher_->watch_routes(nodes);
}

std::set<std::string> Keeper::take_changed_routes() {
  const std::lock_guard lock(watch_mutex_);
  return watcher_ == nullptr ? std::set<std::string>() : watcher_->take_changed_routes();
}

void Keeper::let_go_of_routes() {
  const std::lock_guard lock(watch_mutex_);
  watcher_.reset();
}

}  // namespace vinet::member
