// LocalMember: what it says of this computer and of what it holds.
#include <algorithm>

#include "control/lease.h"
#include "member/demand.h"
#include "member/local_member.h"

namespace vinet::member {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kInventoryAge{60'000};

}  // namespace

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

}  // namespace vinet::member
