#include "lang/cursor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lang/parser.h"

namespace vinet::lang {
namespace {

constexpr std::array<std::string_view, 20> kKeywords = {
    "base", "internet", "part", "port",    "machine", "host", "router", "let", "for", "in",
    "if",   "else",     "on",   "include", "route",   "via",  "at",     "and", "or",  "not",
};

constexpr size_t kMaxQuoted = 40;

}  // namespace

bool is_keyword(std::string_view word) {
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

Cursor::Cursor(std::string_view text, Diagnostics& diagnostics, uint32_t first, size_t most_tokens)
    : lexer_(text, diagnostics, first, most_tokens),
      diagnostics_(diagnostics),
      token_(lexer_.next()),
      previous_end_(first) {}

Token Cursor::take() {
  for (Comment& comment : token_.comments) {
    if (!comment.text.empty()) stray_.push_back(std::move(comment.text));
  }
  token_.comments.clear();
  if (gave_up_ || at_end()) return token_;
  if (is("[") || is("(")) ++brackets_;
  if ((is("]") || is(")")) && brackets_ > 0) --brackets_;
  previous_end_ = token_.span.end;
  ++taken_;
  return std::exchange(token_, lexer_.next());
}

bool Cursor::accept(std::string_view text) {
  if (!is(text)) return false;
  take();
  return true;
}

bool Cursor::expect(std::string_view text, std::string_view purpose, std::string note) {
  if (accept(text)) return true;
  expected("'" + std::string(text) + "'" + std::string(purpose), std::move(note));
  return false;
}

std::optional<Name> Cursor::expect_name(std::string_view what) {
  const bool word = token_.kind == TokenKind::kWord;
  if (word && !is_keyword(token_.text)) {
    const Token token = take();
    return Name{std::string(token.text), {token.span}};
  }
  expected(what,
           word ? "'" + std::string(token_.text) + "' is a word of the language, no name" : "");
  return std::nullopt;
}

std::string Cursor::found() const {
  if (at_end()) return "the end of the file";
  if (token_.new_line && !in_brackets() && taken_ > 0) return "the end of the line";
  if (token_.text.size() <= kMaxQuoted) return "'" + std::string(token_.text) + "'";
  return "'" + std::string(token_.text.substr(0, kMaxQuoted)) + "...'";
}

void Cursor::expected(std::string_view what, std::string note) {
  if (token_.kind == TokenKind::kBad) return;
  Span span = token_.span;
  if (taken_ > 0 && (at_end() || (token_.new_line && !in_brackets())))
    span = {previous_end_, previous_end_};
  error(span, "expected " + std::string(what) + ", found " + found(), std::move(note));
}

void Cursor::error(Span span, std::string message, std::string note) {
  failed_ = true;
  if (!gave_up_ && !lexer_.gave_up()) diagnostics_.error(span, std::move(message), std::move(note));
}

void Cursor::give_up(Span span, std::string message) {
  error(span, std::move(message));
  gave_up_ = true;
  token_.kind = TokenKind::kEnd;
  token_.text = {};
}

bool Cursor::enter() {
  if (++nesting_ <= kMaxNesting) return true;
  give_up(token_.span, "nested too deep: more than " + std::to_string(kMaxNesting) + " levels");
  return false;
}

std::vector<std::string> Cursor::take_lines() {
  std::vector<std::string> lines;
  for (Comment& comment : token_.comments) lines.push_back(std::move(comment.text));
  token_.comments.clear();
  return lines;
}

void Cursor::add_stray(std::vector<std::string> comments) {
  for (std::string& comment : comments) {
    if (!comment.empty()) stray_.push_back(std::move(comment));
  }
}

Box<Trivia> Cursor::take_lines_above() {
  Box<Trivia> trivia;
  if (!token_.comments.empty()) trivia = Trivia{take_lines(), "", 0};
  return trivia;
}

void Cursor::take_comment_behind(Box<Trivia>& trivia) {
  if (token_.comments.empty() || !token_.comments.front().behind_token) return;
  if (!trivia) trivia = Trivia{};
  if (!trivia->after.empty()) return;
  trivia->after = std::move(token_.comments.front().text);
  trivia->after_column = token_.comments.front().column;
  token_.comments.erase(token_.comments.begin());
}

}  // namespace vinet::lang
