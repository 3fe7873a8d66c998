#include "control/path_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "slice/path_mtu.h"
#include "support/random.h"

namespace vinet::control {

std::map<PathKeeper::Name, PathKeeper::Wanted> PathKeeper::wanted_of(
    const std::vector<slice::Slice>& slices) {
  std::map<net::Ipv4, std::string> machines;
  for (const slice::Slice& slice : slices) machines[slice.base_address] = slice.machine;
  std::map<Name, Wanted> wanted;
  for (const slice::Slice& slice : slices) {
    for (const slice::LinkEnd& end : slice.link_ends) {
      if (end.local) continue;
      Wanted& path = wanted[{slice.machine, end.base_destination}];
      path.planned_bytes = std::max(path.planned_bytes, slice::path_mtu_of(end));
      path.ends.push_back(&end);
      path.far_machine = machines[end.base_destination];
    }
  }
  return wanted;
}

Status PathKeeper::tend(machine::Machine& machine, const std::vector<slice::Slice>& slices,
                        Clock::time_point now) {
  const std::map<Name, Wanted> wanted = wanted_of(slices);
  std::erase_if(paths_, [&](const auto& path) { return !wanted.contains(path.first); });
  std::set<std::string> machines;
  for (const slice::Slice& slice : slices) machines.insert(slice.machine);
  ASSIGN_OR_RETURN(const auto reports,
                   machine.take_path_reports({machines.begin(), machines.end()}));
  std::map<Name, machine::PathReport> by_name;
  for (const machine::PathReport& report : reports) by_name[{report.machine, report.far}] = report;

  std::vector<machine::PathOrder> orders;
  for (const auto& [name, path] : wanted) tend_one(name, path, by_name[name], now, orders);
  for (const auto& [name, report] : by_name) {
    if (wanted.contains(name) || report.in_force_bytes == 0) continue;
    machine::PathOrder forget;  // no link leads there any more
    forget.machine = name.machine;
    forget.far = name.far;
    orders.push_back(std::move(forget));
  }
  return machine.order_paths(orders);
}

void PathKeeper::tend_one(const Name& name, const Wanted& wanted, const machine::PathReport& report,
                          Clock::time_point now, std::vector<machine::PathOrder>& orders) {
  const uint32_t planned = wanted.planned_bytes;
  const uint32_t in_force =
      report.in_force_bytes == 0 ? planned : std::min(report.in_force_bytes, planned);
  Path& path = paths_.try_emplace(name, Path{PathSearch(planned, in_force), 0, 0, 0}).first->second;
  if (path.nonce != 0 && report.nonce == path.nonce) {
    path.answered_bytes = std::max(path.answered_bytes, report.answered_bytes);
  }
  auto step = path.search.advance(now, planned, {report.reported_bytes, path.answered_bytes});
  if (step.in_force) {
    tell_(name.machine,
          fmt::format("the base path to {} carries {} bytes{}",
                      wanted.far_machine.empty() ? net::to_string(name.far) : wanted.far_machine,
                      *step.in_force,
                      *step.in_force == planned ? ", as planned"
                                                : fmt::format("; planned were {}", planned)));
  }
  if (!step.in_force && step.sizes.empty()) return;
  machine::PathOrder order;
  order.machine = name.machine;
  order.far = name.far;
  if (!step.sizes.empty()) {
    path.nonce = random_nonce();  // not to be guessed by who might answer in its place
    path.answered_bytes = 0;
    const slice::LinkEnd& carrier = *wanted.ends[path.rounds++ % wanted.ends.size()];
    order.near = carrier.base_source;
    order.link_source = carrier.link_source;
    order.link_destination = carrier.link_destination;
  }
  order.nonce = path.nonce;
  order.in_force_bytes = path.search.in_force() == planned ? 0 : path.search.in_force();
  order.sizes = std::move(step.sizes);
  orders.push_back(std::move(order));
}

bool PathKeeper::searching() const {
  return std::any_of(paths_.begin(), paths_.end(),
                     [](const auto& path) { return path.second.search.searching(); });
}

}  // namespace vinet::control
