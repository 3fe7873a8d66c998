// Text to tokens, one at a time. Comments travel with the token behind them; line ends are a mark
// on the next token.
//
// Two things hang on white space, and are decided here once:
//   name[i] is an index, name [k = v] are attributes      Token::spaced tells them apart
//   5% is a percentage, 5 % 3 and 5%3 are remainders      % belongs to a number it touches, unless
//   an operand follows
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/diagnostics.h"

namespace vinet::lang {

constexpr size_t kMaxTokens = 500'000;  ///< words, signs and comments of a description

enum class TokenKind : uint8_t {
  kEnd,
  kBad,       ///< already reported
  kWord,      ///< a name or keyword
  kInteger,   ///< `12`
  kQuantity,  ///< `100mbit`, `0.1%`
  kAddress,   ///< `10.0.0.1`, `fd00::1`
  kPrefix,    ///< `10.0.0.0/8`
  kString,    ///< with its quotes
  kLink,      ///< `--`
  kRange,     ///< `..`
  kSymbol,    ///< everything else: `{`, `==`, …
};

struct Comment {
  std::string text;           ///< with its '#'; "" is a blank line
  uint32_t column = 0;        ///< from 0, in characters
  bool behind_token = false;  ///< shares its line with the token before it
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Span span;
  std::string_view text;          ///< as written; points into the source
  bool new_line = true;           ///< first on its line
  bool spaced = true;             ///< white space or a comment before it
  std::vector<Comment> comments;  ///< between the token before and this one
};

class Lexer {
 public:
  /// Text and diagnostics must outlive the lexer and its tokens. Spans begin with `first`; at most
  /// `most` tokens and comments are read.
  Lexer(std::string_view text, Diagnostics& diagnostics, uint32_t first = 0,
        size_t most = kMaxTokens);

  /// The next token; kEnd again and again at the end, and after `most`. Reports what
  /// no token can be made of.
  Token next();

  /// Has anything been reported?
  bool failed() const { return failed_; }
  /// Tokens and comments read so far.
  size_t count() const { return count_; }
  /// Was the rest of the text left unread?
  bool gave_up() const { return gave_up_; }

 private:
  Span span(size_t begin, size_t end) const {
    return {first_ + static_cast<uint32_t>(begin), first_ + static_cast<uint32_t>(end)};
  }
  void skip_space(Token& token);
  void take_comment(Token& token);
  void scan(Token& token);
  bool scan_ipv6(Token& token);
  void scan_number(Token& token);
  void finish_address(Token& token, size_t end, std::string_view family);
  void finish_quantity(Token& token, size_t number_end, size_t end);
  void scan_string(Token& token);
  void scan_bad_characters(Token& token);
  void finish(Token& token, TokenKind kind, size_t end);
  void report(Span span, std::string message, std::string note = "");
  void fail(Token& token, size_t end, std::string message, std::string note = "");
  size_t word_end(size_t end) const;
  char at(size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }

  std::string_view text_;
  Diagnostics& diagnostics_;
  uint32_t first_;
  size_t most_;
  size_t position_ = 0;
  size_t line_begin_ = 0;
  size_t count_ = 0;  // tokens and comments
  bool failed_ = false;
  bool gave_up_ = false;
};

/// The value of a string token. Unknown escapes have been reported by the lexer.
std::string unquoted(std::string_view quoted);
/// The string token with this value.
std::string quoted(std::string_view value);

}  // namespace vinet::lang
