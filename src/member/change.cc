// LocalMember: how what is held becomes another, in store and kernel.
#include <fmt/format.h>

#include <algorithm>

#include "control/rollback.h"
#include "member/layers.h"
#include "member/local_member.h"
#include "slice/diff.h"

namespace vinet::member {
namespace {

using machine::ApplyReport;

void add(ApplyReport& sum, const ApplyReport& one) {
  sum.created += one.created;
  sum.changed += one.changed;
  sum.deleted += one.deleted;
  for (const std::string& change : one.changes) {
    if (sum.changes.size() < ApplyReport::kMostNamed) sum.changes.push_back(change);
  }
}

machine::Options options_for(const std::string& owner, const machine::Options& options) {
  machine::Options how;
  how.leave_base_devices = true;
  how.stop = options.stop;
  if (options.progress) {
    how.progress = [owner, tell = options.progress](const std::string& stage, size_t done,
                                                    size_t total) {
      tell(owner + ": " + stage, done, total);
    };
  }
  return how;
}

/// What of this owner is looked at: only what the change touches; the keeper sees to the rest.
void narrow(const RecordPtr& old, const Record& now, machine::Options& how) {
  how.named_only = old == nullptr || !now.holding.internet;
  if (how.named_only || old->digest == now.digest) return;
  how.only = slice::touched(now.holding.slices, old->holding.slices);
}

}  // namespace

/// Under mutex_. What could not be written is not so; a later try writes all that is.
Status LocalMember::write(const Changes& changes) {
  Status written = ok();
  if (parts_.store->lost()) written = parts_.store->write_all(contents_);
  if (written) written = parts_.store->write(changes);
  if (!written) {
    dirty_ = true;
    store_trouble_ = written.error().message;
    return written;
  }
  apply(changes, contents_);
  return ok();
}

/// What is so, whether it can be written or not.
void LocalMember::write_anyway(const Changes& changes) {
  const std::lock_guard lock(mutex_);
  if (!write(changes)) apply(changes, contents_);
}

/// Reads what could not be read, writes what could not be written. False where that fails again.
bool LocalMember::mend_store() {
  std::string told;
  const bool fine = [&] {
    const std::lock_guard lock(mutex_);
    const std::string before = store_trouble_;
    if (!loaded_) {
      auto contents = parts_.store->load();
      loaded_ = contents.has_value();
      store_trouble_ = loaded_ ? "" : contents.error().message;
      if (loaded_) contents_ = *std::move(contents);
    } else if (dirty_ || parts_.store->lost()) {
      const Status written = parts_.store->write_all(contents_);
      dirty_ = !written;
      store_trouble_ = written ? "" : written.error().message;
    }
    if (store_trouble_ != before) told = store_trouble_;
    return store_trouble_.empty();
  }();
  if (!told.empty()) tell("trouble", "member", told);
  return fine;
}

/// What this very call was answered, if what it did is still so.
std::optional<Outcome> LocalMember::answered(const std::string& key, const Wish& wish) const {
  const std::lock_guard lock(mutex_);
  const auto found = contents_.outcomes.find(key);
  if (found == contents_.outcomes.end() || found->second.error) return std::nullopt;
  for (const RecordPtr& put : wish.puts) {
    const auto held = contents_.held.find(put->holding.owner);
    if (held == contents_.held.end() || held->second->digest != put->digest) return std::nullopt;
  }
  for (const std::string& owner : wish.removes) {
    if (contents_.held.contains(owner)) return std::nullopt;
  }
  return found->second;
}

Result<ApplyReport> LocalMember::change(const std::string& key, const Wish& wish,
                                        std::optional<uint64_t> generation,
                                        const machine::Options& options) {
  {
    const std::lock_guard lock(mutex_);
    if (contents_.change) {
      return Error{Errc::kUnavailable,
                   "an earlier change of this machine has not ended: " + contents_.change->why_back,
                   0};
    }
    Changes begin;
    Change& change = begin.change.emplace();
    change.key = key;
    Records all = contents_.held;
    const auto touch = [&](const std::string& owner, const std::vector<std::string>& names) {
      const auto held = contents_.held.find(owner);
      RecordPtr& old = change.old[owner];
      std::vector<std::string>& known = change.names[owner] = names;
      if (held == contents_.held.end()) return;
      old = held->second;
      known.insert(known.end(), old->holding.namespaces.begin(), old->holding.namespaces.end());
      std::sort(known.begin(), known.end());
      known.erase(std::unique(known.begin(), known.end()), known.end());
    };
    for (const std::string& owner : wish.removes) {
      if (generation) begin.newest[{wish.store, owner}] = *generation;
      if (!contents_.held.contains(owner)) continue;
      touch(owner, {});
      begin.erased.push_back(owner);
    }
    for (const RecordPtr& put : wish.puts) {
      const std::string& owner = put->holding.owner;
      if (generation) begin.newest[{wish.store, owner}] = *generation;
      touch(owner, put->holding.namespaces);
      begin.put.push_back(put);
      all[owner] = put;
    }
    for (const std::string& owner : in_layers(all)) {
      if (change.old.contains(owner)) change.order.push_back(owner);
    }
    TRY(write(begin));
  }
  return finish(options);
}

Result<ApplyReport> LocalMember::finish(const machine::Options& options) {
  Change change;
  Records held;
  {
    const std::lock_guard lock(mutex_);
    change = *contents_.change;
    held = contents_.held;
  }
  Error why{Errc::kInternal, change.why_back, 0};
  if (!change.back) {
    Result<ApplyReport> done = go_forward(change, held, options);
    if (done) {
      Changes end;
      end.ends_change = true;
      if (!change.key.empty()) end.outcome = Outcome{change.key, std::nullopt, *done};
      write_anyway(end);
      say_done(change, held);
      return done;
    }
    why = std::move(done).error();
    Changes turn;
    turn.change = change;
    turn.change->back = true;
    turn.change->why_back = why.message;
    for (const auto& [owner, old] : change.old) {
      if (old == nullptr) {
        turn.erased.push_back(owner);
      } else {
        turn.put.push_back(old);
      }
    }
    write_anyway(turn);
    change = *turn.change;
  }
  if (Status gone_back = go_back(change); !gone_back) {
    why.code = Errc::kInternal;
    why.message += "\n  undoing it failed too, and is tried again: " + gone_back.error().message;
    return why;
  }
  Changes end;
  end.ends_change = true;
  if (change.key.starts_with("commit/")) end.outcome = Outcome{change.key, why, {}};
  write_anyway(end);
  for (const auto& [owner, old] : change.old) set_trouble(owner, "");
  return why;
}

Result<ApplyReport> LocalMember::go_forward(const Change& change, const Records& held,
                                            const machine::Options& options) {
  const auto machine = parts_.open();
  ApplyReport sum;
  for (auto owner = change.order.rbegin(); owner != change.order.rend(); ++owner) {
    if (held.contains(*owner)) continue;
    auto report = machine->remove(*owner, change.names.at(*owner), options_for(*owner, options));
    if (!report) return std::move(report).error().within("remove " + *owner);
    add(sum, *report);
  }
  for (const std::string& owner : change.order) {
    const auto record = held.find(owner);
    if (record == held.end()) continue;
    machine::Options how = options_for(owner, options);
    narrow(change.old.at(owner), *record->second, how);
    auto report = control::realise(owner, change.names.at(owner), record->second->holding.slices,
                                   *machine, how);
    if (!report) return std::move(report).error().within("realise " + owner);
    add(sum, *report);
  }
  return sum;
}

/// Goes on after an error, and returns the first.
Status LocalMember::go_back(const Change& change) {
  const auto machine = parts_.open();
  Status first = ok();
  const auto keep = [&](const std::string& attempt, Result<ApplyReport> done) {
    if (first && !done) first = std::move(done).error().within(attempt);
  };
  for (auto owner = change.order.rbegin(); owner != change.order.rend(); ++owner) {
    if (change.old.at(*owner) != nullptr) continue;
    keep("remove " + *owner,
         machine->remove(*owner, change.names.at(*owner), options_for(*owner, {})));
  }
  for (const std::string& owner : change.order) {
    const RecordPtr& old = change.old.at(owner);
    if (old == nullptr) continue;
    keep("go back to what " + owner + " was",
         control::realise(owner, change.names.at(owner), old->holding.slices, *machine,
                          options_for(owner, {})));
  }
  return first;
}

void LocalMember::say_done(const Change& change, const Records& held) {
  for (const std::string& owner : change.order) {
    set_trouble(owner, "");
    const auto now = held.find(owner);
    const RecordPtr& old = change.old.at(owner);
    if (now == held.end()) {
      tell("let-go", owner, fmt::format("held no more for store {}", old->store));
    } else if (old == nullptr || old->digest != now->second->digest) {
      tell(old == nullptr ? "held" : "held-changed", owner,
           fmt::format("generation {} of store {}", now->second->generation, now->second->store));
    }
  }
}

}  // namespace vinet::member
