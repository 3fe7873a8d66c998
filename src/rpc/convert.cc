#include "rpc/convert.h"

#include <array>
#include <utility>

#include "control/state_json.h"
#include "rpc/member_convert.h"

namespace vinet::rpc {
namespace {

struct CodeName {
  Errc code;
  grpc::StatusCode status;
  const char* name;
};
constexpr std::array kCodes = {
    CodeName{Errc::kInvalidArgument, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_ARGUMENT"},
    CodeName{Errc::kNotFound, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"},
    CodeName{Errc::kAlreadyExists, grpc::StatusCode::ALREADY_EXISTS, "ALREADY_EXISTS"},
    CodeName{Errc::kResourceExhausted, grpc::StatusCode::RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED"},
    CodeName{Errc::kFailedPrecondition, grpc::StatusCode::FAILED_PRECONDITION,
             "FAILED_PRECONDITION"},
    CodeName{Errc::kPermissionDenied, grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_DENIED"},
    CodeName{Errc::kUnavailable, grpc::StatusCode::UNAVAILABLE, "UNAVAILABLE"},
    CodeName{Errc::kUnimplemented, grpc::StatusCode::UNIMPLEMENTED, "UNIMPLEMENTED"},
    CodeName{Errc::kCancelled, grpc::StatusCode::CANCELLED, "CANCELLED"},
    CodeName{Errc::kInternal, grpc::StatusCode::INTERNAL, "INTERNAL"},
};

constexpr std::array<std::pair<control::Outcome::What, const char*>, 5> kWhats = {{
    {control::Outcome::What::kMade, "made"},
    {control::Outcome::What::kUnchanged, "unchanged"},
    {control::Outcome::What::kRepaired, "repaired"},
    {control::Outcome::What::kChanged, "changed"},
    {control::Outcome::What::kRemoved, "removed"},
}};

}  // namespace

void encode(const Error& from, v1::Error& to) {
  for (const CodeName& known : kCodes) {
    if (known.code == from.code) to.set_code(known.name);
  }
  to.set_message(from.message);
  to.set_sys_errno(from.sys_errno);
}

Error decode(const v1::Error& from) {
  Error error{Errc::kInternal, from.message(), from.sys_errno()};
  for (const CodeName& known : kCodes) {
    if (known.name == from.code()) error.code = known.code;
  }
  return error;
}

grpc::Status to_status(const Error& whole) {
  // Statuses travel in headers, of which gRPC takes 8 KiB.
  constexpr size_t kMostBytes = 2048;
  Error error = whole;
  if (error.message.size() > kMostBytes) error.message = error.message.substr(0, kMostBytes) + "…";
  v1::Error details;
  encode(error, details);
  for (const CodeName& known : kCodes) {
    if (known.code == error.code) {
      return {known.status, error.message, details.SerializeAsString()};
    }
  }
  return {grpc::StatusCode::INTERNAL, error.message, details.SerializeAsString()};
}

Error from_status(const grpc::Status& status, const std::string& attempt) {
  v1::Error details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    return decode(details);
  }
  // gRPC's own words. A daemon that is asked to end cancels calls that take long, but not their
  // work.
  if (status.error_code() == grpc::StatusCode::CANCELLED) {
    return {Errc::kUnavailable, attempt + ": the daemon is about to end"};
  }
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    return {Errc::kUnavailable, attempt + ": lost the daemon (" + status.error_message() + ")"};
  }
  Error error{Errc::kInternal, attempt + ": " + status.error_message()};
  for (const CodeName& known : kCodes) {
    if (known.status == status.error_code()) error.code = known.code;
  }
  return error;
}

void encode(const machine::ApplyReport& from, v1::ApplyReport& to) {
  to.set_created(from.created);
  to.set_changed(from.changed);
  to.set_deleted(from.deleted);
  for (const std::string& change : from.changes) to.add_changes(change);
}

machine::ApplyReport decode(const v1::ApplyReport& from) {
  machine::ApplyReport report;
  report.created = from.created();
  report.changed = from.changed();
  report.deleted = from.deleted();
  report.changes = strings(from.changes());
  return report;
}

void encode(const control::Outcome& from, v1::Outcome& to) {
  to.set_name(from.name);
  to.set_internet(from.internet);
  for (const auto& [what, name] : kWhats) {
    if (what == from.what) to.set_what(name);
  }
  encode(from.report, *to.mutable_report());
}

control::Outcome decode(const v1::Outcome& from) {
  control::Outcome outcome;
  outcome.name = from.name();
  outcome.internet = from.internet();
  for (const auto& [what, name] : kWhats) {
    if (from.what() == name) outcome.what = what;
  }
  outcome.report = decode(from.report());
  return outcome;
}

void encode(const Diagnostics& from, v1::WorkEnd& to) {
  for (const Diagnostic& diagnostic : from.all()) {
    v1::Diagnostic& one = *to.add_diagnostics();
    one.set_error(diagnostic.severity == Severity::kError);
    one.set_begin(diagnostic.span.begin);
    one.set_end(diagnostic.span.end);
    one.set_message(diagnostic.message);
    one.set_note(diagnostic.note);
    for (const TrailStep& step : diagnostic.trail) {
      v1::TrailStep& sent = *one.add_trail();
      sent.set_text(step.text);
      sent.set_begin(step.span.begin);
      sent.set_end(step.span.end);
    }
  }
}

void decode(const v1::WorkEnd& from, Diagnostics& to) {
  for (const v1::Diagnostic& one : from.diagnostics()) {
    const Span span{one.begin(), one.end()};
    if (one.error()) {
      std::vector<TrailStep> trail;
      for (const v1::TrailStep& step : one.trail()) {
        trail.push_back({step.text(), Span{step.begin(), step.end()}});
      }
      to.error(span, one.message(), one.note(), std::move(trail));
    } else {
      to.warning(span, one.message(), one.note());
    }
  }
}

void encode(const control::DownRequest& from, v1::DownRequest& to) {
  for (const std::string& name : from.names) to.add_names(name);
  for (const control::Named& file : from.files) {
    v1::Named& named = *to.add_files();
    for (const std::string& base : file.bases) named.add_bases(base);
    for (const std::string& internet : file.internets) named.add_internets(internet);
  }
  to.set_all(from.all);
  to.set_recursive(from.recursive);
}

control::DownRequest decode(const v1::DownRequest& from) {
  control::DownRequest request;
  request.names = strings(from.names());
  for (const v1::Named& named : from.files()) {
    request.files.push_back({strings(named.bases()), strings(named.internets())});
  }
  request.all = from.all();
  request.recursive = from.recursive();
  return request;
}

void encode(const control::State& from, v1::GetStateReply& to) {
  for (const auto& [name, base] : from.bases) to.add_bases(control::to_text(base));
  for (const auto& [name, internet] : from.internets) {
    const auto ground = from.ground_of(internet.plan);
    if (!ground) continue;  // unreadable, and said so in `damaged`
    to.add_internets(control::to_text(internet, *ground));
  }
  if (from.operation) to.set_operation(control::to_text(*from.operation));
}

Result<control::State> decode(const v1::GetStateReply& from) {
  control::State state;
  for (const std::string& text : from.bases()) {
    ASSIGN_OR_RETURN(control::BaseIntent base, control::base_from_text(text));
    std::string name = base.plan.name;
    state.bases.emplace(std::move(name), std::move(base));
  }
  for (const std::string& text : from.internets()) {
    ASSIGN_OR_RETURN(control::InternetIntent internet, control::internet_from_text(text));
    std::string name = internet.plan.name;
    state.internets.emplace(std::move(name), std::move(internet));
  }
  if (!from.operation().empty()) {
    ASSIGN_OR_RETURN(state.operation, control::operation_from_text(from.operation()));
  }
  return state;
}

void encode(const control::RunState& from, v1::Run& to) {
  to.set_node(from.node);
  to.set_command(from.command);
  to.set_state(control::to_string(from.is));
  to.set_pid(from.pid);
  to.set_starts(from.starts);
  to.set_last_end(from.last_end);
  to.set_next_try_ms(static_cast<uint64_t>(from.next_try.count()));
}

control::RunState decode(const v1::Run& from) {
  control::RunState run;
  run.node = from.node();
  run.command = from.command();
  for (const auto is : {control::RunState::Is::kStarting, control::RunState::Is::kRunning,
                        control::RunState::Is::kFailing}) {
    if (control::to_string(is) == from.state()) run.is = is;
  }
  run.pid = from.pid();
  run.starts = from.starts();
  run.last_end = from.last_end();
  run.next_try = std::chrono::milliseconds(from.next_try_ms());
  return run;
}

void encode(const control::MachineState& from, v1::FleetMachine& to) {
  to.set_base(from.base);
  to.set_name(from.name);
  to.set_daemon(from.daemon);
  to.set_address(net::to_string(from.address));
  to.set_drained(from.drained);
  to.set_asked(from.asked);
  to.set_away(from.away);
  to.set_since_s(from.since_s);
  to.set_why(from.why);
  to.set_trouble(from.trouble);
  to.set_version(from.version);
  encode(from.facts, *to.mutable_facts());
  to.set_refused_old(from.refused_old);
  to.set_leaving(from.leaving);
  for (const auto& [owner, text] : from.troubles) (*to.mutable_troubles())[owner] = text;
}

Result<control::MachineState> decode(const v1::FleetMachine& from) {
  const auto address = net::parse_ipv4(from.address());
  if (!address) {
    return Error{Errc::kInvalidArgument, "a machine's address is '" + from.address() + "'"};
  }
  control::MachineState machine;
  machine.base = from.base();
  machine.name = from.name();
  machine.daemon = from.daemon();
  machine.address = *address;
  machine.drained = from.drained();
  machine.asked = from.asked();
  machine.away = from.away();
  machine.since_s = from.since_s();
  machine.why = from.why();
  machine.trouble = from.trouble();
  machine.version = from.version();
  if (from.has_facts()) {
    ASSIGN_OR_RETURN(machine.facts, decode(from.facts()));
  }
  machine.refused_old = from.refused_old();
  machine.leaving = from.leaving();
  machine.troubles.insert(from.troubles().begin(), from.troubles().end());
  return machine;
}

void encode(const control::Event& from, v1::Event& to) {
  to.set_id(from.id);
  to.set_time_us(from.time_us);
  to.set_kind(from.kind);
  to.set_object(from.object);
  to.set_text(from.text);
}

control::Event decode(const v1::Event& from) {
  return {from.id(), from.time_us(), from.kind(), from.object(), from.text()};
}

}  // namespace vinet::rpc
