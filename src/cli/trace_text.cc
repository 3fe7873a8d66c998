#include "cli/trace_text.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/names.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "net/ip.h"

namespace vinet::cli {
namespace {

using Event = machine::ProbeStep::Event;

std::string word_of(Event event) {
  switch (event) {
    case Event::kPush:
      return "push";
    case Event::kPop:
      return "pop";
    case Event::kDeliver:
      return "deliver";
    case Event::kDrop:
      return "drop";
  }
  return "";
}

/// `lab.X` as `X`.
std::string short_machine(const std::string& machine) {
  return machine.substr(machine.find('.') + 1);
}

/// The node's name where the address is one of the internet's, else the address.
std::string label(const plan::InternetPlan& internet, const net::IpAddress& address) {
  const plan::NodePlan* node = node_with(internet, address);
  return node != nullptr ? node->name : net::to_string(address);
}

/// All headers of a step as on the packet, innermost first: as VI Figure 7 draws them.
std::string headers_of(const machine::ProbeStep& step, const plan::InternetPlan& internet) {
  std::string text = fmt::format("{}→{}", label(internet, step.inner_source),
                                 label(internet, step.inner_destination));
  for (auto header = step.headers.rbegin(); header != step.headers.rend(); ++header) {
    text += fmt::format(" | {}→{}", net::to_string(header->first), net::to_string(header->second));
  }
  return text;
}

std::string remark(const machine::ProbeStep& step) {
  switch (step.event) {
    case Event::kPush:
      return step.base_device.empty() ? "inside the machine" : "out " + step.base_device;
    case Event::kPop:
      return step.base_device.empty() ? "" : "in " + step.base_device;
    case Event::kDeliver:
      return "";
    case Event::kDrop:
      return step.reason;
  }
  return "";
}

std::string table_of(const Trace& trace, const plan::InternetPlan& internet, bool reply) {
  Table table({"", "", "", "", "", "", ""});
  size_t hops = 0;
  bool crossing = false;  // a link: from the push, or the hand-over, to the delivery or drop
  for (const machine::ProbeStep& step : trace.report.steps) {
    if (step.reply != reply) {
      continue;
    }
    const bool first = !crossing || step.event == Event::kPush;
    hops += first ? 1 : 0;
    crossing = step.event == Event::kPush || step.event == Event::kPop;
    table.row({first ? fmt::format("{:>2}", hops) : "", step.node.empty() ? "?" : step.node,
               "at " + short_machine(step.machine), word_of(step.event), headers_of(step, internet),
               fmt::format("ttl {}", step.inner_ttl), remark(step)});
  }
  return table.text();
}

}  // namespace

TraceEnd end_of(const Trace& trace, const plan::InternetPlan& internet) {
  const machine::ProbeStep* last = nullptr;
  for (const machine::ProbeStep& step : trace.report.steps) {
    if (!step.reply) {
      last = &step;
    }
  }
  if (last == nullptr) {
    return {trace.report.answered, trace.report.answered ? "answered without leaving " + trace.from
                                                         : "it never left " + trace.from};
  }
  const std::string where =
      last->owner.empty() ? last->machine : fmt::format("{}.{}", last->owner, last->node);
  switch (last->event) {
    case Event::kDrop:
      return {false, fmt::format("dropped: {} at {}", last->reason, last->machine)};
    case Event::kPush:
      return {trace.report.answered,
              last->base_device.empty()
                  ? fmt::format("last seen: sent by {} inside {}", where, last->machine)
                  : fmt::format("last seen: sent by {} out of {} of {}", where, last->base_device,
                                last->machine)};
    case Event::kPop:
      return {trace.report.answered, fmt::format("last seen: taken in by {}", last->machine)};
    case Event::kDeliver:
      break;
  }
  const plan::NodePlan* destination = node_with(internet, trace.destination);
  const bool there =
      trace.report.answered ||
      (last->owner == internet.name && destination != nullptr && destination->name == last->node);
  return {there, there
                     ? fmt::format("delivered to {}", where)
                     : fmt::format("last seen: delivered to {}, which is not {}", where, trace.to)};
}

std::string text_of(const Trace& trace, const plan::InternetPlan& internet, bool reply,
                    bool colour) {
  const TraceEnd end = end_of(trace, internet);
  std::string text =
      paint(
          fmt::format("from {} ({}) to {} ({}): end header | link header | base header", trace.from,
                      net::to_string(trace.source), trace.to, net::to_string(trace.destination)),
          Colour::kBold, colour) +
      "\n";
  text += table_of(trace, internet, false);
  text += paint(end.text, end.delivered ? Colour::kGreen : Colour::kRed, colour) + "\n";
  if (!trace.report.error.empty()) {
    text += trace.report.error + "\n";
  }
  if (reply) {
    text += "the reply:\n" + table_of(trace, internet, true);
  }
  text += trace.report.answered
              ? fmt::format("the reply came back after {} us\n", trace.report.round_trip_us)
              : std::string("no reply came back\n");
  return text;
}

nlohmann::json json_of(const Trace& trace, const plan::InternetPlan& internet) {
  using nlohmann::json;
  json steps = json::array();
  for (const machine::ProbeStep& step : trace.report.steps) {
    json headers = json::array();
    for (const auto& [source, destination] : step.headers) {
      headers.push_back(
          {{"source", net::to_string(source)}, {"destination", net::to_string(destination)}});
    }
    json one = {{"time_ns", step.time_ns},
                {"event", word_of(step.event)},
                {"reply", step.reply},
                {"machine", step.machine},
                {"internet", step.owner},
                {"link", step.link},
                {"node", step.node},
                {"base_device", step.base_device},
                {"ttl", step.inner_ttl},
                {"source", net::to_string(step.inner_source)},
                {"destination", net::to_string(step.inner_destination)},
                {"headers", headers}};
    if (step.event == Event::kDrop) {
      one["reason"] = step.reason;
    }
    steps.push_back(std::move(one));
  }
  const TraceEnd end = end_of(trace, internet);
  json all = {{"from", trace.from},
              {"to", trace.to},
              {"source", net::to_string(trace.source)},
              {"destination", net::to_string(trace.destination)},
              {"delivered", end.delivered},
              {"end", end.text},
              {"answered", trace.report.answered},
              {"error", trace.report.error},
              {"steps", steps}};
  if (trace.report.answered) {
    all["round_trip_us"] = trace.report.round_trip_us;
  }
  return all;
}

}  // namespace vinet::cli
