// Kv: what vinet needs of an etcd, in values and Results: keys under leases, read as of one
// revision, changed in transactions. The etcd behind it is client.h; tests have a naive one in
// memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/result.h"

namespace vinet::etcd {

struct KeyValue {
  std::string key, value;
  int64_t created = 0, changed = 0;  ///< revisions
  int64_t lease = 0;
};

/// Keys from `key` up to and without `end`; `key` alone where `end` is empty.
struct RangeRequest {
  std::string key, end{};
  int64_t limit = 0;     ///< most keys; 0: all
  int64_t revision = 0;  ///< as of then; 0: now
  bool keys_only = false;
  bool descending = false;
};

struct RangeAnswer {
  std::vector<KeyValue> keys;  ///< ascending, unless asked otherwise
  int64_t revision = 0;    ///< of the whole etcd, as of which this is true if none was asked for
  bool more = false;       ///< `limit` left some out
  bool compacted = false;  ///< etcd does not know that revision any more: there are no keys here
};

/// A key is as its last change left it. Revision 0: it is not there.
struct Condition {
  enum class Of { kCreated, kChanged };
  Of of = Of::kChanged;
  std::string key;
  int64_t revision = 0;
  friend bool operator==(const Condition&, const Condition&) = default;
};

struct Put {
  std::string key, value;
  int64_t lease = 0;
};
struct Removal {
  std::string key, end;  ///< as of a RangeRequest
};

/// All conditions hold and all is done, or nothing. No key may be named twice.
struct Txn {
  std::vector<Condition> conditions;
  std::vector<Removal> removals;
  std::vector<Put> puts;
};

struct TxnAnswer {
  bool done = false;  ///< else a condition did not hold
  int64_t revision = 0;
};

/// Errors of all calls: unavailable where no member answered in time, or they have no quorum: then
/// it is not known whether a transaction has happened. permission_denied; resource_exhausted:
/// etcd's own limits; failed_precondition: it is no etcd.
class Kv {
 public:
  /// Of one transaction, as etcd is set up by default.
  static constexpr size_t kMostOperations = 128;
  static constexpr size_t kMostBytes = 1'000'000;

  virtual ~Kv() = default;
  virtual Result<RangeAnswer> range(const RangeRequest& request) = 0;
  virtual Result<TxnAnswer> txn(const Txn& txn) = 0;
  /// A lease that ends by itself after so long. Out: its number.
  virtual Result<int64_t> grant(int64_t seconds) = 0;
  /// Begins it anew. Out: whether it is still there.
  virtual Result<bool> keep_alive(int64_t lease) = 0;
  /// Ends it, with all keys under it.
  virtual Status revoke(int64_t lease) = 0;
  /// Where it is, for messages.
  virtual std::string name() const = 0;
};

/// The first key after all that begin with `prefix`.
std::string end_of(std::string prefix);

}  // namespace vinet::etcd
