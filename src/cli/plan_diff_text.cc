#include "cli/plan_diff_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <nlohmann/json.hpp>

#include "cli/terminal.h"

namespace vinet::cli {
namespace {

using plan::ObjectChange;
using What = ObjectChange::What;

struct Sign {
  const char* text;
  Colour colour;
};

Sign sign_of(What what) {
  switch (what) {
    case What::kAdded:
      return {"+", Colour::kGreen};
    case What::kRemoved:
      return {"-", Colour::kRed};
    case What::kMoved:
      return {">", Colour::kYellow};
    case What::kAnnotated:
      return {"=", Colour::kDim};
    case What::kChanged:
      break;
  }
  return {"~", Colour::kYellow};
}

std::string facts_of(const ObjectChange& change) {
  std::vector<std::string> words;
  for (const plan::FactChange& fact : change.facts) {
    const bool both = change.what != What::kAdded && change.what != What::kRemoved;
    const auto value = [](const std::string& text) { return text.empty() ? "none" : text; };
    words.push_back(both
                        ? fmt::format("{} {} -> {}", fact.fact, value(fact.from), value(fact.to))
                        : fmt::format("{} {}", fact.fact, fact.from.empty() ? fact.to : fact.from));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::string text_of(const std::vector<ObjectChange>& changes, bool colour) {
  if (changes.empty()) return "no changes\n";
  std::string text;
  std::map<std::string, std::map<What, size_t>> routes;  // by machine or node
  std::vector<std::string> order;
  for (const ObjectChange& change : changes) {
    if (change.kind == ObjectChange::Kind::kRoute) {
      const std::string owner = change.name.substr(0, change.name.find(' '));
      if (!routes.contains(owner)) order.push_back(owner);
      ++routes[owner][change.what];
      continue;
    }
    const Sign sign = sign_of(change.what);
    const std::string facts = facts_of(change);
    text +=
        fmt::format("{} {} {}{}{}\n", paint(sign.text, sign.colour, colour),
                    plan::to_string(change.kind), change.name, facts.empty() ? "" : ": ", facts);
  }
  for (const std::string& owner : order) {
    std::vector<std::string> words;
    for (const auto& [what, n] : routes[owner]) {
      words.push_back(fmt::format("{} {}", n, plan::to_string(what)));
    }
    text += fmt::format("{} routes of {}: {}\n", paint("~", Colour::kYellow, colour), owner,
                        fmt::join(words, ", "));
  }
  return text;
}

std::string json_of(const std::vector<ObjectChange>& changes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ObjectChange& change : changes) {
    nlohmann::ordered_json facts = nlohmann::ordered_json::array();
    for (const plan::FactChange& fact : change.facts) {
      facts.push_back({{"fact", fact.fact}, {"from", fact.from}, {"to", fact.to}});
    }
    list.push_back({{"what", plan::to_string(change.what)},
                    {"kind", plan::to_string(change.kind)},
                    {"name", change.name},
                    {"facts", facts}});
  }
  return nlohmann::ordered_json{{"changes", list}}.dump(2) + "\n";
}

}  // namespace vinet::cli
