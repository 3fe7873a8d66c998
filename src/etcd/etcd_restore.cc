// EtcdStore, last part: going back to a copy.
//
// Problem:   as in control/restore.cc: what takes the state's place must be good before the state
//            goes, and whatever is there may be all that is left of it.
// Approach:  the copy is read, the former state is written into a file; then one write replaces
// all. Invariant: what holds anything is never removed before it is in a file.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "control/state_json.h"
#include "etcd/etcd_store.h"

namespace vinet::etcd {

using control::Copy;
using control::State;

Status EtcdStore::backup(const std::string& path) const {
  const std::lock_guard guard(mutex_);
  ASSIGN_OR_RETURN(State state, load());
  TRY_IN("copy " + file(), may_be_copied(state));
  ASSIGN_OR_RETURN(std::vector<control::Event> happened, events(0, kMostEvents));
  return control::write_copy({seen_.index.id, seen_.index.term, seen_.index.generation,
                              std::move(state), std::move(happened)},
                             path);
}

/// Writes what is there into a file of the state directory: a database that `recover` takes, or,
/// where it cannot be read, all keys as they are. Out: the file's name; empty where nothing is
/// there.
Result<std::string> EtcdStore::put_aside() {
  std::vector<Error> errors;
  const State state = read(errors, false);
  if (errors.empty() && state.empty()) return std::string();
  const auto free_name = [this](const char* kind) {
    for (int n = 1;; ++n) {
      std::string name = fmt::format("{}/etcd.{}-{}", directory_, kind, n);
      if (::access(name.c_str(), F_OK) != 0) return name;
    }
  };
  if (errors.empty()) {
    const std::string aside = free_name("before");
    TRY(control::write_copy({seen_.index.id, seen_.index.term, seen_.index.generation, state, {}},
                            aside));
    return aside;
  }
  ASSIGN_OR_RETURN(const std::optional<Parts> all, read_range(keys_.all(), 0));
  if (!all || std::all_of(all->begin(), all->end(), [this](const auto& one) {
        return one.first == keys_.leader() || one.first.starts_with(keys_.events());
      })) {
    return std::string();
  }
  const std::string aside = free_name("damaged");
  std::ofstream file(aside, std::ios::binary);
  for (const auto& [key, value] : *all) file << key << ' ' << value.size() << '\n' << value << '\n';
  if (!file.flush()) return errno_error("write " + aside, errno);
  return aside;
}

Status EtcdStore::replace_by(Copy copy, std::vector<std::string>& done) {
  TRY(may_write());
  ASSIGN_OR_RETURN(const std::string aside, put_aside());
  if (!aside.empty()) done.push_back("put the state until now aside as " + aside);
  Edit edit;
  edit.replaces = true;
  uint64_t before = 0;
  ASSIGN_OR_RETURN(const Seen seen, read_index(true));
  for (const auto& [name, entry] : seen.index.objects) edit.erased.push_back(name);
  before = seen.index.generation;
  const uint64_t generation = control::next_count(std::max(copy.generation, before));
  for (control::Changes& changes :
       std::array{all_of(copy.state), with_generation(copy.state, generation)}) {
    for (const control::BaseIntent& base : changes.bases) {
      edit.texts["base/" + base.plan.name] = to_text(base);
    }
    for (const control::OldInternet& one : changes.internets) {
      edit.texts["internet/" + one.intent.plan.name] = to_text(one.intent, one.ground);
    }
  }
  edit.counters = [&](Index& index) {
    index.id = copy.id.empty() ? index.id : copy.id;
    index.term = std::max(index.term, copy.term);
    index.generation = generation;
  };
  edit.events = std::move(copy.events);
  if (edit.events.size() > 1000) edit.events.erase(edit.events.begin(), edit.events.end() - 1000);
  TRY(commit(std::move(edit)));
  copy_due_ = garbage_due_ = true;
  return ok();
}

/// The file of this computer that the state came from: who went back to it later would make what
/// was then.
Status EtcdStore::retire_file(const std::string& id, std::vector<std::string>& done) {
  const std::string file = directory_ + "/vinet.db";
  const auto was = control::read_copy(file, scratch());
  if (!was || was->id != id) return ok();
  ASSIGN_OR_RETURN(const std::string aside, control::put_aside(file, "moved"));
  done.push_back("put the file that had this state aside as " + aside);
  return ok();
}

Result<std::vector<std::string>> EtcdStore::restore_from(const std::string& path) {
  const std::lock_guard guard(mutex_);
  const std::string what = "take the state from " + path;
  std::vector<std::string> done;
  auto copy = control::read_copy(path, scratch());
  if (!copy) return std::move(copy).error().within(what);
  TRY_IN(what, count("store.restore_from"));
  const std::string id = copy->id;
  TRY_IN(what, replace_by(*std::move(copy), done));
  done.push_back("took the state from " + path);
  TRY(retire_file(id, done));
  return done;
}

Result<std::vector<std::string>> EtcdStore::restore() {
  const std::lock_guard guard(mutex_);
  std::vector<std::string> done;
  std::vector<Error> errors;
  const State state = read(errors, false);
  if (errors.empty() && !state.empty()) return done;
  if (!errors.empty() && errors.front().code != Errc::kFailedPrecondition) {
    return std::move(errors.front());
  }
  if (!errors.empty()) done.push_back(errors.front().message);
  auto copy = control::read_copy(copy_path(), scratch());
  if (!copy) {
    for (const std::string& line : done) copy.error().message += "; " + line;
    return std::move(copy).error().within("go back to the copy");
  }
  TRY(count("store.restore"));
  TRY_IN("go back to the copy", replace_by(*std::move(copy), done));
  done.push_back("went back to " + copy_path());
  return done;
}

}  // namespace vinet::etcd
