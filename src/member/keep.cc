// LocalMember: what it does by itself, look by look.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "control/lease.h"
#include "control/mend.h"
#include "member/layers.h"
#include "member/local_member.h"

namespace vinet::member {

void LocalMember::set_trouble(const std::string& owner, const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    if (text.empty()) {
      troubles_.erase(owner);
      return;
    }
    std::string& last = troubles_[owner];
    if (last == text) return;
    last = text;
  }
  tell("trouble", owner, text);
}

void LocalMember::keep(const Keeping& keeping) {
  if (!mend_store() || at_work()) return;
  const std::unique_lock work(work_, std::try_to_lock);
  if (!work.owns_lock()) return;
  machine::Options look;
  look.leave_base_devices = true;
  look.stop = [this, stop = keeping.stop] { return at_work() || (stop && stop()); };
  const bool half_done = [this] {
    const std::lock_guard lock(mutex_);
    return contents_.change.has_value();
  }();
  if (half_done) {
    if (watch_.before_work) watch_.before_work();
    if (auto done = finish({}); !done) set_trouble("change", done.error().message);
    const std::lock_guard lock(mutex_);
    if (contents_.change) return;  // the next look tries again
    troubles_.erase("change");
  }
  if (keeping.ends_leases) end_leases();
  repair(keeping, look);
}

void LocalMember::end_leases() {
  const control::Clocks now = parts_.surroundings.clocks();
  for (const auto& [owner, record] : held()) {
    const Records left = held();
    if (!left.contains(owner) || !record->lease_end ||
        control::remaining_s(*record->lease_end, now) > 0) {
      continue;
    }
    std::vector<std::string> above = standing_on(left, owner);
    std::reverse(above.begin(), above.end());
    Wish wish{record->store, {}, above};
    wish.removes.push_back(owner);
    if (watch_.before_work) watch_.before_work();
    if (const auto done = change("", wish, std::nullopt, {}); !done) {
      set_trouble(owner, "its lease has ended: " + done.error().message);
      continue;
    }
    tell("lease-ended", owner,
         above.empty() ? "its lease has ended; it is removed"
                       : fmt::format("its lease has ended; it is removed, and before it what stood "
                                     "on it: {}",
                                     fmt::join(above, ", ")));
  }
}

Result<std::vector<std::string>> LocalMember::recover() {
  const Work work(*this);
  (void)mend_store();  // perhaps somebody has put a good one there
  std::string line;
  {
    const std::lock_guard lock(mutex_);
    if (loaded_) return std::vector<std::string>();
    ASSIGN_OR_RETURN(const std::string aside, parts_.store->put_aside());
    line = fmt::format("{}; put aside as {}; controllers bring back what they have here",
                       store_trouble_, aside);
    contents_ = Contents();
    loaded_ = true;
    store_trouble_.clear();
  }
  tell("recovered", "member", line);
  return std::vector<std::string>{line};
}

Result<machine::ApplyReport> LocalMember::forget(const std::vector<std::string>& owners,
                                                 bool recursive, const machine::Options& options) {
  const Work work(*this);
  if (!mend_store()) {
    return Error{Errc::kFailedPrecondition, "this machine only watches what it holds: " + trouble(),
                 0};
  }
  if (contents_.change) (void)finish({});
  const Records records = held();
  std::set<std::string> all;
  for (const std::string& owner : owners) {
    if (!records.contains(owner)) {
      return Error{Errc::kNotFound, fmt::format("'{}' is not held here", owner), 0};
    }
    all.insert(owner);
  }
  for (const std::string& owner : owners) {
    for (const std::string& above : standing_on(records, owner)) {
      if (!recursive && !all.contains(above)) {
        return Error{Errc::kFailedPrecondition,
                     fmt::format("{} stands on {} here; --recursive forgets it, too", above, owner),
                     0};
      }
      all.insert(above);
    }
  }
  Wish wish;
  for (const std::string& owner : in_layers(records)) {
    if (all.contains(owner)) wish.removes.insert(wish.removes.begin(), owner);
  }
  auto done = change("", wish, std::nullopt, options);
  if (!done) return done;
  for (const std::string& owner : wish.removes) tell("forgotten", owner, "by hand");
  return done;
}

/// What is wrong with the place of a base on this computer; empty: nothing. Which address it has
/// instead is its owner's to say, and nobody's to guess (faults.md F-30).
std::string LocalMember::lost_address(const fleet::Holding& holding) const {
  if (holding.internet) return "";
  for (const slice::Slice& slice : holding.slices) {
    if (slice.base_address == net::Ipv4{} || parts_.surroundings.has_address(slice.base_address)) {
      continue;
    }
    return fmt::format(
        "{} has lost its base address {}: nothing reaches its nodes until it has it again, or "
        "joins anew with another",
        slice.machine, net::to_string(slice.base_address));
  }
  return "";
}

void LocalMember::repair(const Keeping& keeping, const machine::Options& look) {
  const Records records = held();
  if (records.empty()) return;
  const std::vector<std::string> order = in_layers(records);
  std::vector<slice::Slice> all, first_layer;
  for (const std::string& owner : order) {
    const fleet::Holding& holding = records.at(owner)->holding;
    all.insert(all.end(), holding.slices.begin(), holding.slices.end());
    for (const slice::Slice& slice : holding.slices) {
      const bool on_base = std::all_of(slice.link_ends.begin(), slice.link_ends.end(),
                                       [](const auto& end) { return end.on.empty(); });
      if (holding.internet && on_base) first_layer.push_back(slice);
    }
  }
  const auto machine = parts_.open();
  if (keeping.tend_paths && !first_layer.empty()) {
    const Status tended = keeping.tend_paths(*machine, first_layer);
    set_trouble("base paths", tended ? "" : tended.error().message);
  }
  Result<std::set<std::string>> strayed = machine->strayed(all, look);
  if (look.stop()) return;
  if (!strayed) strayed = std::set<std::string>(order.begin(), order.end());
  for (const std::string& owner : order) {
    if (look.stop()) return;
    if (!strayed->contains(owner)) {
      set_trouble(owner, lost_address(records.at(owner)->holding));
      continue;
    }
    repair_one(*machine, records, owner, look, *strayed);
  }
}

void LocalMember::repair_one(machine::Machine& machine, const Records& held,
                             const std::string& owner, const machine::Options& how,
                             std::set<std::string>& strayed) {
  const std::vector<slice::Slice>& slices = held.at(owner)->holding.slices;
  const Result<machine::ApplyReport> report = control::mend(machine, slices, how);
  if (!report) {
    if (report.error().code != Errc::kCancelled) set_trouble(owner, report.error().message);
    return;
  }
  set_trouble(owner, lost_address(held.at(owner)->holding));
  if (report->unchanged()) return;
  tell("repaired", owner, control::repaired_text(*report));
  for (const std::string& above : standing_on(held, owner)) strayed.insert(above);
}

bool LocalMember::follow_routes(const std::set<std::string>& nodes) {
  const std::unique_lock work(work_, std::try_to_lock);
  if (!work.owns_lock() || at_work()) return false;
  const Records records = held();
  const auto machine = parts_.open();
  std::set<std::string> concerned = nodes;
  bool all_done = true;
  for (const std::string& owner : in_layers(records)) {
    machine::Options how;
    how.leave_base_devices = true;
    how.stop = [this] { return at_work(); };
    for (const slice::Slice& slice : records.at(owner)->holding.slices) {
      for (const slice::LinkEnd& end : slice.link_ends) {
        if (end.on == slice.machine || !concerned.contains(end.on)) continue;
        how.only.insert(end.node);
      }
    }
    if (how.only.empty()) continue;
    concerned.insert(how.only.begin(), how.only.end());
    const auto report = machine->apply(records.at(owner)->holding.slices, how);
    all_done = all_done && report.has_value();
    if (!report || report->changed == 0) continue;
    tell("rerouted", owner, control::rerouted_text(*report));
  }
  return all_done;
}

}  // namespace vinet::member
