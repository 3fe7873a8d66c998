// The table of contents of the check.
#include "machine/check.h"

#include <algorithm>
#include <tuple>

#include "machine/check_context.h"
#include "machine/observe.h"
#include "machine/resolve.h"

namespace vinet::machine {
namespace {

bool comes_first(const Finding& x, const Finding& y) {
  return std::tie(x.owner, x.weight, x.where) < std::tie(y.owner, y.weight, y.where);
}

}  // namespace

Result<CheckReport> check(kernel::Kernel& kernel, const CheckRequest& asked,
                          const Options& options) {
  Sight sight;
  sight.owners = {asked.owners.begin(), asked.owners.end()};
  sight.stop = options.stop;
  for (const slice::Slice& slice : asked.want) sight.anchors.insert(slice.machine);
  ASSIGN_OR_RETURN(View view, look(kernel, sight));
  // Ways through lower internets are what their nodes' FIBs say now.
  CheckRequest request = asked;
  for (slice::Slice& slice : request.want) {
    add_base_devices(view, slice);
    const bool is_asked = sight.owners.contains(slice.owner);
    if (is_asked) TRY_IN("follow the routes under " + slice.owner, resolve(kernel, view, slice));
  }
  CheckContext context(kernel, request, std::move(view));
  std::set<std::string> machines;
  std::map<std::string, std::vector<const slice::Slice*>> by_owner;
  size_t done = 0;
  for (const slice::Slice& slice : request.want) {
    if (!context.is_asked_for(slice.owner)) continue;
    if (options.stop && options.stop()) return Error{Errc::kCancelled, "check: interrupted"};
    if (options.progress) options.progress("machines", ++done, request.want.size());
    TRY(check_spaces(context, slice));
    check_devices(context, slice);
    by_owner[slice.owner].push_back(&slice);
    if (!slice.link_ends.empty()) machines.insert(slice.machine);
  }
  for (const auto& [owner, slices] : by_owner) check_mtus(context, slices);
  std::map<std::string, std::string> tags;
  if (!machines.empty()) {
    ASSIGN_OR_RETURN(tags, kernel.programs().own_tags());
  }
  for (const std::string& machine : machines) {
    if (context.space(machine) == nullptr) continue;  // told
    check_maps(context, machine);
    Status filters = check_filters(context, machine, tags);
    // A machine that has just gone is told by whoever looks next.
    if (!filters && filters.error().code != Errc::kNotFound) return std::move(filters).error();
  }
  CheckReport report;
  report.findings = std::move(context.findings);
  std::stable_sort(report.findings.begin(), report.findings.end(), comes_first);
  for (const std::string& owner : request.owners) {
    report.compared.push_back(context.compared[owner]);
  }
  return report;
}

}  // namespace vinet::machine
