#include "plan/where.h"

#include <algorithm>
#include <array>
#include <limits>

namespace vinet::plan {
namespace {

__extension__ typedef unsigned __int128 Wide;  // g++ has it, ISO C++ has not

struct Sign {
  std::string_view text;
  Comparison comparison;
};

// Longer signs before those that they begin with.
constexpr std::array<Sign, 6> kSigns = {{{"!=", Comparison::kNotEqual},
                                         {"<=", Comparison::kAtMost},
                                         {">=", Comparison::kAtLeast},
                                         {"=", Comparison::kEqual},
                                         {"<", Comparison::kLess},
                                         {">", Comparison::kMore}}};

struct SizeUnit {
  std::string_view name;
  uint64_t bytes;
};

constexpr std::array<SizeUnit, 9> kSizeUnits = {{{"B", 1},
                                                 {"kB", 1'000},
                                                 {"MB", 1'000'000},
                                                 {"GB", 1'000'000'000},
                                                 {"TB", 1'000'000'000'000},
                                                 {"KiB", 1ULL << 10},
                                                 {"MiB", 1ULL << 20},
                                                 {"GiB", 1ULL << 30},
                                                 {"TiB", 1ULL << 40}}};

constexpr std::string_view kExample = "for example `memory >= 2GiB, role = router`";
constexpr std::string_view kSignBytes = "=!<>~";

/// What helps who wrote a value that is none.
std::string help_for(std::string_view value) {
  const auto has = [&](std::string_view part) {
    return value.find(part) != std::string_view::npos;
  };
  if (has(" and ") || has(" or ") || has("&") || has("|") || has(";")) {
    return "conditions stand between commas, and all of them must hold";
  }
  if (value.find_first_of("'\"`") != std::string_view::npos) return "words stand without quotes";
  if (value.front() >= '0' && value.front() <= '9') {
    return "numbers are whole; sizes have B kB MB GB TB KiB MiB GiB or TiB";
  }
  return "words begin with a letter, and have letters, digits, _ - and .";
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-' ||
         c == '.';
}

bool is_word(std::string_view text) {
  if (text.empty() || is_digit(text.front()) || text.front() == '-' || text.front() == '.') {
    return false;
  }
  for (const char c : text) {
    if (!is_word_byte(c)) return false;
  }
  return true;
}

/// Reads one text from its begin to its end.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::variant<std::vector<Condition>, WhereError> read() {
    std::vector<Condition> conditions;
    for (;;) {
      Condition condition;
      if (!read_condition(condition)) return error_;
      conditions.push_back(std::move(condition));
      if (at_ == text_.size()) return conditions;
      ++at_;  // the comma
    }
  }

 private:
  bool read_condition(Condition& condition) {
    skip_spaces();
    const size_t begin = at_;
    while (at_ < text_.size() && is_word_byte(text_[at_])) ++at_;
    condition.name = text_.substr(begin, at_ - begin);
    if (!is_word(condition.name)) {
      return fail(begin, std::max(at_, begin + 1), "expected the name of an attribute",
                  std::string(kExample));
    }
    skip_spaces();
    const Sign* sign = nullptr;
    for (const Sign& one : kSigns) {
      if (sign == nullptr && text_.substr(at_).starts_with(one.text)) sign = &one;
    }
    if (sign == nullptr) {
      return fail(at_, at_ + 1, "expected = != < <= > or >= behind '" + condition.name + "'",
                  std::string(kExample));
    }
    condition.comparison = sign->comparison;
    const size_t sign_begin = at_;
    at_ += sign->text.size();
    size_t sign_end = at_;
    while (sign_end < text_.size() && kSignBytes.find(text_[sign_end]) != kSignBytes.npos) {
      ++sign_end;
    }
    if (sign_end > at_) {
      return fail(sign_begin, sign_end,
                  "there is no comparison '" +
                      std::string(text_.substr(sign_begin, sign_end - sign_begin)) + "'",
                  "there are = != < <= > and >=");
    }
    condition.begin = begin;
    return read_value(condition);
  }

  bool read_value(Condition& condition) {
    skip_spaces();
    const size_t begin = at_;
    size_t end = begin;  // behind the last byte that is no space
    for (; at_ < text_.size() && text_[at_] != ','; ++at_) {
      if (!is_space(text_[at_])) end = at_ + 1;
    }
    condition.value = text_.substr(begin, end - begin);
    condition.number = number_of(condition.value);
    condition.end = end;
    if (condition.value.empty()) {
      return fail(begin, begin + 1, "expected a value for '" + condition.name + "'",
                  std::string(kExample));
    }
    if (condition.number) return true;
    if (!is_word(condition.value)) {
      return fail(begin, end, "'" + condition.value + "' is no number, no size and no word",
                  help_for(condition.value));
    }
    if (condition.comparison != Comparison::kEqual &&
        condition.comparison != Comparison::kNotEqual) {
      return fail(begin, end, "'" + condition.value + "' is a word, and words have no order",
                  "compare them with = or !=");
    }
    return true;
  }

  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool fail(size_t begin, size_t end, std::string message, std::string note) {
    error_ = {std::min(begin, text_.size()), std::min(end, text_.size()), std::move(message),
              std::move(note)};
    return false;
  }

  const std::string_view text_;
  size_t at_ = 0;
  WhereError error_;
};

/// Digits, with a fraction where a unit makes it whole bytes.
struct Decimal {
  Wide digits = 0;  ///< without the point
  Wide scale = 1;   ///< 10 to the number of digits behind it
};

}  // namespace

std::variant<std::vector<Condition>, WhereError> parse_where(std::string_view text) {
  return Reader(text).read();
}

std::optional<uint64_t> number_of(std::string_view text) {
  constexpr size_t kMostDigits = 20;
  Decimal decimal;
  size_t at = 0;
  bool point = false;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
    if (at > kMostDigits) return std::nullopt;
    if (text[at] == '.') {
      point = true;
      continue;
    }
    decimal.digits = decimal.digits * 10 + static_cast<unsigned>(text[at] - '0');
    if (point) decimal.scale *= 10;
  }
  if (at == 0 || !is_digit(text.front()) || !is_digit(text[at - 1])) return std::nullopt;
  std::string_view unit = text.substr(at);
  while (!unit.empty() && is_space(unit.front())) unit.remove_prefix(1);
  uint64_t factor = unit.empty() ? 1 : 0;
  for (const SizeUnit& known : kSizeUnits) {
    if (unit == known.name) factor = known.bytes;
  }
  const Wide value = decimal.digits * factor;
  if (factor == 0 || value % decimal.scale != 0) return std::nullopt;
  const Wide whole = value / decimal.scale;
  if (whole > std::numeric_limits<uint64_t>::max()) return std::nullopt;
  return static_cast<uint64_t>(whole);
}

bool holds(const Condition& condition, const std::map<std::string, std::string>& attributes) {
  const auto said = attributes.find(condition.name);
  if (said == attributes.end()) return false;
  const std::optional<uint64_t> number = number_of(said->second);
  if (!condition.number || !number) {
    const bool equal = said->second == condition.value;
    if (condition.comparison == Comparison::kEqual) return equal;
    return condition.comparison == Comparison::kNotEqual && !equal;
  }
  switch (condition.comparison) {
    case Comparison::kEqual:
      return *number == *condition.number;
    case Comparison::kNotEqual:
      return *number != *condition.number;
    case Comparison::kLess:
      return *number < *condition.number;
    case Comparison::kAtMost:
      return *number <= *condition.number;
    case Comparison::kMore:
      return *number > *condition.number;
    case Comparison::kAtLeast:
      break;
  }
  return *number >= *condition.number;
}

std::string to_string(const Condition& condition) {
  for (const Sign& sign : kSigns) {
    if (sign.comparison == condition.comparison) {
      return condition.name + " " + std::string(sign.text) + " " + condition.value;
    }
  }
  return condition.name;
}

}  // namespace vinet::plan
