#include "cli/machine_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "plan/where.h"
#include "support/units.h"

namespace vinet::cli {
namespace {

std::optional<uint64_t> number_in(const Attributes& attributes, const char* name) {
  const auto at = attributes.find(name);
  return at == attributes.end() ? std::nullopt : plan::number_of(at->second);
}

}  // namespace

std::vector<std::string> machine_titles() {
  return {">CPUS", ">MEMORY", ">NODES", "ATTRIBUTES"};
}

std::vector<std::string> machine_cells(const Attributes& attributes) {
  const auto text = [&](const char* name) {
    const auto at = attributes.find(name);
    return at == attributes.end() ? std::string() : at->second;
  };
  constexpr uint64_t kMebibyte = 1ULL << 20;
  const auto bytes = number_in(attributes, "memory");
  std::vector<std::string> words;
  for (const auto& [name, value] : attributes) {
    if (name != "memory" && name != "cpus" && name != "nodes") words.push_back(name + "=" + value);
  }
  return {text("cpus"), bytes ? to_string(Size{*bytes - *bytes % kMebibyte}) : text("memory"),
          text("nodes"), fmt::format("{}", fmt::join(words, " "))};
}

void add_attributes(nlohmann::json& machine, const Attributes& attributes) {
  machine["attributes"] = attributes;
  using Pair = std::pair<const char*, const char*>;
  for (const auto& [name, key] :
       {Pair{"cpus", "cpus"}, {"memory", "memory_bytes"}, {"nodes", "nodes"}}) {
    if (const auto number = number_in(attributes, name)) machine[key] = *number;
  }
}

}  // namespace vinet::cli
