// applyslices: what a member does with its share of a plan, without a member: lowers a plan and
// makes the slices of one machine in the network namespace in which it runs.
//
//   applyslices ROOT MACHINE apply|remove|strayed|check|heard|drops [OWNER...] <plan.json
//
//   applyslices ROOT MACHINE path NEAR FAR BYTES <plan.json
//   applyslices ROOT MACHINE exec NODE PROGRAM [WORD...] <plan.json
//
// MACHINE is a namespace, `fleet.x`. With TENANT=name in the environment the nodes are that
// tenant's. `strayed` prints the owners whose slices the kernel does not hold, `check` the
// findings, `heard` what routers have said of base paths: `10.99.2.2 1400`, `drops` how many
// packets the link layer has dropped, and what it counts beside: `unknown_key 5`. `path` puts what
// a base path carries in force, for the next `apply`.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel/linux.h"
#include "machine/local.h"
#include "plan/plan_json.h"
#include "slice/lower.h"

namespace {

using namespace vinet;

int fail(const Error& error) {
  std::cerr << "applyslices: " << error.message << "\n";
  return 1;
}

/// What stands first is made first, and removed last.
std::vector<std::vector<slice::Slice>> slices_of(const plan::Plan& plan, const std::string& machine,
                                                 const std::set<std::string>& owners) {
  std::vector<std::vector<slice::Slice>> all;
  const char* tenant = std::getenv("TENANT");
  const auto add = [&](std::vector<slice::Slice> slices) {
    for (slice::Slice& slice : slices) {
      for (slice::Namespace& space : slice.namespaces) {
        if (tenant != nullptr && !space.own) space.tenant = tenant;
      }
    }
    std::erase_if(slices, [&](const slice::Slice& slice) {
      return slice.machine != machine || (!owners.empty() && !owners.contains(slice.owner));
    });
    if (!slices.empty()) all.push_back(std::move(slices));
  };
  for (const plan::BasePlan& base : plan.bases) add(slice::lower(base));
  for (const plan::InternetPlan& internet : plan.internets) add(slice::lower(internet, plan));
  return all;
}

std::vector<std::string> names_in(const std::vector<slice::Slice>& slices) {
  std::vector<std::string> names;
  for (const slice::Slice& slice : slices) {
    for (const slice::Namespace& space : slice.namespaces) names.push_back(space.name);
  }
  return names;
}

int check(machine::Machine& machine, const std::vector<std::vector<slice::Slice>>& all) {
  machine::CheckRequest request;
  for (const auto& slices : all) {
    request.owners.push_back(slices.front().owner);
    request.want.insert(request.want.end(), slices.begin(), slices.end());
  }
  const auto report = machine.check(request, {});
  if (!report) return fail(report.error());
  for (const machine::Finding& finding : report->findings) {
    std::cout << finding.where << ": " << finding.what << ": planned " << finding.planned
              << ", found " << finding.found << "\n";
  }
  return 0;
}

int heard(machine::Machine& machine, const std::string& name) {
  const auto reports = machine.take_path_reports({name});
  if (!reports) return fail(reports.error());
  for (const machine::PathReport& report : *reports) {
    std::cout << net::to_string(report.far) << " " << report.reported_bytes << "\n";
  }
  return 0;
}

int drops(machine::Machine& machine, const plan::Plan& plan) {
  std::vector<std::string> owners;
  for (const plan::InternetPlan& internet : plan.internets) owners.push_back(internet.name);
  const auto counters = machine.counters(owners);
  if (!counters) return fail(counters.error());
  std::map<std::string, uint64_t> sums;
  for (const machine::LinkCounters& link : *counters) {
    for (const auto& [reason, count] : link.drops) sums[reason] += count;
  }
  for (const auto& [reason, count] : sums) std::cout << reason << " " << count << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const std::string root = argv[1], name = argv[2], verb = argv[3];
  const std::string text{std::istreambuf_iterator<char>(std::cin),
                         std::istreambuf_iterator<char>()};
  const auto plan = plan::from_json(text);
  if (!plan) return fail(plan.error());
  const auto kernel = kernel::open_linux(root);
  const auto machine = machine::make_local(*kernel, root);
  if (verb == "exec" && argc > 5) {
    return fail(machine->exec({.node = argv[4],
                               .hosts_text = "",
                               .argv = std::vector<std::string>(argv + 5, argv + argc)}));
  }
  if (verb == "path" && argc == 7) {
    machine::PathOrder order;
    order.machine = name;
    order.near = net::parse_ipv4(argv[4]).value_or(net::Ipv4{});
    order.far = net::parse_ipv4(argv[5]).value_or(net::Ipv4{});
    order.in_force_bytes = static_cast<uint32_t>(std::atoi(argv[6]));
    const Status ordered = machine->order_paths({order});
    return ordered ? 0 : fail(ordered.error());
  }
  auto all = slices_of(*plan, name, std::set<std::string>(argv + 4, argv + argc));
  if (verb == "check") return check(*machine, all);
  if (verb == "heard") return heard(*machine, name);
  if (verb == "drops") return drops(*machine, *plan);
  if (verb == "remove") std::reverse(all.begin(), all.end());
  for (const auto& slices : all) {
    const std::string& owner = slices.front().owner;
    if (verb == "apply") {
      if (const auto done = machine->apply(slices, {}); !done) return fail(done.error());
    } else if (verb == "remove") {
      const auto done = machine->remove(owner, names_in(slices), {});
      if (!done) return fail(done.error());
    } else if (verb == "strayed") {
      const auto strayed = machine->strayed(slices, {});
      if (!strayed) return fail(strayed.error());
      for (const std::string& one : *strayed) std::cout << one << "\n";
    } else {
      return 2;
    }
  }
  return 0;
}
