#include "member/local_member.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/lease.h"
#include "member/fence.h"
#include "member/layers.h"
#include "member/looking_machine.h"
#include "support/hash.h"

namespace vinet::member {
namespace {

using machine::ApplyReport;
using std::chrono::milliseconds;

constexpr milliseconds kInventoryAge{60'000};
constexpr milliseconds kLongestPatience{600'000};

std::string id_of(const fleet::Order& order) {
  return order.store + "/" + order.operation;
}

std::vector<std::string> owners_of(const std::vector<fleet::Holding>& puts,
                                   const std::vector<std::string>& removes) {
  std::vector<std::string> owners = removes;
  for (const fleet::Holding& holding : puts) owners.push_back(holding.owner);
  return owners;
}

bool overlap(const Wish& one, const Wish& other) {
  const auto owners = [](const Wish& wish) {
    std::set<std::string> names(wish.removes.begin(), wish.removes.end());
    for (const RecordPtr& put : wish.puts) names.insert(put->holding.owner);
    return names;
  };
  const std::set<std::string> names = owners(one);
  const std::set<std::string> others = owners(other);
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return others.contains(name); });
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

// --- what it is asked

plan::Inventory LocalMember::inventory() {
  const std::lock_guard lock(inventory_mutex_);
  const milliseconds now = parts_.surroundings.boottime();
  if (!inventory_ || now >= inventory_end_) {
    if (auto fresh = parts_.open()->inventory()) inventory_ = *std::move(fresh);
    inventory_end_ = now + kInventoryAge;
  }
  return inventory_.value_or(plan::Inventory{});
}

plan::MachineFacts LocalMember::facts() {
  const Surroundings& here = parts_.surroundings;
  const Options& options = parts_.options;
  const plan::Inventory stock = inventory();
  plan::MachineFacts facts;
  facts.base_address = here.base_address();
  facts.features = stock.features;
  facts.own_prefixes = stock.own_prefixes;
  Demand used;
  {
    const std::lock_guard lock(mutex_);
    used = demand_of(contents_.held);
    facts.takes_none_because = store_trouble_;
  }
  const uint64_t all = here.memory_bytes();
  const uint64_t given = std::min(all, options.most_memory_bytes.value_or(all));
  const uint64_t left = given - std::min(given, used.memory_bytes);
  // A node with two links, as most have.
  uint64_t nodes = std::min(left, here.free_memory_bytes()) / (kNodeBytes + 2 * kLinkEndBytes);
  if (options.most_nodes) {
    nodes = std::min(nodes, *options.most_nodes - std::min(*options.most_nodes, used.nodes));
  }
  facts.attributes["memory"] = std::to_string(given);
  facts.attributes["cpus"] = std::to_string(here.cpus());
  facts.attributes["nodes"] = std::to_string(nodes);
  for (const auto& [name, value] : options.attributes) facts.attributes[name] = value;
  return facts;
}

Result<fleet::MemberReport> LocalMember::report() {
  fleet::MemberReport report;
  const control::Clocks now = parts_.surroundings.clocks();
  report.boot = now.boot;
  report.version = parts_.options.version;
  report.facts = facts();
  std::function<std::vector<control::RunState>()> runs;
  {
    const std::lock_guard lock(mutex_);
    expire();
    for (const auto& [owner, record] : contents_.held) {
      fleet::Held held{owner, record->store, record->generation, record->digest, "", {}};
      if (const auto trouble = troubles_.find(owner); trouble != troubles_.end()) {
        held.trouble = trouble->second;
      }
      if (record->lease_end) held.lease_left_s = control::remaining_s(*record->lease_end, now);
      report.held.push_back(std::move(held));
    }
    for (const auto& [id, reservation] : reservations_) {
      report.reservations.push_back(reservation.order.operation);
    }
    report.refused_old = refused_old_;
    report.trouble = store_trouble_;
    for (const auto& [store, seen] : contents_.seen) report.terms[store] = seen.term;
    runs = watch_.runs;
  }
  for (const control::RunState& run : runs ? runs() : std::vector<control::RunState>()) {
    report.runs.push_back({run.node, to_string(run.is), run.command, run.last_end, run.pid,
                           run.starts, static_cast<uint64_t>(run.next_try.count())});
  }
  return report;
}

/// Takes note of who speaks. Errors as check_order, and where that cannot be stored.
Status LocalMember::admit(const fleet::Order& order, const std::vector<std::string>& owners) {
  std::string told;
  Status fine = [&]() -> Status {
    const std::lock_guard lock(mutex_);
    if (!store_trouble_.empty()) {
      // As if it were away: it is brought up to date when it can be.
      return Error{Errc::kUnavailable, "this machine only watches what it holds: " + store_trouble_,
                   0};
    }
    if (Status checked = check_order(contents_, order, owners); !checked) {
      if (checked.error().code != Errc::kFailedPrecondition) return checked;
      ++refused_old_;
      std::string& last = last_refusal_[order.store];
      if (last != checked.error().message) last = told = checked.error().message;
      return checked;
    }
    if (auto news = news_of(contents_, order)) {
      Changes changes;
      changes.seen = std::move(news);
      return write(changes);
    }
    return ok();
  }();
  if (!told.empty()) tell("refused", order.store, told);
  return fine;
}

/// A store that cannot be written refuses now, and not in the commit (faults.md F-60, F-61, F-67).
Status LocalMember::try_store(const fleet::Order& order) {
  const std::lock_guard lock(mutex_);
  Changes changes;
  changes.seen = std::pair(order.store, contents_.seen.at(order.store));
  return write(changes);
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

/// Under mutex_. A base that cannot be kept takes nothing more (faults.md F-132).
Status LocalMember::refuse_troubled(const Wish& wish) const {
  for (const auto& [owner, trouble] : troubles_) {
    const auto held = contents_.held.find(owner);
    if (held == contents_.held.end() || held->second->holding.internet) continue;
    const bool again = std::any_of(wish.puts.begin(), wish.puts.end(), [&](const RecordPtr& put) {
      return put->holding.owner == held->first;
    });
    if (again || wish.puts.empty()) continue;
    return Error{Errc::kFailedPrecondition,
                 fmt::format("'{}' is in trouble here: {}", owner, trouble), 0};
  }
  return ok();
}

Status LocalMember::check(const fleet::Order& order, const Wish& wish, bool limits) {
  Records held;
  std::vector<Wish> reserved;
  {
    const std::lock_guard lock(mutex_);
    expire();
    // What an instance reserved that does not speak any more is in nobody's way.
    std::erase_if(reservations_, [&](const auto& entry) {
      const Reservation& other = entry.second;
      return !other.committing && other.order.store == order.store &&
             other.order.operation != order.operation && overlap(other.wish, wish) &&
             (!limits || other.order.term < order.term);
    });
    held = contents_.held;
    if (limits) TRY(refuse_troubled(wish));
    for (const auto& [id, reservation] : reservations_) {
      if (id != id_of(order)) reserved.push_back(reservation.wish);
    }
  }
  std::vector<const Wish*> others;
  for (const Wish& other : reserved) others.push_back(&other);
  Present present{held, others, {}, {}, inventory().features};
  if (parts_.local) present.local = parts_.local();
  present.marked = [this]() -> Result<std::set<std::string>> {
    ASSIGN_OR_RETURN(const auto owners, parts_.open()->list_owners());
    return std::set<std::string>(owners.begin(), owners.end());
  };
  TRY(refuse_taken(wish, present, parts_.surroundings));
  return limits ? refuse_too_much(wish, present, parts_.options, parts_.surroundings) : ok();
}

Status LocalMember::prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                            const std::vector<std::string>& removes, milliseconds patience) {
  const std::lock_guard admission(admission_);
  TRY(check_form(puts));
  if (order.operation.empty()) {
    return Error{Errc::kInvalidArgument, "a reservation needs an operation's id", 0};
  }
  TRY(admit(order, owners_of(puts, removes)));
  Wish wish = wish_of(order, puts, removes);
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
  std::vector<std::string> owners = wish.removes;
  for (const RecordPtr& put : wish.puts) owners.push_back(put->holding.owner);
  fleet::Order asked = order;
  asked.generation = generation;
  Result<ApplyReport> done = [&]() -> Result<ApplyReport> {
    TRY(admit(asked, owners));  // an undo may have come in between
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

Result<ApplyReport> LocalMember::put(const fleet::Order& order,
                                     const std::vector<fleet::Holding>& holdings,
                                     const machine::Options& options) {
  TRY(check_form(holdings));
  TRY(admit(order, owners_of(holdings, {})));
  const Wish wish = wish_of(order, holdings, {});
  std::string content = std::to_string(order.generation);
  for (const RecordPtr& put : wish.puts) content += "," + put->digest;
  const std::string key = fmt::format("put/{}/{:016x}", id_of(order), stable_hash(content));
  const Work work(*this);
  if (contents_.change) (void)finish({});
  if (const auto done = answered(key, wish)) return done->report;
  TRY(admit(order, owners_of(holdings, {})));  // something newer may have come before
  TRY(check(order, wish, false));
  return change(key, wish, order.generation, options);
}

Result<ApplyReport> LocalMember::remove(const fleet::Order& order,
                                        const std::vector<std::string>& owners,
                                        const machine::Options& options) {
  TRY(admit(order, owners));
  const Wish wish{order.store, {}, owners};
  std::string content = std::to_string(order.generation);
  for (const std::string& owner : owners) content += "," + owner;
  const std::string key = fmt::format("remove/{}/{:016x}", id_of(order), stable_hash(content));
  const Work work(*this);
  if (contents_.change) (void)finish({});
  if (const auto done = answered(key, wish)) return done->report;
  TRY(admit(order, owners));
  TRY(check(order, wish, false));
  return change(key, wish, order.generation, options);
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
