#include "member/local_member.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/lease.h"
#include "member/looking_machine.h"
#include "support/hash.h"

namespace vinet::member {
namespace {

using machine::ApplyReport;
using std::chrono::milliseconds;

constexpr milliseconds kLongestPatience{600'000};

std::string id_of(const fleet::Order& order) {
  return order.store + "/" + order.operation;
}

/// By which a call is known that comes again: what it is, and a digest of what it says.
std::string key_of(const std::string& call, const fleet::Order& order,
                   const std::vector<std::string>& words) {
  std::string content = std::to_string(order.generation);
  for (const std::string& word : words) content += "," + word;
  return fmt::format("{}/{}/{:016x}", call, id_of(order), stable_hash(content));
}

}  // namespace

LocalMember::LocalMember(Parts parts)
    : parts_(std::move(parts)), looking_(make_looking_machine(parts_.open)) {
  mend_store();
}

LocalMember::~LocalMember() = default;

LocalMember::Work::Work(LocalMember& member) : member_(member) {
  ++member.at_work_;
  lock_ = std::unique_lock(member.work_);
  if (member.watch_.before_work) member.watch_.before_work();
}
LocalMember::Work::~Work() {
  --member_.at_work_;
  if (member_.watch_.after_work) member_.watch_.after_work();
}

void LocalMember::serve(Watch watch) {
  const std::lock_guard work(work_);
  const std::lock_guard lock(mutex_);
  watch_ = std::move(watch);
}

void LocalMember::tell(const std::string& kind, const std::string& object,
                       const std::string& text) const {
  if (parts_.tell) parts_.tell(kind, object, text);
}

Records LocalMember::held() const {
  const std::lock_guard lock(mutex_);
  return contents_.held;
}

bool LocalMember::idle() const {
  const std::lock_guard lock(mutex_);
  return loaded_ && contents_.held.empty() && !contents_.change && reservations_.empty();
}

bool LocalMember::may_hold(const std::string& owner) const {
  const std::lock_guard lock(mutex_);
  return !loaded_ || contents_.held.contains(owner) ||
         (contents_.change && contents_.change->old.contains(owner));
}

std::string LocalMember::trouble() const {
  const std::lock_guard lock(mutex_);
  return store_trouble_;
}

Wish LocalMember::wish_of(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                          const std::vector<std::string>& removes) const {
  Wish wish{order.store, {}, removes};
  const control::Clocks now = parts_.surroundings.clocks();
  for (const fleet::Holding& holding : puts) {
    auto record = std::make_shared<Record>();
    record->holding = holding;
    record->store = order.store;
    record->generation = order.generation;
    record->digest = fleet::digest_of(holding);
    if (holding.lease_s) record->lease_end = control::lease_end(now, *holding.lease_s);
    wish.puts.push_back(std::move(record));
  }
  return wish;
}

/// Under mutex_.
void LocalMember::expire() {
  const milliseconds now = parts_.surroundings.boottime();
  std::erase_if(reservations_, [&](const auto& entry) {
    return !entry.second.committing && now >= entry.second.end;
  });
}

Status LocalMember::prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                            const std::vector<std::string>& removes, milliseconds patience) {
  const std::lock_guard admission(admission_);
  TRY(check_form(puts));
  if (order.operation.empty()) {
    return Error{Errc::kInvalidArgument, "a reservation needs an operation's id", 0};
  }
  Wish wish = wish_of(order, puts, removes);
  TRY(admit(order, wish.owners()));
  const std::string id = id_of(order);
  {
    const std::lock_guard lock(mutex_);
    if (const auto done = contents_.outcomes.find("commit/" + id);
        done != contents_.outcomes.end() && !done->second.error) {
      return ok();  // a late copy of what was committed
    }
    if (const auto same = reservations_.find(id);
        same != reservations_.end() && same->second.committing) {
      return ok();
    }
  }
  TRY(check(order, wish, true));
  TRY(try_store(order));
  Reservation reservation{order, std::move(wish), {}, false};
  reservation.end =
      parts_.surroundings.boottime() + std::clamp(patience, milliseconds(0), kLongestPatience);
  const std::lock_guard lock(mutex_);
  contents_.outcomes.erase("commit/" + id);  // of a try that failed
  reservations_.insert_or_assign(id, std::move(reservation));
  return ok();
}

Result<ApplyReport> LocalMember::commit(const fleet::Order& order,
                                        const machine::Options& options) {
  const std::string id = id_of(order), key = "commit/" + id;
  TRY(admit(order, {}));
  const Work work(*this);
  if (contents_.change) (void)finish({});
  Wish wish;
  uint64_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto done = contents_.outcomes.find(key); done != contents_.outcomes.end()) {
      if (done->second.error) return *done->second.error;
      return done->second.report;
    }
    expire();
    const auto found = reservations_.find(id);
    if (found == reservations_.end()) {
      return Error{Errc::kFailedPrecondition,
                   fmt::format("reservation expired: this machine holds none for operation {}",
                               order.operation),
                   0};
    }
    found->second.committing = true;
    wish = found->second.wish;
    generation = found->second.order.generation;
  }
  fleet::Order asked = order;
  asked.generation = generation;
  Result<ApplyReport> done = [&]() -> Result<ApplyReport> {
    TRY(admit(asked, wish.owners()));  // an undo may have come in between
    return change(key, wish, generation, options);
  }();
  const std::lock_guard lock(mutex_);
  reservations_.erase(id);
  return done;
}

Status LocalMember::abort(const fleet::Order& order) {
  TRY(admit(order, {}));
  const std::lock_guard lock(mutex_);
  const std::string id = id_of(order);
  const auto done = contents_.outcomes.find("commit/" + id);
  const auto found = reservations_.find(id);
  if ((done != contents_.outcomes.end() && !done->second.error) ||
      (found != reservations_.end() && found->second.committing)) {
    return Error{Errc::kFailedPrecondition,
                 fmt::format("operation {} was committed", order.operation), 0};
  }
  reservations_.erase(id);
  return ok();
}

/// What `put` and `remove` share: `wish` now, without a reservation; done once, however often it is
/// said.
Result<ApplyReport> LocalMember::change_once(const std::string& key, const fleet::Order& order,
                                             const Wish& wish, const machine::Options& options) {
  TRY(admit(order, wish.owners()));
  const Work work(*this);
  if (contents_.change) (void)finish({});
  if (const auto done = answered(key, wish)) return done->report;
  TRY(admit(order, wish.owners()));  // something newer may have come before
  TRY(check(order, wish, false));
  return change(key, wish, order.generation, options);
}

Result<ApplyReport> LocalMember::put(const fleet::Order& order,
                                     const std::vector<fleet::Holding>& holdings,
                                     const machine::Options& options) {
  TRY(check_form(holdings));
  const Wish wish = wish_of(order, holdings, {});
  std::vector<std::string> digests;
  for (const RecordPtr& put : wish.puts) digests.push_back(put->digest);
  return change_once(key_of("put", order, digests), order, wish, options);
}

Result<ApplyReport> LocalMember::remove(const fleet::Order& order,
                                        const std::vector<std::string>& owners,
                                        const machine::Options& options) {
  return change_once(key_of("remove", order, owners), order, {order.store, {}, owners}, options);
}

Status LocalMember::renew(const fleet::Order& order, const std::string& owner,
                          std::optional<uint64_t> lease_s) {
  TRY(admit(order, {owner}));
  const std::lock_guard lock(mutex_);
  const auto held = contents_.held.find(owner);
  if (held == contents_.held.end() || held->second->store != order.store) {
    return Error{Errc::kNotFound, fmt::format("'{}' is not held here", owner), 0};
  }
  auto record = std::make_shared<Record>(*held->second);
  if (!lease_s) lease_s = record->holding.lease_s;
  if (!lease_s) {
    return Error{Errc::kFailedPrecondition, fmt::format("'{}' has no lease", owner), 0};
  }
  record->holding.lease_s = lease_s;
  record->lease_end = control::lease_end(parts_.surroundings.clocks(), *lease_s);
  Changes changes;
  changes.renewed.push_back(std::move(record));
  return write(changes);
}

}  // namespace vinet::member
