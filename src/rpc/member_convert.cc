#include "rpc/member_convert.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "net/ip.h"
#include "slice/slice_json.h"

namespace vinet::rpc {
namespace {

using nlohmann::json;

/// The first member of `sent` that `known` has not, by its name; "" where there is none.
std::string unknown_member(const json& sent, const json& known) {
  if (sent.is_object() && known.is_object()) {
    for (const auto& [name, value] : sent.items()) {
      const auto here = known.find(name);
      if (here == known.end()) return name;
      if (std::string below = unknown_member(value, *here); !below.empty()) return below;
    }
  }
  if (sent.is_array() && known.is_array()) {
    for (size_t i = 0; i < std::min(sent.size(), known.size()); ++i) {
      if (std::string below = unknown_member(sent[i], known[i]); !below.empty()) return below;
    }
  }
  return "";
}

/// What this vinet would write of what it read has all that was sent, or it did not understand all.
Result<std::vector<slice::Slice>> read_slices(const std::string& text) {
  Result<std::vector<slice::Slice>> read = slice::from_json(text);
  const bool other_members =
      !read && read.error().message.find("members, found") != std::string::npos;
  if (other_members && json::accept(text)) {
    return Error{Errc::kUnimplemented,
                 fmt::format("this machine's vinet ({}) does not understand it ({}); it is older "
                             "than the controller's",
                             VINET_VERSION, read.error().message),
                 0};
  }
  if (!read) return std::move(read).error();
  std::vector<slice::Slice> slices = *std::move(read);
  const std::string known = slice::to_json(slices);
  if (known == text) return slices;
  const std::string unknown =
      unknown_member(json::parse(text, nullptr, false), json::parse(known, nullptr, false));
  if (unknown.empty()) return slices;
  return Error{
      Errc::kUnimplemented,
      fmt::format("this machine's vinet ({}) does not know the attribute '{}'; it is older "
                  "than the controller's",
                  VINET_VERSION, unknown),
      0};
}

bool has_unknown_fields(const google::protobuf::Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

}  // namespace

void encode(const fleet::Order& from, v1::Order& to) {
  to.set_store(from.store);
  to.set_instance(from.instance);
  to.set_term(from.term);
  to.set_generation(from.generation);
  to.set_operation(from.operation);
}

fleet::Order decode(const v1::Order& from) {
  return {from.store(), from.instance(), from.term(), from.generation(), from.operation()};
}

void encode(const fleet::Holding& from, v1::Holding& to) {
  const auto& [owner, internet, slices, namespaces, runs, hosts_text, tenant, lease_s] = from;
  to.set_owner(owner);
  to.set_internet(internet);
  to.set_slices(slice::to_json(slices));
  for (const std::string& name : namespaces) to.add_namespaces(name);
  for (const auto& [node, command] : runs) (*to.mutable_runs())[node] = command;
  to.set_hosts_text(hosts_text);
  to.set_tenant(tenant);
  if (lease_s) to.set_lease_s(*lease_s);
}

Result<fleet::Holding> decode(const v1::Holding& from) {
  if (has_unknown_fields(from)) {
    return Error{Errc::kUnimplemented,
                 fmt::format("this machine's vinet ({}) does not know all that it is told of '{}'; "
                             "it is older than the controller's",
                             VINET_VERSION, from.owner()),
                 0};
  }
  fleet::Holding holding;
  holding.owner = from.owner();
  holding.internet = from.internet();
  auto slices = read_slices(from.slices());
  if (!slices) return std::move(slices).error().within(from.owner());
  holding.slices = *std::move(slices);
  holding.namespaces = {from.namespaces().begin(), from.namespaces().end()};
  holding.runs = {from.runs().begin(), from.runs().end()};
  holding.hosts_text = from.hosts_text();
  holding.tenant = from.tenant();
  if (from.has_lease_s()) holding.lease_s = from.lease_s();
  return holding;
}

void encode(const plan::MachineFacts& from, v1::MachineFacts& to) {
  const auto& [base_address, features, own_prefixes, attributes, takes_none_because] = from;
  if (base_address != net::Ipv4()) to.set_base_address(net::to_string(base_address));
  to.set_netem(features.netem);
  to.set_tbf(features.tbf);
  to.set_htb(features.htb);
  for (const net::IpPrefix& prefix : own_prefixes) to.add_own_prefixes(net::to_string(prefix));
  for (const auto& [name, value] : attributes) (*to.mutable_attributes())[name] = value;
  to.set_takes_none_because(takes_none_because);
}

Result<plan::MachineFacts> decode(const v1::MachineFacts& from) {
  const auto bad = [](const std::string& what) {
    return Error{Errc::kInternal, "the machine reports " + what, 0};
  };
  plan::MachineFacts facts;
  if (!from.base_address().empty()) {
    const auto address = net::parse_ipv4(from.base_address());
    if (!address) return bad("a base address '" + from.base_address() + "'");
    facts.base_address = *address;
  }
  facts.features = {from.netem(), from.tbf(), from.htb()};
  for (const std::string& text : from.own_prefixes()) {
    const auto prefix = net::parse_prefix(text);
    if (!prefix) return bad("a prefix '" + text + "'");
    facts.own_prefixes.push_back(*prefix);
  }
  facts.attributes = {from.attributes().begin(), from.attributes().end()};
  facts.takes_none_because = from.takes_none_because();
  return facts;
}

void encode(const fleet::MemberReport& from, v1::MemberReport& to) {
  const auto& [boot, version, facts, all_held, reservations, runs, refused_old, trouble, terms] =
      from;
  to.set_boot(boot);
  to.set_version(version);
  encode(facts, *to.mutable_facts());
  for (const fleet::Held& held : all_held) {
    v1::Held& one = *to.add_held();
    one.set_owner(held.owner);
    one.set_store(held.store);
    one.set_generation(held.generation);
    one.set_digest(held.digest);
    one.set_trouble(held.trouble);
    if (held.lease_left_s) one.set_lease_left_s(*held.lease_left_s);
  }
  for (const std::string& operation : reservations) to.add_reservations(operation);
  for (const fleet::RunReport& run : runs) {
    v1::MemberRun& one = *to.add_runs();
    one.set_node(run.node);
    one.set_state(run.state);
    one.set_command(run.command);
    one.set_last_end(run.last_end);
    one.set_pid(run.pid);
    one.set_starts(run.starts);
    one.set_next_try_ms(run.next_try_ms);
  }
  to.set_refused_old(refused_old);
  to.set_trouble(trouble);
  for (const auto& [store, term] : terms) (*to.mutable_terms())[store] = term;
}

Result<fleet::MemberReport> decode(const v1::MemberReport& from) {
  fleet::MemberReport report;
  report.boot = from.boot();
  report.version = from.version();
  ASSIGN_OR_RETURN(report.facts, decode(from.facts()));
  for (const v1::Held& held : from.held()) {
    fleet::Held one{held.owner(),  held.store(),   held.generation(),
                    held.digest(), held.trouble(), {}};
    if (held.has_lease_left_s()) one.lease_left_s = held.lease_left_s();
    report.held.push_back(std::move(one));
  }
  report.reservations = {from.reservations().begin(), from.reservations().end()};
  for (const v1::MemberRun& run : from.runs()) {
    report.runs.push_back({run.node(), run.state(), run.command(), run.last_end(), run.pid(),
                           run.starts(), run.next_try_ms()});
  }
  report.refused_old = from.refused_old();
  report.terms = {from.terms().begin(), from.terms().end()};
  report.trouble = from.trouble();
  return report;
}

}  // namespace vinet::rpc
