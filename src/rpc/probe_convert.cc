#include "rpc/probe_convert.h"

#include <array>

#include "net/ip.h"

namespace vinet::rpc {
namespace {

using Event = machine::ProbeStep::Event;
constexpr std::array<std::pair<Event, const char*>, 4> kEvents = {{{Event::kPush, "push"},
                                                                   {Event::kPop, "pop"},
                                                                   {Event::kDeliver, "deliver"},
                                                                   {Event::kDrop, "drop"}}};
constexpr uint32_t kMostTries = 100;

Result<net::IpAddress> address(const std::string& text) {
  const auto parsed = net::parse_address(text);
  if (!parsed) return Error{Errc::kInvalidArgument, "'" + text + "' is no IP address"};
  return *parsed;
}

}  // namespace

void encode(const machine::PingTask& from, v1::PingTask& to) {
  to.set_node(from.node);
  to.set_source(net::to_string(from.source));
  to.set_destination(net::to_string(from.destination));
}

Result<machine::PingTask> decode(const v1::PingTask& from) {
  machine::PingTask task;
  task.node = from.node();
  ASSIGN_OR_RETURN(task.source, address(from.source()));
  ASSIGN_OR_RETURN(task.destination, address(from.destination()));
  if (task.source.index() != task.destination.index()) {
    return Error{Errc::kInvalidArgument,
                 from.source() + " and " + from.destination() + " are of two families"};
  }
  return task;
}

Result<machine::PingOptions> ping_options(const v1::PingRequest& from) {
  if (from.timeout_ms() > kLongestWaitMs || from.tries() < 1 || from.tries() > kMostTries) {
    return Error{Errc::kInvalidArgument, "ping: 1 to 100 tries, each of at most 60 s"};
  }
  return machine::PingOptions{std::chrono::milliseconds(from.timeout_ms()),
                              static_cast<int>(from.tries())};
}

void encode(const machine::ProbeReport& from, v1::ProbeReply& to) {
  for (const machine::ProbeStep& step : from.steps) {
    v1::ProbeStep& one = *to.add_steps();
    one.set_time_ns(step.time_ns);
    for (const auto& [event, name] : kEvents) {
      if (event == step.event) one.set_event(name);
    }
    one.set_reply(step.reply);
    one.set_machine(step.machine);
    one.set_owner(step.owner);
    one.set_link(step.link);
    one.set_node(step.node);
    one.set_base_device(step.base_device);
    one.set_reason(step.reason);
    one.set_inner_ttl(step.inner_ttl);
    one.set_inner_source(net::to_string(step.inner_source));
    one.set_inner_destination(net::to_string(step.inner_destination));
    for (const auto& [source, destination] : step.headers) {
      v1::ProbeHeader& header = *one.add_headers();
      header.set_source(net::to_string(source));
      header.set_destination(net::to_string(destination));
    }
  }
  to.set_answered(from.answered);
  to.set_round_trip_us(from.round_trip_us);
  to.set_error(from.error);
}

Result<machine::ProbeReport> decode(const v1::ProbeReply& from) {
  machine::ProbeReport report;
  for (const v1::ProbeStep& one : from.steps()) {
    machine::ProbeStep& step = report.steps.emplace_back();
    step.time_ns = one.time_ns();
    for (const auto& [event, name] : kEvents) {
      if (one.event() == name) step.event = event;
    }
    step.reply = one.reply();
    step.machine = one.machine();
    step.owner = one.owner();
    step.link = one.link();
    step.node = one.node();
    step.base_device = one.base_device();
    step.reason = one.reason();
    step.inner_ttl = one.inner_ttl();
    ASSIGN_OR_RETURN(step.inner_source, address(one.inner_source()));
    ASSIGN_OR_RETURN(step.inner_destination, address(one.inner_destination()));
    for (const v1::ProbeHeader& header : one.headers()) {
      const auto source = net::parse_ipv4(header.source());
      const auto destination = net::parse_ipv4(header.destination());
      if (!source || !destination) {
        return Error{Errc::kInternal, "the daemon reported a header without addresses"};
      }
      step.headers.emplace_back(*source, *destination);
    }
  }
  report.answered = from.answered();
  report.round_trip_us = from.round_trip_us();
  report.error = from.error();
  return report;
}

void encode(const machine::LinkCounters& from, v1::LinkCounters& to) {
  to.set_owner(from.owner);
  to.set_link(from.link);
  to.set_node(from.node);
  to.set_machine(from.machine);
  to.set_tx_packets(from.tx_packets);
  to.set_tx_bytes(from.tx_bytes);
  to.set_rx_packets(from.rx_packets);
  to.set_rx_bytes(from.rx_bytes);
  for (const auto& [reason, packets] : from.drops) {
    v1::Drop& drop = *to.add_drops();
    drop.set_reason(reason);
    drop.set_packets(packets);
  }
}

machine::LinkCounters decode(const v1::LinkCounters& from) {
  machine::LinkCounters counters{from.owner(),      from.link(),       from.node(),
                                 from.machine(),    from.tx_packets(), from.tx_bytes(),
                                 from.rx_packets(), from.rx_bytes(),   {}};
  for (const v1::Drop& drop : from.drops()) {
    counters.drops.emplace_back(drop.reason(), drop.packets());
  }
  return counters;
}

}  // namespace vinet::rpc
