#include "cli/verify_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/terminal.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

using machine::Finding;
using nlohmann::json;

std::string or_nothing(const std::string& text) {
  return text.empty() ? "nothing" : text;
}

std::string text_of(const Finding& finding) {
  return fmt::format("{}: {}: planned {}, found {}", finding.where, finding.what,
                     or_nothing(finding.planned), or_nothing(finding.found));
}

std::vector<std::string> lines_of(const Verified& object, Finding::Weight weight) {
  std::vector<std::string> lines;
  if (weight == Finding::Weight::kFault) {
    for (const plan::ModelFault& fault : object.model.faults) {
      lines.push_back(fmt::format("plan: {}: {}", fault.where, fault.what));
    }
    if (object.model.more_faults > 0) {
      lines.push_back(
          fmt::format("plan: and {} of routes", count(object.model.more_faults, "more fault")));
    }
  } else {
    for (const std::string& note : object.model.notes) lines.push_back("plan: " + note);
  }
  for (const Finding& finding : object.findings) {
    if (finding.weight == weight) lines.push_back(text_of(finding));
  }
  return lines;
}

std::string listed(const std::vector<std::string>& lines, size_t most, const std::string& before) {
  std::string text;
  const size_t shown = most == 0 ? lines.size() : std::min(most, lines.size());
  for (size_t i = 0; i < shown; ++i) text += before + lines[i] + "\n";
  if (shown < lines.size()) {
    text += fmt::format("{}and {} more (--verbose lists all)\n", before, lines.size() - shown);
  }
  return text;
}

std::string addresses_text(size_t n) {
  return n == 1 ? "1 address" : fmt::format("{} addresses", n);
}

/// `14 nodes, 18 links, 212 routes, 96 map entries`.
std::string what_was_compared(const Verified& object) {
  const machine::Compared& compared = object.compared;
  std::string text =
      fmt::format("{}, {}, {}, {}", count(object.nodes, object.internet ? "node" : "machine"),
                  count(object.links, "link"), addresses_text(compared.addresses),
                  count(compared.routes, "route"));
  if (object.internet) {
    text += fmt::format(", {} map {}, {}", compared.map_entries,
                        compared.map_entries == 1 ? "entry" : "entries",
                        count(compared.filters, "filter"));
  }
  return text;
}

std::string ways_text(const plan::ModelReport& model) {
  if (model.addresses == 0) return "";
  if (model.addresses_walked == model.addresses) {
    return fmt::format("; {} walked", count(model.ways, "way"));
  }
  return fmt::format("; {} walked, to {} of {} addresses", count(model.ways, "way"),
                     model.addresses_walked, model.addresses);
}

std::string text_of(const machine::CanaryReport& canary, size_t most, bool colour) {
  std::string text =
      fmt::format("canary: {} of {} listen: ", canary.listened, count(canary.nodes, "node"));
  text += canary.findings.empty()
              ? paint("isolated", Colour::kGreen, colour)
              : paint(count(canary.findings.size(), "fault"), Colour::kRed, colour);
  text += "\n";
  std::vector<std::string> lines;
  for (const Finding& finding : canary.findings) lines.push_back(text_of(finding));
  text += listed(lines, most, "  ");
  for (const machine::CanaryKind& kind : canary.kinds) {
    if (kind.sent + kind.refused == 0) continue;
    const std::string arrived = kind.arrived == 0           ? "none"
                                : kind.arrived == kind.sent ? "all"
                                                            : std::to_string(kind.arrived);
    text += fmt::format("  {:<40}{:>6} sent, {} arrived{}\n", kind.name, kind.sent, arrived,
                        kind.refused == 0 ? "" : fmt::format(", {} refused", kind.refused));
  }
  for (const std::string& line : canary.sampled) text += "  a sample: " + line + "\n";
  return text;
}

json json_of(const Finding& finding) {
  return {{"where", finding.where},
          {"what", finding.what},
          {"planned", finding.planned},
          {"found", finding.found}};
}

json json_of(const machine::CanaryReport& canary) {
  json kinds = json::array(), faults = json::array();
  for (const machine::CanaryKind& kind : canary.kinds) {
    kinds.push_back({{"name", kind.name},
                     {"sent", kind.sent},
                     {"refused", kind.refused},
                     {"arrived", kind.arrived},
                     {"shall_arrive", kind.shall_arrive}});
  }
  for (const Finding& finding : canary.findings) faults.push_back(json_of(finding));
  return {{"nodes", canary.nodes},
          {"listened", canary.listened},
          {"kinds", kinds},
          {"faults", faults},
          {"sampled", canary.sampled}};
}

json json_of(const Verified& object) {
  json model_faults = json::array(), faults = json::array(), notes = json::array();
  for (const plan::ModelFault& fault : object.model.faults) {
    model_faults.push_back({{"where", fault.where}, {"what", fault.what}});
  }
  for (const Finding& finding : object.findings) {
    (finding.weight == Finding::Weight::kFault ? faults : notes).push_back(json_of(finding));
  }
  const machine::Compared& compared = object.compared;
  return {{"name", object.name},
          {"kind", object.internet ? "internet" : "base"},
          {"as_planned", object.faults() == 0},
          {object.internet ? "nodes" : "machines", object.nodes},
          {"links", object.links},
          {"plan",
           {{"faults", model_faults},
            {"more_faults", object.model.more_faults},
            {"notes", object.model.notes},
            {"ways_walked", object.model.ways},
            {"addresses", object.model.addresses},
            {"addresses_walked", object.model.addresses_walked}}},
          {"kernel",
           {{"faults", faults},
            {"notes", notes},
            {"compared",
             {{"namespaces", compared.namespaces},
              {"devices", compared.devices},
              {"addresses", compared.addresses},
              {"routes", compared.routes},
              {"map_entries", compared.map_entries},
              {"filters", compared.filters}}}}}};
}

}  // namespace

size_t Verified::faults() const {
  const auto is_fault = [](const Finding& finding) {
    return finding.weight == Finding::Weight::kFault;
  };
  return model.faults.size() + model.more_faults +
         static_cast<size_t>(std::count_if(findings.begin(), findings.end(), is_fault));
}

size_t VerifyReport::fault_count() const {
  size_t sum = faults.size();
  for (const Verified& object : objects) sum += object.faults();
  if (canary) sum += canary->findings.size();
  return sum;
}

std::string text_of(const VerifyReport& report, size_t most, bool colour) {
  std::string text = listed(report.faults, 0, "");
  for (const Verified& object : report.objects) {
    const size_t faults = object.faults();
    text += object.name + ": " + what_was_compared(object) + " ";
    text += faults == 0 ? paint("as planned", Colour::kGreen, colour)
                        : "compared: " + paint(count(faults, "fault"), Colour::kRed, colour);
    text += ways_text(object.model) + "\n";
    text += listed(lines_of(object, Finding::Weight::kFault), most, "  ");
    text += listed(lines_of(object, Finding::Weight::kNote), most, "  note: ");
  }
  if (report.canary) text += text_of(*report.canary, most, colour);
  return text;
}

json json_of(const VerifyReport& report) {
  json objects = json::array();
  for (const Verified& object : report.objects) objects.push_back(json_of(object));
  return {{"as_planned", report.fault_count() == 0},
          {"faults", report.faults},
          {"objects", std::move(objects)},
          {"canary", report.canary ? json_of(*report.canary) : json(nullptr)}};
}

}  // namespace vinet::cli
