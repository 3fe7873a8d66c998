// EtcdStore: control::Store over an etcd that several daemons share. One of them leads and may
// write (leadership.h); all may read. What the keys are, index.h says.
//
// Local, in the state directory: `etcd.seen`, which store this computer worked with last, so that
// an etcd that lost its data is not taken for an empty state; `backup/state.db`, a copy as of the
// last command that this computer led.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/copy.h"
#include "control/store.h"
#include "etcd/index.h"
#include "etcd/kv.h"
#include "etcd/leadership.h"

namespace vinet::etcd {

class EtcdStore final : public control::Store {
 public:
  using Store::begin_term;
  /// `directory`: <root>/run/vinet. `leadership`: null where this process only reads.
  EtcdStore(std::string directory, Kv& kv, std::string prefix, Leadership* leadership);

  const std::string& directory() const override { return directory_; }
  std::string file() const override { return kv_.name() + prefix_; }

  Result<control::State> load() const override;
  /// Where etcd does not answer: what was read last, and a line that says so.
  control::State load_readable(std::vector<std::string>& damaged) const override;
  control::State load_bases(std::vector<std::string>& damaged) const override;
  bool empty() const override;
  Result<std::vector<control::Event>> events(uint64_t after, uint64_t most) const override;
  Result<std::string> id() const override;
  Status backup(const std::string& path) const override;

  Status may_write() const override;
  uint64_t reign() const override;
  std::string controller() const override;
  bool is_shared() const override { return true; }
  /// Errors: unavailable where it could not be found out whether it was written: it is whole then,
  /// or not there.
  Status write(const control::Changes& changes) override;
  Result<uint64_t> begin_term(uint64_t above) override;
  Result<uint64_t> next_generation() override;
  /// Renews the local copy, and removes what killed writes left. The store itself stays.
  Status tidy() override;
  /// The former state goes aside into a file of the state directory.
  Result<std::vector<std::string>> restore_from(const std::string& path) override;
  Result<std::vector<std::string>> restore() override;

 private:
  /// What was read, and as of which change of the index. 0: there is no index.
  struct Seen {
    int64_t revision = -1;
    Index index;
    control::State state;
  };
  /// What becomes of the index in one write.
  struct Edit {
    std::function<void(Index&)> counters;      ///< may be empty
    std::vector<std::string> erased;           ///< objects
    std::map<std::string, std::string> texts;  ///< of objects
    std::vector<control::Event> events;
    const control::Changes* changes = nullptr;  ///< the same as a change of the state
    bool replaces = false;                      ///< whatever is there, readable or not
  };
  /// Parts of objects by their keys.
  using Parts = std::map<std::string, std::string>;

  Result<Seen> read_index(bool replaces = false) const;
  Status check_ours() const;
  Status check_not_lost(const Seen& seen) const;
  Result<std::optional<Parts>> read_range(const std::string& prefix, int64_t as_of) const;
  Result<bool> read_objects(Seen& seen, std::vector<Error>& errors, bool only_bases) const;
  Status take_object(const std::string& name, const Entry& entry, const Parts& parts,
                     control::State& state) const;
  control::State read(std::vector<Error>& errors, bool only_bases) const;
  void remember(const Index& index) const;

  Status commit(Edit edit);
  Result<bool> try_commit(const Condition& leading, const Seen& before, const Index& after,
                          const Edit& edit);
  Status write_parts(const Condition& leading, std::vector<Put> parts);
  Status write_events(const std::vector<control::Event>& events);
  Result<uint64_t> next_event() const;
  void add_events(Txn& txn, uint64_t first, const std::vector<control::Event>& events) const;
  Status refuse_if_lost(const Condition& leading);
  Status remove_garbage();
  Status replace_by(control::Copy copy, std::vector<std::string>& done);
  Result<std::string> put_aside();
  Status retire_file(const std::string& id, std::vector<std::string>& done);
  std::string copy_path() const { return directory_ + "/backup/state.db"; }
  std::string scratch() const { return directory_ + "/taken.db"; }
  std::string seen_path() const { return directory_ + "/etcd.seen"; }

  const std::string directory_;
  Kv& kv_;
  const std::string prefix_;
  const Keys keys_;
  Leadership* const leadership_;
  mutable std::recursive_mutex mutex_;
  mutable Seen seen_;
  mutable std::optional<std::string> remembered_;  // what is in `etcd.seen`
  bool copy_due_ = false, garbage_due_ = true;
};

}  // namespace vinet::etcd
