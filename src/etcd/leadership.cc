#include "etcd/leadership.h"

#include <fmt/format.h>

namespace vinet::etcd {

Leadership::Leadership(Kv& kv, std::string key, std::string endpoint, Clock clock,
                       std::chrono::seconds lease)
    : kv_(kv),
      key_(std::move(key)),
      endpoint_(std::move(endpoint)),
      clock_(std::move(clock)),
      lasts_(lease) {}

void Leadership::step() {
  Status done = keep_lease();
  if (done) done = look();
  const std::lock_guard lock(mutex_);
  trouble_ = done ? "" : done.error().message;
}

// The lease lasts from when it was asked for, not from when the answer came.
Status Leadership::keep_lease() {
  const Time asked = clock_();
  bool there = lease_ != 0;
  if (there) {
    ASSIGN_OR_RETURN(there, kv_.keep_alive(lease_));
  }
  if (!there) {
    lease_ = 0;
    const std::lock_guard lock(mutex_);
    held_ = 0;
  }
  if (lease_ == 0) {
    ASSIGN_OR_RETURN(lease_, kv_.grant(lasts_.count()));
  }
  const std::lock_guard lock(mutex_);
  sure_until_ = asked + lasts_;
  return ok();
}

/// Whose is the key? Ours too where the answer to its making was lost.
Status Leadership::look() {
  for (;;) {
    ASSIGN_OR_RETURN(const RangeAnswer found, kv_.range({.key = key_}));
    if (found.keys.empty()) {
      Txn make;
      make.conditions.push_back({Condition::Of::kCreated, key_, 0});
      make.puts.push_back({key_, endpoint_, lease_});
      ASSIGN_OR_RETURN(const TxnAnswer made, kv_.txn(make));
      if (!made.done) continue;  // another was faster
      const std::lock_guard lock(mutex_);
      lead(made.revision);
      return ok();
    }
    const KeyValue& leader = found.keys.front();
    const std::lock_guard lock(mutex_);
    if (leader.lease == lease_) {
      lead(leader.created);
    } else {
      held_ = 0;
      other_ = leader.value;
    }
    return ok();
  }
}

/// With the mutex held: the key is ours.
void Leadership::lead(int64_t revision) {
  held_ = revision;
  other_.clear();
  const std::pair now(lease_, revision);
  if (reigned_ != now) ++reign_;
  reigned_ = now;
}

Status Leadership::reached() const {
  const std::lock_guard lock(mutex_);
  return trouble_.empty() ? ok() : Status(Error{Errc::kUnavailable, trouble_, 0});
}

uint64_t Leadership::reign() const {
  const std::lock_guard lock(mutex_);
  return reign_;
}

std::string Leadership::other() const {
  const std::lock_guard lock(mutex_);
  return held_ == 0 && trouble_.empty() ? other_ : "";
}

void Leadership::resign() {
  if (lease_ != 0) (void)kv_.revoke(lease_);
  const std::lock_guard lock(mutex_);
  lease_ = held_ = 0;
}

void Leadership::doubt() {
  const std::lock_guard lock(mutex_);
  held_ = 0;
}

Result<Condition> Leadership::leading() const {
  const std::lock_guard lock(mutex_);
  if (held_ != 0 && clock_() < sure_until_) {
    return Condition{Condition::Of::kCreated, key_, held_};
  }
  if (!trouble_.empty()) return Error{Errc::kUnavailable, trouble_, 0};
  if (!other_.empty()) {
    return Error{Errc::kFailedPrecondition, "the controller is at " + other_, 0};
  }
  return Error{Errc::kUnavailable, kv_.name() + ": it is not known yet who controls", 0};
}

}  // namespace vinet::etcd
