// Machine columns: what machines of fleets say of themselves, alike wherever machines are listed.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vinet::cli {

using Attributes = std::map<std::string, std::string>;  // plan::MachineFacts::attributes

/// Titles of the cells below, for Table.
std::vector<std::string> machine_titles();
/// CPUs, memory to the mebibyte below it, nodes that it still takes, and its owner's attributes.
std::vector<std::string> machine_cells(const Attributes& attributes);
/// `attributes`, and of them the numbers `cpus`, `memory_bytes`, `nodes`, where they are known.
void add_attributes(nlohmann::json& machine, const Attributes& attributes);

}  // namespace vinet::cli
