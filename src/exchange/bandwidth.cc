#include "exchange/bandwidth.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace vinet::exchange {
namespace {

constexpr double kMostBitsPerS = 1e18;
constexpr double kOcBitsPerS = 51.84e6;    // SONET OC-1, ANSI T1.105
constexpr double kStmBitsPerS = 155.52e6;  // SDH STM-1, ITU-T G.707
constexpr double kMostMultiple = 10'000;

struct Named {
  std::string_view name;
  double bits_per_s;
};
constexpr std::array kNamed = {
    Named{"t1", 1.544e6},  Named{"ds1", 1.544e6},  Named{"e1", 2.048e6}, Named{"e3", 34.368e6},
    Named{"t3", 44.736e6}, Named{"ds3", 44.736e6}, Named{"e2", 8.448e6}, Named{"e4", 139.264e6},
};

std::optional<uint64_t> rounded(double bits_per_s) {
  if (!(bits_per_s >= 1) || bits_per_s > kMostBitsPerS) return std::nullopt;
  return static_cast<uint64_t>(std::llround(bits_per_s));
}

/// Takes a decimal number off the front.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

/// What a unit multiplies by: `gbps`, `gb/s`, `gbit/s`, `gbit`, `g`; 0: it is none.
double factor(std::string_view unit) {
  double factor = 1;
  if (!unit.empty()) {
    const size_t power = std::string_view("kmgt").find(unit.front());
    if (power != std::string_view::npos) {
      factor = std::pow(1000, static_cast<double>(power + 1));
      unit.remove_prefix(1);
      if (unit.empty()) return factor;
    }
  }
  for (const std::string_view rest : {"b", "bps", "b/s", "bit", "bits", "bit/s", "bits/s"}) {
    if (unit == rest) return factor;
  }
  return 0;
}

/// Lower case, without blanks.
std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace

std::optional<uint64_t> bandwidth_from(std::string_view text) {
  constexpr size_t kLongest = 64;
  if (text.size() > kLongest) return std::nullopt;
  const std::string whole = folded(text);
  for (const Named& named : kNamed) {
    if (whole == named.name) return rounded(named.bits_per_s);
  }
  std::string_view rest = whole;
  for (const auto& [prefix, unit] : {std::pair(std::string_view("oc"), kOcBitsPerS),
                                     std::pair(std::string_view("stm"), kStmBitsPerS)}) {
    if (!rest.starts_with(prefix)) continue;
    rest.remove_prefix(prefix.size());
    if (rest.starts_with("-")) rest.remove_prefix(1);
    const auto multiple = take_number(rest);
    if (rest == "c") rest = {};  // concatenated: one payload, as fast
    if (!multiple || !rest.empty() || *multiple > kMostMultiple) return std::nullopt;
    return rounded(*multiple * unit);
  }
  const auto number = take_number(rest);
  if (!number) return std::nullopt;
  return rounded(*number * factor(rest));
}

std::optional<uint64_t> bits_per_second(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return rounded(number);
}

}  // namespace vinet::exchange
