// How diagnostics spell things: 'name' for what the user chose, `word` for what the language
// defines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vinet::graph {

/// 'X'
std::string name_text(std::string_view name);
/// `mtu`
std::string code_text(std::string_view word);
/// 4,999,950,000
std::string number_text(uint64_t number);
/// "1 host", "3 hosts"
std::string count_text(uint64_t count, std::string_view word);
/// "did you mean 'X'?", or "" where no candidate is near, or there are too many to look through.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace vinet::graph
