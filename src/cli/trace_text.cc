#include "cli/trace_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/names.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/trace_tree.h"
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

/// The node's name where the address is one of the internet's, else the address.
std::string label(const plan::InternetPlan& internet, const net::IpAddress& address) {
  const plan::NodePlan* node = node_with(internet, address);
  return node != nullptr ? node->name : net::to_string(address);
}

/// All headers of a step as on the packet, innermost first.
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

/// Each report of a program, a line each.
std::string steps_text(const Trace& trace, const Layers& layers, bool reply) {
  Table table({});
  for (const machine::ProbeStep& step : trace.report.steps) {
    if (step.reply != reply) {
      continue;
    }
    table.row({step.machine, word_of(step.event),
               step.owner.empty() ? "?" : step.owner + "." + step.node,
               fmt::format("ttl {}", step.inner_ttl), remark(step),
               headers_of(step, layers.internet(layers.top()))});
  }
  return table.text(1);
}

std::string arrow(const std::string& from, const std::string& to) {
  const auto known = [](const std::string& name) { return name.empty() ? "?" : name; };
  return fmt::format("{} → {}", known(from), known(to));
}

/// Draws hops: those that a hop is carried by under it, further in only where there are several.
class Drawing {
 public:
  Drawing(const Trace& trace, const Layers& layers, bool reply)
      : trace_(trace), layers_(layers), reply_(reply) {}

  std::string text(const std::vector<Hop>& hops, bool colour) {
    for (size_t i = 0; i < hops.size(); ++i) {
      draw(hops[i], fmt::format("{:>2}  ", i + 1), "    ");
    }
    return table_.text(0, colour);
  }

 private:
  void draw(const Hop& hop, const std::string& first, const std::string& rest) {
    table_.row(
        {first + arrow(hop.from, hop.to), hop.in, place_of(hop), header_of(hop), remark_of(hop)});
    const auto& inside = hop.carried_by;
    for (size_t i = 0; i < inside.size(); ++i) {
      const bool last = i + 1 == inside.size();
      if (inside.size() == 1) {
        draw(inside[i], rest, rest);
      } else {
        draw(inside[i], rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  "));
      }
    }
  }

  static std::string place_of(const Hop& hop) {
    if (hop.layer > 0) {
      const bool same = !hop.from_at.empty() && hop.from_at == hop.to_at;
      return same ? "both on " + hop.from_at : arrow(hop.from_at, hop.to_at);
    }
    std::string text = hop.out_of.empty() ? "" : "out of " + hop.out_of;
    if (!hop.in_from.empty()) {
      text += (text.empty() ? "" : ", ") + ("in from " + hop.in_from);
    }
    return text;
  }

  static std::string header_of(const Hop& hop) {
    if (hop.header) {
      return arrow(net::to_string(hop.header->first), net::to_string(hop.header->second));
    }
    return hop.end == Hop::End::kDropped ? "" : "none, inside " + hop.pushed_by;
  }

  std::string remark_of(const Hop& hop) const {
    std::vector<std::string> remarks;
    if (hop.layer == layers_.top()) {
      remarks.push_back(fmt::format("ttl {}", hop.ttl));
      // Somebody on the way may have rewritten it.
      const auto& source = reply_ ? trace_.destination : trace_.source;
      const auto& destination = reply_ ? trace_.source : trace_.destination;
      if (hop.source != source || hop.destination != destination) {
        const plan::InternetPlan& internet = layers_.internet(layers_.top());
        remarks.push_back("inside: " +
                          arrow(label(internet, hop.source), label(internet, hop.destination)));
      }
    }
    if (hop.end == Hop::End::kDropped) {
      remarks.push_back(fmt::format("dropped: {} at {}", hop.reason, hop.dropped_at));
    }
    if (hop.end == Hop::End::kLost) {
      remarks.emplace_back("arrival not seen");
    }
    return fmt::format("{}", fmt::join(remarks, ", "));
  }

  const Trace& trace_;
  const Layers& layers_;
  const bool reply_;
  Table table_{{"    HOP", "LAYER", "AT", "HEADER", ""}};
};

std::string way_text(const Trace& trace, const Layers& layers, bool reply,
                     const TraceStyle& style) {
  if (style.steps) {
    return steps_text(trace, layers, reply);
  }
  return Drawing(trace, layers, reply).text(hops_of(trace.report, layers, reply), style.colour);
}

nlohmann::json json_of(const std::vector<Hop>& hops) {
  using nlohmann::json;
  json list = json::array();
  for (const Hop& hop : hops) {
    json one = {{"layer", hop.layer},
                {"in", hop.in},
                {"link", hop.link},
                {"from", hop.from},
                {"to", hop.to},
                {"from_at", hop.from_at},
                {"to_at", hop.to_at},
                {"pushed_by", hop.pushed_by},
                {"out_of", hop.out_of},
                {"in_from", hop.in_from},
                {"ttl", hop.ttl},
                {"end", hop.end == Hop::End::kArrived   ? "arrived"
                        : hop.end == Hop::End::kDropped ? "dropped"
                                                        : "lost"},
                {"carried_by", json_of(hop.carried_by)}};
    one["header"] = nullptr;
    if (hop.header) {
      one["header"] = {{"source", net::to_string(hop.header->first)},
                       {"destination", net::to_string(hop.header->second)}};
    }
    if (hop.end == Hop::End::kDropped) {
      one["reason"] = hop.reason;
      one["dropped_at"] = hop.dropped_at;
    }
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace

TraceEnd end_of(const Trace& trace, const Layers& layers) {
  const plan::InternetPlan& internet = layers.internet(layers.top());
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
    case Event::kDrop: {
      const std::vector<Hop> hops = hops_of(trace.report, layers, false);
      const Hop* hop = dropped_in(hops);
      const std::string in =
          hop == nullptr ? "" : fmt::format(", in {} ({})", hop->in, arrow(hop->from, hop->to));
      return {false, fmt::format("dropped: {} at {}{}", last->reason, last->machine, in)};
    }
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

std::string text_of(const Trace& trace, const Layers& layers, const TraceStyle& style) {
  const TraceEnd end = end_of(trace, layers);
  std::string text =
      paint(fmt::format("from {} ({}) to {} ({})", trace.from, net::to_string(trace.source),
                        trace.to, net::to_string(trace.destination)),
            Colour::kBold, style.colour) +
      "\n";
  text += way_text(trace, layers, false, style);
  text += paint(end.text, end.delivered ? Colour::kGreen : Colour::kRed, style.colour) + "\n";
  if (!trace.report.error.empty()) {
    text += trace.report.error + "\n";
  }
  if (style.reply) {
    text += "the reply:\n" + way_text(trace, layers, true, style);
  }
  text += trace.report.answered
              ? fmt::format("the reply came back after {} us\n", trace.report.round_trip_us)
              : std::string("no reply came back\n");
  return text;
}

nlohmann::json json_of(const Trace& trace, const Layers& layers) {
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
  const TraceEnd end = end_of(trace, layers);
  json names = json::array();
  for (size_t layer = 0; layer <= layers.top(); ++layer) {
    names.push_back(layers.name_of(layer));
  }
  json all = {{"from", trace.from},
              {"to", trace.to},
              {"source", net::to_string(trace.source)},
              {"destination", net::to_string(trace.destination)},
              {"delivered", end.delivered},
              {"end", end.text},
              {"answered", trace.report.answered},
              {"error", trace.report.error},
              {"layers", names},
              {"hops", json_of(hops_of(trace.report, layers, false))},
              {"reply_hops", json_of(hops_of(trace.report, layers, true))},
              {"steps", steps}};
  if (trace.report.answered) {
    all["round_trip_us"] = trace.report.round_trip_us;
  }
  return all;
}

}  // namespace vinet::cli
