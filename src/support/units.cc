#include "support/units.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <numeric>
#include <optional>

#include "support/diagnostics.h"

namespace vinet {
namespace {

enum class Kind : uint8_t { kRate, kDuration, kFraction, kSize };

struct UnitName {
  std::string_view name;
  Kind kind;
  uint64_t factor;  // in what the kind is counted in
};

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kPercent = 10'000'000;

// Within a kind from small to large.
constexpr std::array<UnitName, 16> kUnits = {{
    {"bit", Kind::kRate, 1},
    {"kbit", Kind::kRate, 1'000},
    {"mbit", Kind::kRate, 1'000'000},
    {"gbit", Kind::kRate, 1'000'000'000},
    {"tbit", Kind::kRate, 1'000'000'000'000},
    {"us", Kind::kDuration, 1},
    {"ms", Kind::kDuration, 1'000},
    {"s", Kind::kDuration, kSecond},
    {"min", Kind::kDuration, 60 * kSecond},
    {"h", Kind::kDuration, 3'600 * kSecond},
    {"d", Kind::kDuration, 86'400 * kSecond},
    {"%", Kind::kFraction, kPercent},
    {"B", Kind::kSize, 1},
    {"KiB", Kind::kSize, 1ULL << 10},
    {"MiB", Kind::kSize, 1ULL << 20},
    {"GiB", Kind::kSize, 1ULL << 30},
}};

// What people write who come from other tools.
constexpr std::array<std::array<std::string_view, 2>, 24> kOtherNames = {{
    {"bps", "bit"}, {"kbps", "kbit"}, {"mbps", "mbit"},   {"gbps", "gbit"}, {"tbps", "tbit"},
    {"usec", "us"}, {"msec", "ms"},   {"sec", "s"},       {"secs", "s"},    {"seconds", "s"},
    {"m", "min"},   {"mins", "min"},  {"minutes", "min"}, {"hour", "h"},    {"hours", "h"},
    {"day", "d"},   {"days", "d"},    {"bytes", "B"},     {"k", "KiB"},     {"kb", "KiB"},
    {"mb", "MiB"},  {"gb", "GiB"},    {"g", "GiB"},       {"percent", "%"},
}};

const UnitName* find_unit(std::string_view name) {
  const auto* unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const UnitName& u) { return u.name == name; });
  return unit == kUnits.end() ? nullptr : unit;
}

std::string_view article_and_name(Kind kind) {
  switch (kind) {
    case Kind::kRate:
      return "a rate";
    case Kind::kDuration:
      return "a duration";
    case Kind::kFraction:
      return "a percentage";
    case Kind::kSize:
      break;
  }
  return "a size";
}

std::string_view smallest(Kind kind) {
  switch (kind) {
    case Kind::kRate:
      return "1bit";
    case Kind::kDuration:
      return "1us";
    case Kind::kFraction:
      return "0.0000001%";
    case Kind::kSize:
      break;
  }
  return "1B";
}

Error bad(std::string message) {
  return Error{Errc::kInvalidArgument, std::move(message)};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

// The number that the digits are, if 64 bits hold it.
std::optional<uint64_t> number(std::string_view digits) {
  uint64_t value = 0;
  for (const char c : digits) {
    if (__builtin_mul_overflow(value, uint64_t{10}, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, static_cast<uint64_t>(c - '0'), &value)) return std::nullopt;
  }
  return value;
}

// 0.`digits` times factor, if that is a whole number.
std::optional<uint64_t> scaled_decimals(std::string_view digits, uint64_t factor) {
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  constexpr size_t kMostDecimals = 19;  // 10^19 fits 64 bits
  if (digits.size() > kMostDecimals) return std::nullopt;
  uint64_t divisor = 1;
  for (size_t i = 0; i < digits.size(); ++i) divisor *= 10;
  const auto decimals = number(digits);
  if (!decimals) return std::nullopt;
  const uint64_t common = std::gcd(factor, divisor);
  divisor /= common;
  if (*decimals % divisor != 0) return std::nullopt;
  return *decimals / divisor * (factor / common);
}

Quantity quantity(Kind kind, uint64_t value) {
  switch (kind) {
    case Kind::kRate:
      return Rate{value};
    case Kind::kDuration:
      return Duration{value};
    case Kind::kFraction:
      return Fraction{value};
    case Kind::kSize:
      break;
  }
  return Size{value};
}

template <typename T>
Result<T> parse_as(std::string_view text, Kind wanted) {
  ASSIGN_OR_RETURN(const Quantity value, parse_quantity(text));
  if (const T* typed = std::get_if<T>(&value)) return *typed;
  return bad("'" + std::string(text) + "' is " +
             std::string(article_and_name(static_cast<Kind>(value.index()))) + ", not " +
             std::string(article_and_name(wanted)));
}

std::string in_largest_unit(Kind kind, uint64_t value) {
  const UnitName* best = kUnits.data();
  for (const UnitName& unit : kUnits) {
    if (unit.kind != kind) continue;
    if (best->kind != kind || (value != 0 && value % unit.factor == 0)) best = &unit;
  }
  return std::to_string(value / best->factor) + std::string(best->name);
}

}  // namespace

Result<Quantity> parse_quantity(std::string_view text) {
  std::string_view rest = text;
  const std::string_view whole_digits = take_digits(rest);
  std::string_view decimal_digits;
  if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) {
    rest.remove_prefix(1);
    decimal_digits = take_digits(rest);
  }
  const std::string quoted = "'" + std::string(text) + "'";
  if (whole_digits.empty()) return bad(quoted + " is no number with a unit");
  if (rest.empty()) return bad(quoted + " has no unit");
  const UnitName* unit = find_unit(rest);
  if (unit == nullptr) return bad("unknown unit '" + std::string(rest) + "' in " + quoted);

  const auto whole = number(whole_digits);
  uint64_t value = 0;
  if (!whole || __builtin_mul_overflow(*whole, unit->factor, &value))
    return bad(quoted + " is too large");
  const auto decimals = scaled_decimals(decimal_digits, unit->factor);
  if (!decimals) {
    return bad(quoted + " is finer than " + std::string(smallest(unit->kind)) +
               ", the smallest step of " + std::string(article_and_name(unit->kind)));
  }
  if (__builtin_add_overflow(value, *decimals, &value)) return bad(quoted + " is too large");
  return quantity(unit->kind, value);
}

Result<Rate> parse_rate(std::string_view text) {
  return parse_as<Rate>(text, Kind::kRate);
}
Result<Duration> parse_duration(std::string_view text) {
  return parse_as<Duration>(text, Kind::kDuration);
}
Result<Fraction> parse_fraction(std::string_view text) {
  return parse_as<Fraction>(text, Kind::kFraction);
}
Result<Size> parse_size(std::string_view text) {
  return parse_as<Size>(text, Kind::kSize);
}

std::string to_string(Rate rate) {
  return in_largest_unit(Kind::kRate, rate.bits_per_s);
}
std::string to_string(Duration duration) {
  return in_largest_unit(Kind::kDuration, duration.us);
}
std::string to_string(Size size) {
  return in_largest_unit(Kind::kSize, size.bytes);
}

std::string to_string(Fraction fraction) {
  std::string text = std::to_string(fraction.ppb / kPercent);
  if (const uint64_t rest = fraction.ppb % kPercent; rest != 0) {
    std::string decimals = std::to_string(kPercent + rest).substr(1);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    text += "." + decimals;
  }
  return text + "%";
}

bool is_unit(std::string_view name) {
  return find_unit(name) != nullptr;
}

std::string nearest_unit(std::string_view unit) {
  std::string small(unit);
  for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [other, ours] : kOtherNames) {
    if (small == other) return std::string(ours);
  }
  std::vector<std::string> names;
  names.reserve(kUnits.size());
  for (const UnitName& known : kUnits) names.emplace_back(known.name);
  return nearest(unit, names);
}

std::string unit_list() {
  std::string text;
  for (const UnitName& unit : kUnits) {
    if (!text.empty()) text += unit.factor == 1 || unit.kind == Kind::kFraction ? ", " : " ";
    text += unit.name;
  }
  return text;
}

}  // namespace vinet
