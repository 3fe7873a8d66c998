// A Machine that is a map: what it holds per owner, what was asked of it, and a policy that makes
// calls fail.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machine/machine.h"

namespace vinet::control {

class FakeMachine : public machine::Machine {
 public:
  /// Decides about a mutating call before it does anything; and, `after`, once it has been done
  /// half.
  std::function<Status(const std::string& what)> policy;
  std::function<Status(const std::string& what)> after_half;

  std::map<std::string, std::vector<slice::Slice>> held;  ///< the "kernel"
  std::vector<std::string> calls;  ///< mutating ones: `apply fig11`, `remove lab`
  std::map<std::string, std::set<std::string>> looked_at;  ///< by the last apply of each owner
  Status inventory_status = ok();
  plan::Inventory stock;
  std::vector<machine::PathReport> path_reports;  ///< to be taken
  std::vector<machine::PathOrder> path_orders;
  slice::PathsInForce in_force;
  std::set<std::string> watched, changed_routes;

  Result<plan::Inventory> inventory() override {
    TRY(inventory_status);
    return stock;
  }
  std::vector<machine::Feature> features() override { return {}; }
  Result<std::vector<slice::Slice>> observe(const std::vector<std::string>& owners,
                                            const std::set<std::string>&) override {
    std::vector<slice::Slice> slices;
    for (const std::string& owner : owners) {
      if (const auto found = held.find(owner); found != held.end()) {
        slices.insert(slices.end(), found->second.begin(), found->second.end());
      }
    }
    return slices;
  }
  Result<std::vector<std::string>> list_owners() override {
    std::vector<std::string> owners;
    for (const auto& [owner, slices] : held) {
      owners.push_back(owner);
    }
    return owners;
  }
  Result<machine::ApplyReport> apply(const std::vector<slice::Slice>& want,
                                     const machine::Options& options) override {
    machine::ApplyReport report;
    if (want.empty()) {
      return report;
    }
    const std::string& owner = want.front().owner;
    if (held.count(owner) != 0 && held.at(owner) == want) {
      return report;
    }
    if (options.stop && options.stop()) {
      return Error{Errc::kCancelled, "stopped"};
    }
    calls.push_back("apply " + owner);
    looked_at[owner] = options.only;
    if (policy) {
      TRY(policy(calls.back()));
    }
    if (after_half) {
      const auto before = held.count(owner) != 0 ? held.at(owner) : std::vector<slice::Slice>{};
      held[owner] = {want.front()};
      TRY(after_half(calls.back()));
      held[owner] = before;
    }
    report.created = held.count(owner) != 0 ? 0 : want.size();
    report.changed = want.size() - report.created;
    held[owner] = want;
    return report;
  }
  Result<machine::ApplyReport> remove(const std::string& owner, const std::vector<std::string>&,
                                      const machine::Options&) override {
    calls.push_back("remove " + owner);
    if (policy) {
      TRY(policy(calls.back()));
    }
    if (const auto found = held.find(owner); after_half && found != held.end()) {
      found->second.resize(1);
      TRY(after_half(calls.back()));
    }
    machine::ApplyReport report;
    report.deleted = held.erase(owner);
    return report;
  }
  Result<std::vector<machine::LinkCounters>> counters(const std::vector<std::string>&) override {
    return std::vector<machine::LinkCounters>{};
  }
  Result<std::vector<machine::PathReport>> take_path_reports(
      const std::vector<std::string>&) override {
    return std::exchange(path_reports, {});
  }
  Result<slice::PathsInForce> paths_in_force(const std::vector<std::string>&) override {
    return in_force;
  }
  Status order_paths(const std::vector<machine::PathOrder>& orders) override {
    path_orders.insert(path_orders.end(), orders.begin(), orders.end());
    return ok();
  }
  void watch_routes(const std::set<std::string>& namespaces) override { watched = namespaces; }
  std::set<std::string> take_changed_routes() override { return std::exchange(changed_routes, {}); }
  Result<machine::LogText> read_log(const std::string& node, uint64_t) override {
    return Error{Errc::kNotFound, node + " has no log"};
  }
  Error exec(const machine::ExecRequest&) override { return Error{Errc::kInternal, "not here"}; }
  Result<std::vector<std::optional<uint64_t>>> ping(const std::vector<machine::PingTask>& tasks,
                                                    const machine::PingOptions&,
                                                    const machine::Options&) override {
    return std::vector<std::optional<uint64_t>>(tasks.size());
  }
  Result<machine::ProbeReport> probe(const machine::PingTask&, int, std::chrono::milliseconds,
                                     uint64_t) override {
    return machine::ProbeReport{};
  }
  Result<uint64_t> watch_probe(uint64_t) override { return uint64_t{0}; }
  Result<std::vector<machine::ProbeStep>> take_probe_steps(uint64_t) override {
    return std::vector<machine::ProbeStep>();
  }
  /// Says what it was asked: a fault and a note of each owner, and so many slices.
  Result<machine::CheckReport> check(const machine::CheckRequest& request,
                                     const machine::Options&) override {
    machine::CheckReport report;
    for (const std::string& owner : request.owners) {
      using Weight = machine::Finding::Weight;
      report.findings.push_back({Weight::kFault, owner, "w", "what", "p", "f"});
      report.findings.push_back({Weight::kNote, owner, "w", "what", "", ""});
      report.compared.push_back({owner, request.want.size(), 2, 3, 4, 5, 6});
    }
    return report;
  }
  Result<machine::CanaryReport> canary(const machine::CanaryRequest& request,
                                       const machine::Options&) override {
    machine::CanaryReport report;
    for (const std::string& owner : request.owners) {
      report.findings.push_back({machine::Finding::Weight::kFault, owner, "w", "what", "p", "f"});
    }
    report.kinds = {{"kind", 1, 2, 3, true}};
    report.nodes = request.internets.size();
    report.listened = 4;
    report.sampled = {"a line"};
    return report;
  }
};

}  // namespace vinet::control
