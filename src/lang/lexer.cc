#include "lang/lexer.h"

#include <algorithm>
#include <array>

#include "lang/parser.h"
#include "net/ip.h"
#include "support/units.h"
#include "support/utf8.h"

namespace vinet::lang {
namespace {

constexpr size_t kLongestAddress = 64;  // looked at; the longest IPv6 prefix has 49 characters

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_symbol(char c) {
  return std::string_view("{}[](),;.:=+-*/%<>!").find(c) != std::string_view::npos;
}
// What neither a token nor white space can start with.
bool is_foreign(char c) {
  return !is_word(c) && !is_symbol(c) && c != '"' && c != '#' && c != ' ' && c != '\t' &&
         c != '\r' && c != '\n';
}

// What an escape stands for, or '\0'.
char escape_value(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case 'n':
      return '\n';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

// What the user most likely meant by a character that the language does not have.
std::string_view meant_by(char32_t code) {
  switch (code) {
    case '\'':
    case '`':
    case 0x201c:  // typographic quotes
    case 0x201d:
      return "strings have straight double quotes: \"...\"";
    case 0x2013:  // en dash
    case 0x2014:  // em dash
      return "a link is written with two dashes: a -- b";
    case '&':
      return "conditions are joined by 'and'";
    case '|':
      return "conditions are joined by 'or'";
    case '\\':
      return "a line goes on inside brackets, and after ',' and '--'";
    case '$':
      return "a name is used without a mark: depth, not $depth";
    default:
      return "";
  }
}

bool is_control(char32_t code) {
  return code < 0x20 || code == 0x7f;
}

}  // namespace

Lexer::Lexer(std::string_view text, Diagnostics& diagnostics, uint32_t first, size_t most)
    : text_(text), diagnostics_(diagnostics), first_(first), most_(most) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text_.substr(0, 3) == kByteOrderMark) position_ = line_begin_ = 3;
}

Token Lexer::next() {
  Token token;
  const size_t before = position_;
  token.new_line = before == line_begin_;  // only at the very beginning
  skip_space(token);
  token.spaced = token.new_line || position_ != before;
  if (++count_ > most_ && position_ < text_.size()) {
    report(span(position_, position_ + 1), "this file is too long: more than " +
                                               std::to_string(kMaxTokens) +
                                               " words, signs and comments");
    position_ = text_.size();
    gave_up_ = true;
  }
  scan(token);
  return token;
}

void Lexer::skip_space(Token& token) {
  size_t line_ends = 0;  // since the last token or comment
  for (;; ++position_) {
    const char c = at(position_);
    if (position_ >= text_.size() || count_ > most_) return;
    if (c == '\n') {
      line_begin_ = position_ + 1;
      token.new_line = true;
      if (++line_ends == 2) token.comments.push_back({});  // one blank line is kept
    } else if (c == '#') {
      ++count_;
      take_comment(token);
      line_ends = 0;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      return;
    }
  }
}

// Leaves position_ on the comment's last byte.
void Lexer::take_comment(Token& token) {
  size_t end = std::min(text_.find('\n', position_), text_.size());
  const size_t next_line = end;
  while (end > position_ &&
         (text_[end - 1] == '\r' || text_[end - 1] == ' ' || text_[end - 1] == '\t'))
    --end;
  const std::string_view comment = text_.substr(position_, end - position_);
  for (std::string_view rest = comment; !rest.empty();) {
    const size_t begin = end - rest.size();
    const Character character = take_character(rest);
    if (character.valid && (character.code == '\t' || !is_control(character.code))) continue;
    report(span(begin, begin + 1),
           "a comment must be text in UTF-8, this is " + printable(character));
    break;
  }
  const size_t column = character_count(text_.substr(line_begin_, position_ - line_begin_));
  token.comments.push_back({std::string(comment), static_cast<uint32_t>(column), !token.new_line});
  position_ = next_line - 1;
}

size_t Lexer::word_end(size_t end) const {
  while (is_word(at(end))) ++end;
  return end;
}

void Lexer::finish(Token& token, TokenKind kind, size_t end) {
  token.kind = kind;
  token.span = span(position_, end);
  token.text = text_.substr(position_, end - position_);
  position_ = end;
}

void Lexer::report(Span span, std::string message, std::string note) {
  failed_ = true;
  diagnostics_.error(span, std::move(message), std::move(note));
}

void Lexer::fail(Token& token, size_t end, std::string message, std::string note) {
  finish(token, TokenKind::kBad, end);
  report(token.span, std::move(message), std::move(note));
}

void Lexer::scan(Token& token) {
  if (position_ >= text_.size()) return finish(token, TokenKind::kEnd, text_.size());
  const char c = at(position_);
  if ((is_hex(c) || c == ':') && scan_ipv6(token)) return;
  if (is_digit(c)) return scan_number(token);
  if (c == '"') return scan_string(token);
  if (is_letter(c)) return finish(token, TokenKind::kWord, word_end(position_));
  static constexpr std::array<std::string_view, 4> kPairs = {"==", "!=", "<=", ">="};
  const std::string_view two = text_.substr(position_, 2);
  if (two == "--") return finish(token, TokenKind::kLink, position_ + 2);
  if (two == "..") return finish(token, TokenKind::kRange, position_ + 2);
  if (std::find(kPairs.begin(), kPairs.end(), two) != kPairs.end()) {
    return finish(token, TokenKind::kSymbol, position_ + 2);
  }
  if (is_symbol(c)) return finish(token, TokenKind::kSymbol, position_ + 1);
  scan_bad_characters(token);
}

void Lexer::scan_bad_characters(Token& token) {
  size_t end = position_;
  while (end < text_.size() && is_foreign(text_[end]) && text_[end] != '\0') ++end;
  if (end == position_) {
    // What holds a NUL is no text; the rest of it would only add noise.
    fail(token, position_ + 1, "this file is not text: it holds a NUL byte");
    token.kind = TokenKind::kEnd;
    position_ = text_.size();
    gave_up_ = true;
    return;
  }
  std::string_view rest = text_.substr(position_, end - position_);
  const Character first = take_character(rest);
  if (!first.valid)
    return fail(token, end, "bytes that are no text in UTF-8, from " + printable(first));
  fail(token, end, "unexpected character '" + printable(first) + "'",
       std::string(meant_by(first.code)));
}

// Words, dots and colons up to `end` are an address; with `/length` behind it, a prefix.
void Lexer::finish_address(Token& token, size_t end, std::string_view family) {
  const size_t length = end - position_;
  const bool is_prefix = at(end) == '/' && is_digit(at(end + 1));
  if (is_prefix) end = word_end(end + 1);
  const std::string_view whole = text_.substr(position_, end - position_);
  if (is_prefix && net::parse_prefix(whole)) return finish(token, TokenKind::kPrefix, end);
  const auto address = net::parse_address(whole.substr(0, length));
  if (!is_prefix && address) return finish(token, TokenKind::kAddress, end);
  std::string note;
  if (is_prefix && address) {
    const std::string bits(whole.substr(length + 1));
    if (const auto any = net::parse_prefix((net::is_ipv6(*address) ? "::/" : "0.0.0.0/") + bits)) {
      note = "bits behind the prefix length must be zero: " +
             net::to_string(net::prefix_of(*address, any->length));
    } else {
      note = "a prefix length is at most " + std::string(net::is_ipv6(*address) ? "128" : "32");
    }
  }
  fail(token, end,
       "not an " + std::string(family) + (is_prefix ? " prefix" : " address") + ": '" +
           std::string(whole) + "'",
       std::move(note));
}

// An IPv6 address is told by two colons: no other tokens ever stand like that.
bool Lexer::scan_ipv6(Token& token) {
  const std::string_view ahead = text_.substr(position_, kLongestAddress);
  size_t length = 0;
  size_t colons = 0;
  for (; length < ahead.size(); ++length) {
    const char c = ahead[length];
    colons += c == ':' ? 1 : 0;
    const bool dotted = c == '.' && colons >= 2;  // ::ffff:192.0.2.1
    if (c != ':' && !is_hex(c) && !dotted) break;
  }
  if (colons < 2) return false;
  finish_address(token, word_end(position_ + length), "IPv6");
  return true;
}

void Lexer::scan_number(Token& token) {
  size_t number_end = position_;
  size_t dots = 0;
  for (;; ++dots, ++number_end) {
    while (is_digit(at(number_end))) ++number_end;
    if (at(number_end) != '.' || !is_digit(at(number_end + 1))) break;
  }
  const size_t end = word_end(number_end);
  if (dots >= 2) return finish_address(token, end, "IPv4");
  if (end > number_end) return finish_quantity(token, number_end, end);
  if (at(end) == '%' && !is_word(at(end + 1)) && at(end + 1) != '(')
    return finish_quantity(token, end, end + 1);

  const std::string number(text_.substr(position_, end - position_));
  if (dots == 1)
    return fail(token, end, "a decimal number needs a unit: '" + number + "'",
                "units are " + unit_list());
  if (number.size() > 1 && number[0] == '0') {
    const size_t first = std::min(number.find_first_not_of('0'), number.size() - 1);
    return fail(token, end, "an integer does not start with 0: '" + number + "'",
                "write " + number.substr(first));
  }
  finish(token, TokenKind::kInteger, end);
}

void Lexer::finish_quantity(Token& token, size_t number_end, size_t end) {
  const std::string number(text_.substr(position_, number_end - position_));
  const std::string_view unit = text_.substr(number_end, end - number_end);
  finish(token, TokenKind::kQuantity, end);
  const auto value = parse_quantity(token.text);
  if (value) return;
  token.kind = TokenKind::kBad;
  std::string note;
  if (!is_unit(unit)) {
    const std::string near = nearest_unit(unit);
    note = near.empty() ? "units are " + unit_list() : "did you mean '" + number + near + "'?";
  }
  report(token.span, value.error().message, std::move(note));
}

void Lexer::scan_string(Token& token) {
  std::string problem;
  std::string note;
  size_t end = position_ + 1;
  while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') {
    std::string_view rest = text_.substr(end);
    const Character character = take_character(rest);
    end += character.bytes.size();
    if (character.code == '\\') {
      if (escape_value(at(end)) != '\0') {
        ++end;
      } else if (problem.empty()) {
        problem =
            "unknown escape '\\" + (rest.empty() ? "" : printable(take_character(rest))) + "'";
        note = R"(a string knows \" \\ \n \t)";
      }
    } else if (problem.empty() && (!character.valid || is_control(character.code))) {
      problem = "a string must be text in UTF-8 without control characters, this has " +
                printable(character);
      note = character.code == '\t' ? "write \\t" : "";
    }
  }
  if (at(end) != '"') {
    while (at(end - 1) == '\r') --end;
    return fail(token, end, "this string has no end on its line", "close it with '\"'");
  }
  if (!problem.empty()) return fail(token, end + 1, std::move(problem), std::move(note));
  finish(token, TokenKind::kString, end + 1);
}

std::string unquoted(std::string_view quoted) {
  std::string value;
  quoted = quoted.substr(1, quoted.size() - 2);
  for (size_t i = 0; i < quoted.size(); ++i) {
    value += quoted[i] == '\\' ? escape_value(quoted[++i]) : quoted[i];
  }
  return value;
}

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

}  // namespace vinet::lang
