// The parser's place in the text: one token ahead, the limits, the comments that no one has claimed
// yet.
//
// Comments hang on the token behind them. Who parses a statement or a list item claims them there
// (take_lines, take_comment_behind); what is left when a token is taken, for example a comment in
// the middle of an expression, is set aside as stray, and the statement around it puts it above
// itself. So none is ever lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast.h"
#include "lang/lexer.h"

namespace vinet::lang {

class Cursor {
 public:
  Cursor(std::string_view text, Diagnostics& diagnostics, uint32_t first = 0,
         size_t most_tokens = kMaxTokens);

  const Token& token() const { return token_; }
  bool at_end() const { return token_.kind == TokenKind::kEnd; }
  /// Is the token this symbol or keyword?
  bool is(std::string_view text) const {
    return token_.text == text && token_.kind != TokenKind::kString;
  }
  /// The same, and does it still belong to the line (or brackets) before it?
  bool continues_with(std::string_view text) const {
    return is(text) && (!token_.new_line || in_brackets());
  }
  bool in_brackets() const { return brackets_ > 0; }
  size_t taken() const { return taken_; }
  /// Tokens and comments read so far.
  size_t read() const { return lexer_.count(); }
  /// Has anything been wrong so far?
  bool failed() const { return failed_ || lexer_.failed(); }

  /// Passes the token. Returns it without its comments.
  Token take();
  bool accept(std::string_view text);

  /// Takes `text`, or reports "expected `text` …", with `note`.
  bool expect(std::string_view text, std::string_view purpose = "", std::string note = "");
  /// Takes a name that is no keyword, or reports.
  std::optional<Name> expect_name(std::string_view what);
  /// Reports that the token is not `what`. Silent where the lexer has reported already.
  void expected(std::string_view what, std::string note = "");
  void error(Span span, std::string message, std::string note = "");
  /// Reports and behaves as if the text ended here.
  void give_up(Span span, std::string message);

  /// One level deeper; reports, gives up and is false below kMaxNesting. Use through Nested.
  bool enter();
  void leave() { --nesting_; }

  /// Forgets open brackets, after an error.
  void forget_brackets() { brackets_ = 0; }

  /// From `begin` to the end of the token last taken.
  Place place_from(uint32_t begin) const { return {{begin, previous_end_}}; }
  uint32_t begin() const { return token_.span.begin; }

  /// Claims the comments before the token; a blank line is "".
  std::vector<std::string> take_lines();
  /// The same, as what stands above a line.
  Box<Trivia> take_lines_above();
  /// Claims the comment on the line of the token last taken, if the next token has it before it.
  void take_comment_behind(Box<Trivia>& trivia);
  void add_stray(std::vector<std::string> comments);
  /// The stray comments so far.
  std::vector<std::string> take_stray() { return std::exchange(stray_, {}); }
  void put_back_stray(std::vector<std::string> stray) { stray_ = std::move(stray); }

 private:
  std::string found() const;

  Lexer lexer_;
  Diagnostics& diagnostics_;
  Token token_;
  uint32_t previous_end_ = 0;
  size_t taken_ = 0;
  int brackets_ = 0;
  int nesting_ = 0;
  bool gave_up_ = false;
  bool failed_ = false;
  std::vector<std::string> stray_;
};

/// One level of nesting as long as it lives.
class Nested {
 public:
  explicit Nested(Cursor& cursor) : cursor_(cursor), entered_(cursor.enter()) {}
  ~Nested() { cursor_.leave(); }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  explicit operator bool() const { return entered_; }

 private:
  Cursor& cursor_;
  bool entered_;
};

bool is_keyword(std::string_view word);

}  // namespace vinet::lang
