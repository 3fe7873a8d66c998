#include "control/supervisor.h"

#include <fmt/format.h>

#include <algorithm>

namespace vinet::control {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string to_string(RunState::Is is) {
  switch (is) {
    case RunState::Is::kStarting:
      return "starting";
    case RunState::Is::kRunning:
      return "running";
    case RunState::Is::kFailing:
      return "failing";
  }
  return "";
}

void Supervisor::adopt(Clock::time_point now) {
  for (const auto& [node, found] : launcher_.find()) {
    Run run;
    run.pid = found.first;
    run.command = found.second;
    run.starts = 1;
    run.since = now;
    runs_.insert_or_assign(node, std::move(run));
  }
}

void Supervisor::want(const std::map<std::string, std::string>& commands, Clock::time_point now) {
  for (auto& [node, run] : runs_) {
    const auto wanted = commands.find(node);
    run.wanted = wanted != commands.end() && wanted->second == run.command;
    if (!run.wanted) stop(run, now);
  }
  for (const auto& [node, command] : commands) {
    Run run;
    run.command = command;
    run.next_try = now;
    runs_.try_emplace(node, std::move(run));  // one that is being ended first ends
  }
}

void Supervisor::tick(Clock::time_point now) {
  for (auto& [node, run] : runs_) {
    if (run.pid != 0) watch(node, run, now);
    if (run.pid == 0 && run.wanted && now >= run.next_try) start(node, run, now);
    if (run.pid != 0 && !run.wanted) stop(run, now);
  }
  std::erase_if(runs_,
                [](const auto& entry) { return entry.second.pid == 0 && !entry.second.wanted; });
}

void Supervisor::watch(const std::string& node, Run& run, Clock::time_point now) {
  const std::optional<ProcessEnd> end = launcher_.ended(run.pid);
  if (!end) {
    if (now - run.since >= kGood) run.failures = 0;
    return;
  }
  tell_(node, "run-ended", fmt::format("process {}: {}", run.pid, *end));
  run.pid = 0;
  run.asked_to_end.reset();
  fail(run, *end, now);
}

void Supervisor::fail(Run& run, std::string end, Clock::time_point now) {
  run.last_end = std::move(end);
  const uint64_t doublings = std::min<uint64_t>(run.failures, 5);
  const seconds pause = std::min(kFirstPause * (1 << doublings), seconds(kLongestPause));
  ++run.failures;
  run.since = now;
  run.next_try = now + pause;
}

void Supervisor::start(const std::string& node, Run& run, Clock::time_point now) {
  const Result<pid_t> pid = launcher_.start(node, run.command);
  if (!pid) {
    if (run.last_end != pid.error().message) tell_(node, "run-ended", pid.error().message);
    return fail(run, pid.error().message, now);
  }
  run.pid = *pid;
  run.since = now;
  ++run.starts;
  tell_(node, "run-started", fmt::format("process {}: {}", run.pid, run.command));
}

void Supervisor::stop(Run& run, Clock::time_point now) {
  if (run.pid == 0) return;
  if (!run.asked_to_end) {
    run.asked_to_end = now;
    launcher_.end(run.pid, false);
  } else if (now - *run.asked_to_end >= kGrace) {
    launcher_.end(run.pid, true);
  }
}

std::vector<RunState> Supervisor::states(Clock::time_point now) const {
  std::vector<RunState> states;
  for (const auto& [node, run] : runs_) {
    if (!run.wanted) continue;
    RunState state;
    state.node = node;
    state.command = run.command;
    state.pid = run.pid;
    state.starts = run.starts;
    state.last_end = run.last_end;
    if (run.pid != 0) {
      state.is = RunState::Is::kRunning;
    } else {
      state.is = run.failures == 0 ? RunState::Is::kStarting : RunState::Is::kFailing;
      if (run.next_try > now) state.next_try = duration_cast<milliseconds>(run.next_try - now);
    }
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace vinet::control
