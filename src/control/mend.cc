#include "control/mend.h"

#include <fmt/format.h>

namespace vinet::control {

Result<machine::ApplyReport> mend(machine::Machine& machine,
                                  const std::vector<slice::Slice>& slices, machine::Options how) {
  how.named_only = how.only.empty();
  auto report = machine.apply(slices, how);
  if (!how.named_only || !report || !report->unchanged()) return report;
  how.named_only = false;
  return machine.apply(slices, how);
}

std::string repaired_text(const machine::ApplyReport& report) {
  std::string text = fmt::format("{} made, {} changed, {} removed", report.created, report.changed,
                                 report.deleted);
  for (const std::string& change : report.changes) text += "; " + change;
  return text;
}

std::string rerouted_text(const machine::ApplyReport& report) {
  return fmt::format("{} link end{} follow the routes of nodes below", report.changed,
                     report.changed == 1 ? "" : "s");
}

}  // namespace vinet::control
