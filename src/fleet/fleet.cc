#include "fleet/fleet.h"

#include <fmt/format.h>

#include <algorithm>

#include "fleet/parallel.h"

namespace vinet::fleet {
namespace {

/// Progress of many machines at once, told by one at a time: how many are done.
class Told {
 public:
  Told(const machine::Options& options, std::string stage, size_t machines)
      : options_(options), stage_(std::move(stage)), machines_(machines) {
    tell();
  }
  void one_done() {
    const std::lock_guard lock(mutex_);
    ++done_;
    tell();
  }

 private:
  void tell() const {
    if (options_.progress) options_.progress(stage_, done_, machines_);
  }
  const machine::Options& options_;
  const std::string stage_;
  const size_t machines_;
  std::mutex mutex_;
  size_t done_ = 0;
};

template <typename Call>
std::vector<Failure> failures_of(const std::vector<Share>& shares, Call call) {
  const std::vector<Status> answers = on_all(shares, call);
  std::vector<Failure> failures;
  for (size_t i = 0; i < shares.size(); ++i) {
    if (!answers[i]) failures.push_back({shares[i].place, answers[i].error()});
  }
  return failures;
}

}  // namespace

Error at(const Place& place, Error error) {
  return std::move(error).within(fmt::format("{} ({})", place.machine, place.daemon));
}

void Fleet::know(Directory directory) {
  auto known = std::make_shared<const Directory>(std::move(directory));
  const std::lock_guard lock(mutex_);
  directory_ = std::move(known);
}

std::shared_ptr<const Directory> Fleet::directory() const {
  const std::lock_guard lock(mutex_);
  return directory_;
}

std::shared_ptr<Member> Fleet::member(const std::string& daemon) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Member>& member = members_[daemon];
  if (member == nullptr) member = connect_(daemon);
  return member;
}

std::map<std::string, Result<MemberReport>> Fleet::ask(const std::vector<std::string>& daemons) {
  auto answers =
      on_all(daemons, [this](const std::string& daemon) { return member(daemon)->report(); });
  std::map<std::string, Result<MemberReport>> by_daemon;
  for (size_t i = 0; i < daemons.size(); ++i) {
    note(daemons[i], answers[i]);
    by_daemon.emplace(daemons[i], std::move(answers[i]));
  }
  return by_daemon;
}

void Fleet::note(const std::string& daemon, const Result<MemberReport>& answer) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  Health& health = healths_.try_emplace(daemon, Health{daemon, {}, false, "", now}).first->second;
  if (answer) {
    if (health.away) health.away = false;
    health.since = now;
    health.why.clear();
    health.report = *answer;
    return;
  }
  health.why = answer.error().message;
  if (!health.away && now - health.since >= kAwayAfter) health.away = true;
}

std::optional<Health> Fleet::health(const std::string& daemon) const {
  const std::lock_guard lock(mutex_);
  const auto it = healths_.find(daemon);
  if (it == healths_.end()) return std::nullopt;
  return it->second;
}

std::vector<RunReport> Fleet::runs() const {
  const std::lock_guard lock(mutex_);
  std::vector<RunReport> all;
  for (const auto& [daemon, health] : healths_) {
    if (health.away || !health.report) continue;
    for (const RunReport& run : health.report->runs) {
      const Place* place = directory_->find(run.node);
      if (place != nullptr && place->daemon == daemon) all.push_back(run);
    }
  }
  return all;
}

Status Fleet::prepare(const Order& order, const std::vector<Share>& shares) {
  const auto failures = failures_of(shares, [&](const Share& share) -> Status {
    if (share.puts.empty()) return ok();
    return member(share.place.daemon)->prepare(order, share.puts, share.removes, kPatience);
  });
  if (failures.empty()) return ok();
  abort(order, shares);
  // A refusal says more than a machine that is away.
  const auto first = std::find_if(failures.begin(), failures.end(), [](const Failure& failure) {
    return failure.error.code != Errc::kUnavailable;
  });
  const Failure& told = first == failures.end() ? failures.front() : *first;
  Error error = at(told.place, told.error);
  if (failures.size() > 1) {
    error.message += fmt::format(" (and {} more machines refuse)", failures.size() - 1);
  }
  return error;
}

void Fleet::announce(const Order& order, const std::vector<Place>& places) {
  // To abort what nobody has begun changes nothing but whom they obey.
  (void)on_all(places, [&](const Place& place) { return member(place.daemon)->abort(order); });
}

void Fleet::abort(const Order& order, const std::vector<Share>& shares) {
  // Who does not hear it forgets by itself, after kPatience.
  (void)on_all(shares,
               [&](const Share& share) { return member(share.place.daemon)->abort(order); });
}

std::vector<Failure> Fleet::commit(const Order& order, const std::vector<Share>& shares,
                                   const machine::Options& options) {
  Told told(options, "commit on machines", shares.size());
  return failures_of(shares, [&](const Share& share) -> Status {
    const std::shared_ptr<Member> there = member(share.place.daemon);
    if (share.puts.empty()) {
      TRY(there->remove(order, share.removes, {}));
    } else {
      TRY(there->commit(order, {}));
    }
    told.one_done();
    return ok();
  });
}

std::vector<Failure> Fleet::carry_out(const Order& order, const std::vector<Share>& shares,
                                      const machine::Options& options) {
  Told told(options, "bring machines up to date", shares.size());
  return failures_of(shares, [&](const Share& share) -> Status {
    const std::shared_ptr<Member> there = member(share.place.daemon);
    if (!share.removes.empty()) TRY(there->remove(order, share.removes, {}));
    if (!share.puts.empty()) TRY(there->put(order, share.puts, {}));
    told.one_done();
    return ok();
  });
}

}  // namespace vinet::fleet
