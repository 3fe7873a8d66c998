// LocalMember: what every call is asked before it changes anything.
#include <fmt/format.h>

#include <algorithm>

#include "member/fence.h"
#include "member/local_member.h"

namespace vinet::member {
namespace {

bool overlap(const Wish& one, const Wish& other) {
  const std::vector<std::string> owners = one.owners();
  return std::any_of(owners.begin(), owners.end(),
                     [&](const std::string& owner) { return other.touches(owner); });
}

}  // namespace

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
    // A controller does one thing after the other: what it, or who controlled before it, reserved
    // earlier is in nobody's way, also where that came late, after it had been given up.
    std::erase_if(reservations_, [&](const auto& entry) {
      const Reservation& other = entry.second;
      const bool earlier = std::pair(other.order.term, other.order.generation) <
                           std::pair(order.term, order.generation);
      return !other.committing && other.order.store == order.store &&
             other.order.operation != order.operation &&
             (limits ? earlier : overlap(other.wish, wish));
    });
    held = contents_.held;
    if (limits) TRY(refuse_troubled(wish));
    for (const auto& [id, reservation] : reservations_) {
      const fleet::Order& other = reservation.order;
      if (other.store == order.store && other.operation == order.operation) continue;
      reserved.push_back(reservation.wish);
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

}  // namespace vinet::member
