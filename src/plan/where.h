// Where: the conditions by which an internet chooses machines of a fleet.
//
//   memory >= 2GiB, role = router       all must hold
//   NAME OP VALUE                       OP: = != < <= > >=; VALUE: a number, a size, or a word
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vinet::plan {

enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kAtMost, kMore, kAtLeast };

struct Condition {
  std::string name;  ///< of an attribute of a machine
  Comparison comparison = Comparison::kEqual;
  std::string value;               ///< as written: `2GiB`, `router`
  std::optional<uint64_t> number;  ///< the value, where it is a number or a size (in bytes)
  size_t begin = 0, end = 0;       ///< which bytes of the text it is
  friend bool operator==(const Condition&, const Condition&) = default;
};

/// What is wrong with a text, and which bytes of it.
struct WhereError {
  size_t begin = 0, end = 0;
  std::string message, note;
};

/// Reads conditions between commas. Words are only equal or not; names and words are
/// `[A-Za-z0-9_][A-Za-z0-9_.-]*`, and a word does not begin with a digit.
std::variant<std::vector<Condition>, WhereError> parse_where(std::string_view text);

/// A number, or a size in bytes: `4`, `2GiB`, `1.5 GB`. Nothing where it is neither.
std::optional<uint64_t> number_of(std::string_view text);

/// Does a machine meet the condition? One that does not say the attribute meets none, not even
/// `!=`. Numbers are compared as numbers, so `memory = 2GiB` holds for `2147483648`.
bool holds(const Condition& condition, const std::map<std::string, std::string>& attributes);

/// `memory >= 2GiB`
std::string to_string(const Condition& condition);

}  // namespace vinet::plan
