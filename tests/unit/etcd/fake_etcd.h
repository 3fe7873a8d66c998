// An etcd in memory, the naive way: a copy of all keys for every revision. Its clock goes when it
// is told to; any call can be made to fail, before or after it has done what it should.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "etcd/kv.h"

namespace vinet::etcd {

class FakeEtcd final : public Kv {
 public:
  int64_t compacted = 0;  ///< revisions before this one are not known any more

  Result<RangeAnswer> range(const RangeRequest& request) override {
    RangeAnswer answer;
    answer.revision = now();
    if (request.revision != 0 && request.revision < compacted) {
      answer.compacted = true;
      return answer;
    }
    const Keys& keys = request.revision == 0
                           ? history_.back()
                           : history_.at(static_cast<size_t>(request.revision) - 1);
    for (const auto& [key, value] : keys) {
      if (!within(key, request.key, request.end)) continue;
      answer.keys.push_back(value);
      if (request.keys_only) answer.keys.back().value.clear();
    }
    if (request.descending) std::reverse(answer.keys.begin(), answer.keys.end());
    const auto limit = static_cast<size_t>(request.limit);
    answer.more = limit != 0 && answer.keys.size() > limit;
    if (answer.more) answer.keys.resize(limit);
    return answer;
  }

  Result<TxnAnswer> txn(const Txn& txn) override {
    size_t bytes = 0;
    for (const Put& put : txn.puts) bytes += put.key.size() + put.value.size();
    if (txn.puts.size() + txn.removals.size() > kMostOperations ||
        txn.conditions.size() > kMostOperations || bytes > 1'500'000) {
      return Error{Errc::kResourceExhausted, "fake etcd: too large a transaction"};
    }
    for (const Put& put : txn.puts) {
      for (const Removal& removal : txn.removals) {
        if (within(put.key, removal.key, removal.end)) {
          return Error{Errc::kInvalidArgument, "fake etcd: duplicate key given in txn request"};
        }
      }
    }
    for (const Condition& condition : txn.conditions) {
      const auto found = history_.back().find(condition.key);
      const bool there = found != history_.back().end();
      const int64_t is = !there                                    ? 0
                         : condition.of == Condition::Of::kCreated ? found->second.created
                                                                   : found->second.changed;
      if (is != condition.revision) return TxnAnswer{false, now()};
    }
    Keys keys = history_.back();
    for (const Removal& removal : txn.removals) {
      std::erase_if(keys,
                    [&](const auto& one) { return within(one.first, removal.key, removal.end); });
    }
    for (const Put& put : txn.puts) {
      if (put.lease != 0 && !leases_.contains(put.lease)) {
        return Error{Errc::kNotFound, "fake etcd: requested lease not found"};
      }
      KeyValue& value = keys[put.key];
      value.key = put.key;
      value.value = put.value;
      value.lease = put.lease;
      if (value.created == 0) value.created = now() + 1;
      value.changed = now() + 1;
    }
    const bool changes = !txn.puts.empty() || keys.size() != history_.back().size();
    if (changes) history_.push_back(std::move(keys));
    return TxnAnswer{true, now()};
  }

  Result<int64_t> grant(int64_t seconds) override {
    leases_[++last_lease_] = {seconds, seconds};
    return last_lease_;
  }
  Result<bool> keep_alive(int64_t lease) override {
    const auto found = leases_.find(lease);
    if (found == leases_.end()) return false;
    found->second.left = found->second.whole;
    return true;
  }
  Status revoke(int64_t lease) override {
    end_lease(lease);
    return ok();
  }
  std::string name() const override { return "etcd in memory"; }

  void pass(int64_t seconds) {
    std::vector<int64_t> over;
    for (auto& [lease, time] : leases_) {
      time.left -= seconds;
      if (time.left <= 0) over.push_back(lease);
    }
    for (const int64_t lease : over) end_lease(lease);
  }
  /// Loses everything.
  void wipe() {
    leases_.clear();
    history_ = {Keys{}};
  }
  const std::map<std::string, KeyValue>& keys() const { return history_.back(); }

 private:
  using Keys = std::map<std::string, KeyValue>;
  struct Left {
    int64_t left = 0, whole = 0;
  };

  static bool within(const std::string& key, const std::string& from, const std::string& end) {
    return end.empty() ? key == from : key >= from && key < end;
  }
  int64_t now() const { return static_cast<int64_t>(history_.size()); }

  void end_lease(int64_t lease) {
    leases_.erase(lease);
    Keys keys = history_.back();
    if (std::erase_if(keys, [&](const auto& one) { return one.second.lease == lease; }) != 0) {
      history_.push_back(std::move(keys));
    }
  }

  std::vector<Keys> history_{Keys{}};  // by revision, from 1
  std::map<int64_t, Left> leases_;
  int64_t last_lease_ = 100;
};

}  // namespace vinet::etcd
