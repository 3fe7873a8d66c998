// EtcdStore, second half: writing.
//
// Problem:   a write may be larger than a transaction of etcd; its answer may be lost; and who
//            writes may have been paused, and another leads by now.
// Approach:  what is new is written beside what is there, under names of this very write; then one
//            transaction replaces the index. Its conditions are that the index is as it was read,
//            and that the leader's key was made by this process.
// Invariant: the index names only what is there whole. A write whose answer was lost is found by
//            its serial in the index, or never happens: its condition does not hold any more.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "control/sqlite.h"
#include "control/state_json.h"
#include "etcd/etcd_store.h"
#include "support/random.h"

namespace vinet::etcd {
namespace {

constexpr size_t kPartBytes = 256 * 1024;
constexpr size_t kMostPuts = Kv::kMostOperations - 8;  // of parts; the rest is for the index
constexpr int kTries = 5;

uint64_t parts_of(const std::string& text) {
  return std::max<uint64_t>(1, (text.size() + kPartBytes - 1) / kPartBytes);
}

}  // namespace

Status EtcdStore::may_write() const {
  if (leadership_ == nullptr) {
    return Error{Errc::kFailedPrecondition,
                 file() + ": only a daemon may change it (`vinet daemon --store`)", 0};
  }
  TRY(leadership_->leading());
  return ok();
}

uint64_t EtcdStore::reign() const {
  if (leadership_ == nullptr) return 0;
  return leadership_->leading() ? leadership_->reign() : 0;
}

std::string EtcdStore::controller() const {
  return leadership_ == nullptr ? "" : leadership_->other();
}

/// A condition did not hold: because another leads?
Status EtcdStore::refuse_if_lost(const Condition& leading) {
  ASSIGN_OR_RETURN(const RangeAnswer leader, kv_.range({.key = leading.key}));
  if (!leader.keys.empty() && leader.keys.front().created == leading.revision) return ok();
  leadership_->doubt();
  return Error{Errc::kFailedPrecondition,
               leader.keys.empty() ? file() + ": this daemon is not the controller any more"
                                   : "the controller is at " + leader.keys.front().value,
               0};
}

Status EtcdStore::write(const control::Changes& changes) {
  const std::lock_guard guard(mutex_);
  const std::string what = "write " + file();
  TRY_IN(what, count(changes.describe()));
  if (!changes.changes_state()) {
    TRY_IN(what, write_events(changes.events));
    return ok();
  }
  Edit edit;
  for (const std::string& name : changes.erased_internets)
    edit.erased.push_back("internet/" + name);
  for (const std::string& name : changes.erased_bases) edit.erased.push_back("base/" + name);
  if (changes.ends_operation) edit.erased.emplace_back("operation/1");
  for (const control::BaseIntent& base : changes.bases) {
    edit.texts["base/" + base.plan.name] = to_text(base);
  }
  for (const control::OldInternet& one : changes.internets) {
    edit.texts["internet/" + one.intent.plan.name] = to_text(one.intent, one.ground);
  }
  if (changes.operation && !changes.ends_operation) {
    edit.texts["operation/1"] = to_text(*changes.operation);
  }
  edit.events = changes.events;
  edit.changes = &changes;
  TRY_IN(what, commit(std::move(edit)));
  if (!changes.operation) copy_due_ = true;
  return ok();
}

Result<uint64_t> EtcdStore::begin_term(uint64_t above) {
  const std::lock_guard guard(mutex_);
  const std::string what = "count a term in " + file();
  TRY_IN(what, count("store.next term"));
  uint64_t term = 0;
  Edit edit;
  edit.counters = [&](Index& index) {
    term = index.term = control::next_count(std::max(index.term, above));
  };
  TRY_IN(what, commit(std::move(edit)));
  return term;
}

Result<uint64_t> EtcdStore::next_generation() {
  const std::lock_guard guard(mutex_);
  const std::string what = "count a generation in " + file();
  TRY_IN(what, count("store.next generation"));
  uint64_t generation = 0;
  Edit edit;
  edit.counters = [&](Index& index) {
    generation = index.generation = control::next_count(index.generation);
  };
  TRY_IN(what, commit(std::move(edit)));
  return generation;
}

Status EtcdStore::commit(Edit edit) {
  ASSIGN_OR_RETURN(const std::string serial, random_hex(8));
  for (int tried = 0; tried < kTries; ++tried) {
    TRY(may_write());
    ASSIGN_OR_RETURN(const Condition leading, leadership_->leading());
    ASSIGN_OR_RETURN(const Seen before, read_index(edit.replaces));
    if (before.index.serial == serial) {  // the answer was lost
      seen_.revision = -1;
      remember(before.index);
      return ok();
    }
    if (!edit.replaces) TRY(check_not_lost(before));
    Index after = before.index;
    after.serial = serial;
    if (after.id.empty()) {
      ASSIGN_OR_RETURN(after.id, random_id());
    }
    if (edit.counters) edit.counters(after);
    for (const std::string& name : edit.erased) after.objects.erase(name);
    for (const auto& [name, text] : edit.texts) after.objects[name] = {serial, parts_of(text)};
    auto done = try_commit(leading, before, after, edit);
    if (done && *done) {
      remember(after);
      return ok();
    }
    seen_.revision = -1;
    if (!done && done.error().code != Errc::kUnavailable) return std::move(done).error();
    if (done) TRY(refuse_if_lost(leading));
  }
  return Error{Errc::kUnavailable,
               fmt::format("{}: nothing was changed within {} tries", file(), kTries), 0};
}

/// False: a condition did not hold, and nothing has changed.
Result<bool> EtcdStore::try_commit(const Condition& leading, const Seen& before, const Index& after,
                                   const Edit& edit) {
  std::vector<Put> parts;
  size_t bytes = 0;
  for (const auto& [name, text] : edit.texts) {
    const Entry& entry = after.objects.at(name);
    for (uint64_t i = 0; i < entry.parts; ++i) {
      parts.push_back({keys_.part(name, entry, i), text.substr(i * kPartBytes, kPartBytes)});
      bytes += parts.back().key.size() + parts.back().value.size();
    }
  }
  Txn txn;
  txn.conditions = {leading, {Condition::Of::kChanged, keys_.state(), before.revision}};
  const std::string index = to_text(after);
  if (parts.size() > kMostPuts || bytes + index.size() > Kv::kMostBytes) {
    if (before.revision == 0) {  // parts without an index would be nobody's
      Txn make = txn;
      Index empty;
      empty.id = after.id;
      make.puts.push_back({keys_.state(), to_text(empty)});
      TRY(count("etcd.make"));
      TRY(kv_.txn(make));
      return false;  // again, now that there is one
    }
    TRY(write_parts(leading, std::move(parts)));
  } else {
    txn.puts = std::move(parts);
  }
  txn.puts.push_back({keys_.state(), index});
  if (!edit.events.empty()) {
    ASSIGN_OR_RETURN(const uint64_t first, next_event());
    add_events(txn, first, edit.events);
  }
  for (const auto& [name, entry] : before.index.objects) {
    const auto now = after.objects.find(name);
    if (now != after.objects.end() && now->second == entry) continue;
    if (txn.puts.size() + txn.removals.size() >= Kv::kMostOperations) {
      garbage_due_ = true;
      break;
    }
    const std::string key = keys_.object(name, entry);
    txn.removals.push_back({key, end_of(key)});
  }
  TRY(count("etcd.commit"));
  ASSIGN_OR_RETURN(const TxnAnswer answer, kv_.txn(txn));
  if (!answer.done) return false;
  if (before.revision == 0) seen_ = before;
  // Nobody else has written in between, so what was seen stays true, but for these changes.
  const bool known =
      seen_.revision == before.revision && (edit.changes != nullptr || edit.texts.empty());
  seen_.revision = known ? answer.revision : -1;
  if (known) seen_.index = after;
  if (known && edit.changes != nullptr) control::change(seen_.state, *edit.changes);
  return true;
}

Status EtcdStore::write_parts(const Condition& leading, std::vector<Put> parts) {
  garbage_due_ = true;  // until the index names them
  for (size_t begin = 0; begin < parts.size();) {
    Txn txn;
    txn.conditions = {leading};
    for (size_t bytes = 0; begin < parts.size() && txn.puts.size() < kMostPuts; ++begin) {
      bytes += parts[begin].key.size() + parts[begin].value.size();
      if (bytes > Kv::kMostBytes && !txn.puts.empty()) break;
      txn.puts.push_back(std::move(parts[begin]));
    }
    TRY(count("etcd.parts"));
    ASSIGN_OR_RETURN(const TxnAnswer answer, kv_.txn(txn));
    if (!answer.done) TRY(refuse_if_lost(leading));
  }
  return ok();
}

// Anybody may tell what happened, so events do not depend on who leads.
Status EtcdStore::write_events(const std::vector<control::Event>& events) {
  if (events.empty()) return ok();
  for (int tried = 0; tried < kTries; ++tried) {
    ASSIGN_OR_RETURN(const uint64_t first, next_event());
    Txn txn;
    add_events(txn, first, events);
    TRY(count("etcd.events"));
    ASSIGN_OR_RETURN(const TxnAnswer answer, kv_.txn(txn));
    if (answer.done) return ok();
  }
  return Error{Errc::kUnavailable, file() + ": others write events all the time", 0};
}

Result<uint64_t> EtcdStore::next_event() const {
  ASSIGN_OR_RETURN(
      const RangeAnswer newest,
      kv_.range(
          {.key = keys_.events(), .end = end_of(keys_.events()), .limit = 1, .descending = true}));
  if (newest.keys.empty()) return uint64_t{1};
  const KeyValue& last = newest.keys.front();
  const uint64_t first = keys_.event_of(last.key);
  const auto events = events_from_text(last.value, first);
  return first + (events ? std::max<size_t>(events->size(), 1) : 1);
}

void EtcdStore::add_events(Txn& txn, uint64_t first,
                           const std::vector<control::Event>& events) const {
  const std::string key = keys_.event(first);
  txn.conditions.push_back({Condition::Of::kCreated, key, 0});
  txn.puts.push_back({key, to_text(events)});
  if (first > kMostEvents) {
    txn.removals.push_back({keys_.events(), keys_.event(first - kMostEvents)});
  }
}

// Between two commands: what killed or failed writes have left, and a copy.
Status EtcdStore::tidy() {
  const std::lock_guard guard(mutex_);
  TRY(control::sqlite::remove_database(scratch()));
  if (!may_write()) return ok();
  if (garbage_due_) TRY(remove_garbage());
  if (!copy_due_) return ok();
  ASSIGN_OR_RETURN(control::State state, load());
  if (state.operation) return ok();
  copy_due_ = false;
  if (state.empty()) return control::sqlite::remove_database(copy_path());
  std::error_code failed;  // of which the copy tells
  std::filesystem::create_directories(std::filesystem::path(copy_path()).parent_path(), failed);
  return control::write_copy(
      {seen_.index.id, seen_.index.term, seen_.index.generation, std::move(state), {}},
      copy_path());
}

Status EtcdStore::remove_garbage() {
  ASSIGN_OR_RETURN(const Condition leading, leadership_->leading());
  ASSIGN_OR_RETURN(const Seen seen, read_index());
  std::vector<std::string> known;
  for (const auto& [name, entry] : seen.index.objects) known.push_back(keys_.object(name, entry));
  std::sort(known.begin(), known.end());
  RangeRequest request{.key = keys_.objects(),
                       .end = end_of(keys_.objects()),
                       .limit = static_cast<int64_t>(kMostPuts),
                       .keys_only = true};
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(const RangeAnswer answer, kv_.range(request));
    Txn txn;
    txn.conditions = {leading};
    for (const KeyValue& one : answer.keys) {
      const std::string object = one.key.substr(0, one.key.rfind('/') + 1);
      if (std::binary_search(known.begin(), known.end(), object)) continue;
      txn.removals.push_back({one.key, ""});
    }
    if (!txn.removals.empty()) {
      TRY(count("etcd.clean"));
      ASSIGN_OR_RETURN(const TxnAnswer cleaned, kv_.txn(txn));
      if (!cleaned.done) TRY(refuse_if_lost(leading));
    }
    more = answer.more && !answer.keys.empty();
    if (more) request.key = answer.keys.back().key + '\0';
  }
  garbage_due_ = false;
  return ok();
}

}  // namespace vinet::etcd
