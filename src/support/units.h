// Quantities with units: rates, durations, fractions and sizes as values. The lists of units are
// closed.
//
//   rate      bit kbit mbit gbit tbit     per second, powers of 1000, as tc(8) writes them
//   duration  us ms s min h d
//   fraction  %
//   size      B KiB MiB GiB               powers of 1024
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "support/result.h"

namespace vinet {

struct Rate {
  uint64_t bits_per_s = 0;
  friend auto operator<=>(const Rate&, const Rate&) = default;
};

struct Duration {
  uint64_t us = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

/// A share of a whole in parts per billion: 0.1% is 1,000,000. May exceed 100%; who uses it
/// decides.
struct Fraction {
  uint64_t ppb = 0;
  friend auto operator<=>(const Fraction&, const Fraction&) = default;
};

struct Size {
  uint64_t bytes = 0;
  friend auto operator<=>(const Size&, const Size&) = default;
};

using Quantity = std::variant<Rate, Duration, Fraction, Size>;

/// Reads a decimal number with a unit right behind it: `100mbit`, `1.5ms`, `0.1%`.
/// Errors: invalid_argument where the number or unit is none, the value does not fit 64 bits, or is
/// finer than what is counted in (1bit, 1us, 0.0000001%, 1B). The message names what would be
/// right.
Result<Quantity> parse_quantity(std::string_view text);

/// The same for one kind; another kind is an invalid_argument ("'20ms' is a duration, not a rate").
Result<Rate> parse_rate(std::string_view text);
Result<Duration> parse_duration(std::string_view text);
Result<Fraction> parse_fraction(std::string_view text);
Result<Size> parse_size(std::string_view text);

/// Exact, in the largest unit that needs no decimals (fractions: as percent). What is printed can
/// be read back.
std::string to_string(Rate rate);
std::string to_string(Duration duration);
std::string to_string(Fraction fraction);
std::string to_string(Size size);

/// Is it one of the units above?
bool is_unit(std::string_view name);

/// The unit that was probably meant by `unit`, which is none: `mbit` for `Mbps` and `mbti`. "" if
/// there is none near.
std::string nearest_unit(std::string_view unit);

/// All units in one line, for messages.
std::string unit_list();

}  // namespace vinet
