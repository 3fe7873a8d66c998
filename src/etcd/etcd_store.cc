// Problem:   a state is many objects, and etcd answers one range at a time; between two of them the
//            leader may have written, and etcd forgets old revisions.
// Approach:  the index is read first, and what it names as of the very revision of that answer.
//            Objects with a serial that was read before are not read again.
// Invariant: what is returned is the state after one whole write; or an error says what is wrong.
#include "etcd/etcd_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "control/state_json.h"

namespace vinet::etcd {
namespace {

using control::State;
using control::Store;

constexpr int64_t kPage = 16;  // keys of one answer: parts are at most 256 KiB
constexpr int kTries = 4;      // where the leader writes faster than this reads

Error advise(Error error) {
  if (error.code == Errc::kFailedPrecondition) {
    error.message += "; nothing was touched (`vinet recover` goes back to a copy)";
  }
  return error;
}

/// Puts the object that this is the text of into a state; one under another's name is foreign.
Status add_object(const std::string& name, const std::string& text, State& state) {
  const size_t slash = name.find('/');
  const std::string kind = name.substr(0, slash), given = name.substr(slash + 1);
  const auto foreign = [](const std::string& is) {
    return Error{Errc::kFailedPrecondition, fmt::format("holds the state of '{}'", is), 0};
  };
  if (kind == "base") {
    ASSIGN_OR_RETURN(control::BaseIntent base, control::base_from_text(text));
    if (base.plan.name != given) return foreign(base.plan.name);
    state.bases.emplace(given, std::move(base));
  } else if (kind == "internet") {
    ASSIGN_OR_RETURN(control::InternetIntent internet, control::internet_from_text(text));
    if (internet.plan.name != given) return foreign(internet.plan.name);
    state.internets.emplace(given, std::move(internet));
  } else if (kind == "operation") {
    ASSIGN_OR_RETURN(state.operation, control::operation_from_text(text));
  } else {
    return Error{Errc::kFailedPrecondition, "an unknown kind of object", 0};
  }
  return ok();
}

}  // namespace

EtcdStore::EtcdStore(std::string directory, Kv& kv, std::string prefix, Leadership* leadership)
    : directory_(std::move(directory)),
      kv_(kv),
      prefix_(std::move(prefix)),
      keys_(prefix_),
      leadership_(leadership) {}

/// Without its objects. `replaces`: one that is damaged is as good as none.
Result<EtcdStore::Seen> EtcdStore::read_index(bool replaces) const {
  ASSIGN_OR_RETURN(const RangeAnswer answer, kv_.range({.key = keys_.state()}));
  Seen seen;
  if (answer.keys.empty()) {
    if (!replaces) TRY(check_ours());
    seen.revision = 0;
    return seen;
  }
  seen.revision = answer.keys.front().changed;
  auto index = index_from_text(answer.keys.front().value);
  if (!index && !replaces) return std::move(index).error().within(file() + "/state");
  if (index) seen.index = *std::move(index);
  return seen;
}

/// No index: then nothing is there but who leads, and events.
Status EtcdStore::check_ours() const {
  const std::string end = end_of(keys_.all());
  for (const auto& [from, to] :
       {std::pair(keys_.all(), keys_.events()), std::pair(end_of(keys_.events()), keys_.leader()),
        std::pair(keys_.leader() + '\0', end)}) {
    ASSIGN_OR_RETURN(const RangeAnswer answer,
                     kv_.range({.key = from, .end = to, .limit = 1, .keys_only = true}));
    if (answer.keys.empty()) continue;
    return Error{
        Errc::kFailedPrecondition,
        fmt::format("{}: there is '{}', but no state of vinet", file(), answer.keys.front().key),
        0};
  }
  return ok();
}

/// An etcd that was set up anew, or set back to before our time, is not an empty state.
Status EtcdStore::check_not_lost(const Seen& seen) const {
  if (!remembered_) {
    std::ifstream file(seen_path());
    remembered_.emplace(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  const size_t space = remembered_->find(' ');
  if (space == std::string::npos || remembered_->substr(space + 1) != prefix_ + "\n") return ok();
  const std::string id = remembered_->substr(0, space);
  if (id == seen.index.id) return ok();
  return Error{
      Errc::kFailedPrecondition,
      fmt::format("{}: it held the store {}, with which this computer worked, and holds {} "
                  "now: its data was lost or replaced",
                  file(), id, seen.revision == 0 ? "nothing" : seen.index.id),
      0};
}

/// Remembers this store, as long as something is in it. That it cannot is no reason to fail.
void EtcdStore::remember(const Index& index) const {
  const std::string text = index.objects.empty() ? "" : fmt::format("{} {}\n", index.id, prefix_);
  if (remembered_ == text) return;
  if (text.empty()) {
    std::error_code ignored;
    std::filesystem::remove(seen_path(), ignored);
  } else {
    const std::string fresh = seen_path() + ".new";
    if (!(std::ofstream(fresh, std::ios::trunc) << text << std::flush)) return;
    if (std::rename(fresh.c_str(), seen_path().c_str()) != 0) return;
  }
  remembered_ = text;
}

/// All keys with a prefix; nothing where that revision is compacted.
Result<std::optional<EtcdStore::Parts>> EtcdStore::read_range(const std::string& prefix,
                                                              int64_t as_of) const {
  Parts parts;
  RangeRequest request{.key = prefix, .end = end_of(prefix), .limit = kPage, .revision = as_of};
  for (;;) {
    ASSIGN_OR_RETURN(RangeAnswer answer, kv_.range(request));
    if (answer.compacted) return std::optional<Parts>();
    for (KeyValue& one : answer.keys) parts.emplace(one.key, std::move(one.value));
    if (!answer.more || answer.keys.empty()) return std::optional(std::move(parts));
    request.key = answer.keys.back().key + '\0';
  }
}

/// One object out of its parts, put into a state.
Status EtcdStore::take_object(const std::string& name, const Entry& entry, const Parts& parts,
                              State& state) const {
  const std::string what = file() + ": " + name;
  const std::string key = keys_.object(name, entry);
  std::string text;
  uint64_t count = 0;
  for (auto part = parts.lower_bound(key); part != parts.end() && part->first.starts_with(key);
       ++part, ++count) {
    text += part->second;
  }
  if (count != entry.parts) {
    return Error{Errc::kFailedPrecondition,
                 fmt::format("{}: damaged: {} of {} parts are there", what, count, entry.parts), 0};
  }
  TRY_IN(what, add_object(name, text, state));
  return ok();
}

/// Reads what `seen_` does not have. False: this revision is not there any more.
Result<bool> EtcdStore::read_objects(Seen& seen, std::vector<Error>& errors,
                                     bool only_bases) const {
  std::vector<std::string> missing;
  for (const auto& [name, entry] : seen.index.objects) {
    if (only_bases && !name.starts_with("base/")) continue;
    const auto known = seen_.index.objects.find(name);
    const std::string given = name.substr(name.find('/') + 1);
    if (known == seen_.index.objects.end() || known->second != entry) {
      missing.push_back(name);
    } else if (name.starts_with("base/")) {
      seen.state.bases.emplace(given, seen_.state.bases.at(given));
    } else if (name.starts_with("internet/")) {
      seen.state.internets.emplace(given, seen_.state.internets.at(given));
    } else {
      seen.state.operation = seen_.state.operation;
    }
  }
  constexpr size_t kFew = 8;
  Parts all;
  if (missing.size() > kFew) {
    const std::string prefix = keys_.objects() + (only_bases ? "base/" : "");
    ASSIGN_OR_RETURN(std::optional<Parts> parts, read_range(prefix, seen.revision));
    if (!parts) return false;
    all = *std::move(parts);
  }
  for (const std::string& name : missing) {
    const Entry& entry = seen.index.objects.at(name);
    if (missing.size() <= kFew) {
      ASSIGN_OR_RETURN(std::optional<Parts> parts,
                       read_range(keys_.object(name, entry), seen.revision));
      if (!parts) return false;
      all = *std::move(parts);
    }
    if (Status taken = take_object(name, entry, all, seen.state); !taken) {
      errors.push_back(std::move(taken).error());
    }
  }
  return true;
}

// As of the change of the index: whatever it names was there then, and may be removed later.
State EtcdStore::read(std::vector<Error>& errors, bool only_bases) const {
  const std::lock_guard guard(mutex_);
  const auto failed = [&](Error error) {
    errors.push_back(std::move(error));
    return State{};
  };
  // Who asks an etcd that does not answer would wait, and others behind him.
  if (leadership_ != nullptr) {
    if (Status reached = leadership_->reached(); !reached)
      return failed(std::move(reached).error());
  }
  for (int tried = 0; tried < kTries; ++tried) {
    auto seen = read_index();
    if (!seen) return failed(std::move(seen).error());
    if (Status there = check_not_lost(*seen); !there) return failed(std::move(there).error());
    if (seen->revision == seen_.revision) {
      return only_bases ? State{seen_.state.bases, {}, {}} : seen_.state;
    }
    const size_t before = errors.size();
    auto whole = read_objects(*seen, errors, only_bases);
    if (!whole) return failed(std::move(whole).error());
    if (!*whole) continue;
    if (only_bases || errors.size() != before) return std::move(seen->state);
    remember(seen->index);
    seen_ = *std::move(seen);
    return seen_.state;
  }
  return failed({Errc::kUnavailable, file() + ": it changes faster than it can be read", 0});
}

Result<State> EtcdStore::load() const {
  std::vector<Error> errors;
  State state = read(errors, false);
  if (!errors.empty()) return advise(std::move(errors.front()));
  return state;
}

State EtcdStore::load_readable(std::vector<std::string>& damaged) const {
  const std::lock_guard guard(mutex_);
  std::vector<Error> errors;
  State state = read(errors, false);
  for (Error& error : errors) {
    const bool away = error.code == Errc::kUnavailable && seen_.revision >= 0;
    if (away) state = seen_.state;
    damaged.push_back(advise(std::move(error)).message +
                      (away ? "; this is what was read from it last" : ""));
  }
  return state;
}

State EtcdStore::load_bases(std::vector<std::string>& damaged) const {
  const std::lock_guard guard(mutex_);
  std::vector<Error> errors;
  State state = read(errors, true);
  for (Error& error : errors) {
    const bool away = error.code == Errc::kUnavailable && seen_.revision >= 0;
    if (away) state = State{seen_.state.bases, {}, {}};
    damaged.push_back(advise(std::move(error)).message +
                      (away ? "; this is what was read from it last" : ""));
  }
  return state;
}

bool EtcdStore::empty() const {
  const std::lock_guard guard(mutex_);
  const auto seen = read_index();
  return seen && check_not_lost(*seen) && seen->index.objects.empty();
}

Result<std::string> EtcdStore::id() const {
  const std::lock_guard guard(mutex_);
  ASSIGN_OR_RETURN(const Seen seen, read_index());
  return seen.index.id;
}

Result<std::vector<control::Event>> EtcdStore::events(uint64_t after, uint64_t most) const {
  constexpr int64_t kEventPage = 256;
  std::vector<control::Event> newest_first;
  RangeRequest request{.key = keys_.events(),
                       .end = end_of(keys_.events()),
                       .limit = kEventPage,
                       .descending = true};
  for (bool more = true; more && newest_first.size() < most;) {
    ASSIGN_OR_RETURN(const RangeAnswer answer, kv_.range(request));
    more = answer.more;
    for (const KeyValue& one : answer.keys) {
      const uint64_t first = keys_.event_of(one.key);
      auto events = events_from_text(one.value, first);
      if (!events) return std::move(events).error().within(one.key);
      for (auto event = events->rbegin(); event != events->rend(); ++event) {
        if (event->id > after && newest_first.size() < most) newest_first.push_back(*event);
      }
      if (first <= after) more = false;
      request.end = one.key;
    }
  }
  std::reverse(newest_first.begin(), newest_first.end());
  return newest_first;
}

}  // namespace vinet::etcd
