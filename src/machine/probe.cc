// Sends the echo, collects the records of all machines, and puts them in order of time (one clock
// for all).
#include "machine/probe.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "machine/counters.h"
#include "machine/encode.h"
#include "machine/icmp.h"
#include "machine/view.h"
#include "support/random.h"
#include "vi_parse.h"

namespace vinet::machine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 5;
// Records of the last step may be written after the reply has been read.
constexpr std::chrono::milliseconds kLinger{20};

net::IpAddress address_of(uint8_t family, const uint8_t (&bytes)[16]) {
  if (family == 6) {
    net::Ipv6 address;
    std::copy(std::begin(bytes), std::end(bytes), address.bytes.begin());
    return address;
  }
  uint32_t be = 0;
  std::memcpy(&be, bytes, sizeof be);
  return from_be(be);
}

ProbeStep::Event event_of(uint8_t event) {
  switch (event) {
    case VI_EVENT_PUSH:
      return ProbeStep::Event::kPush;
    case VI_EVENT_POP:
      return ProbeStep::Event::kPop;
    case VI_EVENT_DELIVER:
      return ProbeStep::Event::kDeliver;
    default:
      return ProbeStep::Event::kDrop;
  }
}

std::string error_text(const IcmpMessage& message) {
  const std::string from = " from " + net::to_string(message.from);
  switch (message.kind) {
    case IcmpMessage::Kind::kTimeExceeded:
      return "time exceeded" + from;
    case IcmpMessage::Kind::kUnreachable:
      return "destination unreachable" + from;
    case IcmpMessage::Kind::kTooBig:
      return "packet too big (MTU " + std::to_string(message.mtu_bytes) + ")" + from;
    case IcmpMessage::Kind::kParameterProblem:
      return "parameter problem" + from;
    case IcmpMessage::Kind::kReply:
      break;
  }
  return "";
}

/// Programs report while this lives.
class Watch {
 public:
  Watch(kernel::Programs& programs, const View& view) : programs_(programs), view_(view) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { stop(); }

  void stop() {
    for (const std::string& machine : machines_) {
      // Nothing to be done about a failure: a machine that is gone traces nothing.
      static_cast<void>(programs_.set_probe(machine, 0));
    }
    machines_.clear();
  }
  /// What is watched goes on being watched; another will stop it.
  void leave() { machines_.clear(); }
  /// What another began to watch.
  void adopt() {
    for (const auto& [machine, held] : view_.programs) {
      if (held.attachment.loaded) machines_.push_back(machine);
    }
  }

  Status start(uint64_t nonce) {
    for (const auto& [machine, held] : view_.programs) {
      if (!held.attachment.loaded) continue;
      TRY(programs_.take_records(machine));  // of a probe that was killed
      machines_.push_back(machine);
      TRY(programs_.set_probe(machine, nonce));
    }
    return ok();
  }

  Status collect(uint64_t nonce, std::vector<ProbeStep>& steps) {
    for (const std::string& machine : machines_) {
      ASSIGN_OR_RETURN(const auto records, programs_.take_records(machine));
      for (const vi_record& record : records) {
        if (record.probe_nonce != nonce) continue;
        steps.push_back(step_from(record, machine, view_.spaces.at(machine).devices));
      }
    }
    return ok();
  }

 private:
  kernel::Programs& programs_;
  const View& view_;
  std::vector<std::string> machines_;
};

}  // namespace

ProbeStep step_from(const vi_record& record, const std::string& machine,
                    const std::vector<kernel::ObservedDevice>& devices) {
  ProbeStep step;
  step.time_ns = record.time_ns;
  step.event = event_of(record.event);
  step.reply = record.inner_icmp_type == (record.inner_family == 6 ? 129 : 0);
  step.machine = machine;
  for (const auto& device : devices) {
    if (record.base_ifindex != 0 && device.ifindex == record.base_ifindex)
      step.base_device = device.device.name;
    if (record.backside == 0 || device.ifindex != record.backside) continue;
    if (const auto mark = slice::parse_device_mark(device.device.alias)) {
      step.owner = mark->owner;
      step.link = mark->link;
      step.node = mark->at;
    }
  }
  if (step.event == ProbeStep::Event::kDrop) step.reason = reason_name(record.reason);
  step.inner_ttl = record.inner_ttl;
  step.inner_source = address_of(record.inner_family, record.inner_src);
  step.inner_destination = address_of(record.inner_family, record.inner_dst);
  for (size_t i = 0; i < std::min<size_t>(record.header_count, VI_MAX_HEADERS); ++i) {
    vi_header header;
    std::memcpy(&header, record.headers[i], sizeof header);
    step.headers.emplace_back(from_be(header.src_be), from_be(header.dst_be));
  }
  return step;
}

Result<ProbeReport> probe(kernel::Kernel& kernel, const PingTask& task, int ttl,
                          std::chrono::milliseconds timeout, uint64_t nonce) {
  ASSIGN_OR_RETURN(const View view, look(kernel, Sight{}));
  ASSIGN_OR_RETURN(const EchoSocket socket,
                   EchoSocket::open(kernel.namespaces(), task.node, task.source, true, ttl));
  ProbeReport report;
  if (nonce == 0) nonce = random_nonce();
  Watch watch(kernel.programs(), view);
  TRY_IN("probe from " + task.node, watch.start(nonce));

  const auto start = Clock::now();
  auto end = start + timeout;
  bool ended = false;
  if (Status sent = socket.send(task.destination, {1, 1, nonce, 0}); !sent) {
    report.error = sent.error().message;
    end = start;
  }
  while (Clock::now() < end) {
    socket.wait(kPollMs);
    while (const auto message = socket.receive()) {
      if (message->echo.nonce != nonce || ended) continue;
      ended = true;
      end = std::min(end, Clock::now() + kLinger);
      report.answered = message->kind == IcmpMessage::Kind::kReply;
      report.error = error_text(*message);
      report.round_trip_us = static_cast<uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
    }
    TRY(watch.collect(nonce, report.steps));
  }
  TRY(watch.collect(nonce, report.steps));
  std::stable_sort(report.steps.begin(), report.steps.end(),
                   [](const ProbeStep& x, const ProbeStep& y) { return x.time_ns < y.time_ns; });
  return report;
}

Result<uint64_t> watch_probe(kernel::Kernel& kernel, uint64_t nonce) {
  ASSIGN_OR_RETURN(const View view, look(kernel, Sight{}));
  Watch watch(kernel.programs(), view);
  TRY_IN("watch a probe", watch.start(nonce));
  watch.leave();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
          .count());
}

Result<std::vector<ProbeStep>> take_probe_steps(kernel::Kernel& kernel, uint64_t nonce) {
  ASSIGN_OR_RETURN(const View view, look(kernel, Sight{}));
  Watch watch(kernel.programs(), view);
  watch.adopt();
  std::vector<ProbeStep> steps;
  TRY_IN("watch a probe", watch.collect(nonce, steps));
  return steps;
}

}  // namespace vinet::machine
