#include "rpc/check_convert.h"

namespace vinet::rpc {
namespace {

void encode_finding(const machine::Finding& from, v1::Finding& to) {
  to.set_note(from.weight == machine::Finding::Weight::kNote);
  to.set_owner(from.owner);
  to.set_where(from.where);
  to.set_what(from.what);
  to.set_planned(from.planned);
  to.set_found(from.found);
}

machine::Finding decode_finding(const v1::Finding& from) {
  return {from.note() ? machine::Finding::Weight::kNote : machine::Finding::Weight::kFault,
          from.owner(),
          from.where(),
          from.what(),
          from.planned(),
          from.found()};
}

}  // namespace

void encode(const machine::CheckReport& from, v1::CheckReport& to) {
  for (const machine::Finding& finding : from.findings) encode_finding(finding, *to.add_findings());
  for (const machine::Compared& compared : from.compared) {
    v1::Compared& one = *to.add_compared();
    one.set_owner(compared.owner);
    one.set_namespaces(compared.namespaces);
    one.set_devices(compared.devices);
    one.set_addresses(compared.addresses);
    one.set_routes(compared.routes);
    one.set_map_entries(compared.map_entries);
    one.set_filters(compared.filters);
  }
}

machine::CheckReport decode(const v1::CheckReport& from) {
  machine::CheckReport report;
  for (const v1::Finding& finding : from.findings())
    report.findings.push_back(decode_finding(finding));
  for (const v1::Compared& one : from.compared()) {
    report.compared.push_back({one.owner(), one.namespaces(), one.devices(), one.addresses(),
                               one.routes(), one.map_entries(), one.filters()});
  }
  return report;
}

void encode(const machine::CanaryReport& from, v1::CanaryReport& to) {
  for (const machine::Finding& finding : from.findings) encode_finding(finding, *to.add_findings());
  for (const machine::CanaryKind& kind : from.kinds) {
    v1::CanaryKind& one = *to.add_kinds();
    one.set_name(kind.name);
    one.set_sent(kind.sent);
    one.set_refused(kind.refused);
    one.set_arrived(kind.arrived);
    one.set_shall_arrive(kind.shall_arrive);
  }
  to.set_nodes(from.nodes);
  to.set_listened(from.listened);
  for (const std::string& line : from.sampled) to.add_sampled(line);
}

machine::CanaryReport decode(const v1::CanaryReport& from) {
  machine::CanaryReport report;
  for (const v1::Finding& finding : from.findings())
    report.findings.push_back(decode_finding(finding));
  for (const v1::CanaryKind& one : from.kinds()) {
    report.kinds.push_back(
        {one.name(), one.sent(), one.refused(), one.arrived(), one.shall_arrive()});
  }
  report.nodes = from.nodes();
  report.listened = from.listened();
  report.sampled.assign(from.sampled().begin(), from.sampled().end());
  return report;
}

}  // namespace vinet::rpc
