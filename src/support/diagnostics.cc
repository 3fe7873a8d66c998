// Rendering never trusts the text it shows: what could move the cursor or hide something is
// escaped, and of a long line only a window around the place is shown, so that the cost does not
// depend on the text.
#include "support/diagnostics.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <optional>

#include "support/sources.h"
#include "support/utf8.h"

namespace vinet {
namespace {

constexpr size_t kMaxLineColumns = 200;
constexpr size_t kWindowBytes = 80;  // shown before and behind the place in a longer line
constexpr size_t kMaxMessageBytes = 400;
constexpr size_t kMostSteps = 4;  // of a trail that are shown

std::string escaped(std::string_view text) {
  std::string shown;
  while (!text.empty()) shown += printable(take_character(text));
  return shown;
}

// A message may quote the text: no line breaks, not without end.
std::string one_line(std::string_view message) {
  if (message.size() <= kMaxMessageBytes) return escaped(message);
  return escaped(message.substr(0, kMaxMessageBytes)) + "...";
}

struct Location {
  size_t line_begin = 0;
  size_t line_end = 0;
  size_t line = 1;    // from 1
  size_t column = 1;  // from 1, in characters
};

Location locate(std::string_view text, size_t offset) {
  Location at;
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  at.line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t newline = before.rfind('\n');
  at.line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  at.line_end = std::min(text.find('\n', offset), text.size());
  if (at.line_end > at.line_begin && text[at.line_end - 1] == '\r') --at.line_end;
  std::string_view head = before.substr(at.line_begin);
  for (; !head.empty(); ++at.column) take_character(head);
  return at;
}

// The line with its place underlined: two lines of equal offset.
struct Picture {
  std::string line;
  std::string mark;
};

Picture draw(std::string_view text, const Location& at, size_t span_begin, size_t span_end) {
  size_t from = at.line_begin;
  size_t to = at.line_end;
  const size_t begin = std::clamp<size_t>(span_begin, from, to);
  const size_t end = std::clamp<size_t>(span_end, begin, to);
  const bool window = to - from > kMaxLineColumns;
  if (window) {
    from = std::max(from, begin - std::min(begin, kWindowBytes));
    while (from > at.line_begin && is_continuation(text[from])) --from;
    to = std::min(to, begin + kWindowBytes);
    while (to < at.line_end && is_continuation(text[to])) ++to;
  }
  Picture picture;
  if (from > at.line_begin) picture.line = picture.mark = "...";
  std::fill(picture.mark.begin(), picture.mark.end(), ' ');
  std::string_view rest = text.substr(from, to - from);
  while (!rest.empty()) {
    const size_t place = to - rest.size();
    const Character character = take_character(rest);
    const std::string shown = character.bytes == "\t" ? "  " : printable(character);
    const size_t width = shown == character.bytes ? 1 : shown.size();
    const char mark = place == begin ? '^' : place > begin && place < end ? '~' : ' ';
    picture.line += shown;
    picture.mark += mark;
    picture.mark.append(width - 1, mark == ' ' ? ' ' : '~');
  }
  if (to < at.line_end) picture.line += "...";
  if (begin >= to) picture.mark += '^';
  picture.mark.erase(picture.mark.find_last_not_of(' ') + 1);
  return picture;
}

struct Colours {
  std::string_view place, error, warning, mark, note, off;
};
constexpr Colours kPlain{"", "", "", "", "", ""};
constexpr Colours kAnsi{"\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;32m", "\033[36m", "\033[0m"};

std::string paint(std::string_view colour, std::string_view text, const Colours& colours) {
  return std::string(colour) + std::string(text) + std::string(colours.off);
}

std::string render_one(const Sources& sources, const Diagnostic& diagnostic,
                       const Colours& colours) {
  const bool whole_file = diagnostic.span == Span{};
  const auto [in, offset] = sources.locate(diagnostic.span.begin);
  const Source& source = *in;
  const Location at = locate(source.text, offset);
  std::string place = escaped(source.name);
  if (!whole_file) place += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  const bool is_error = diagnostic.severity == Severity::kError;
  std::string text =
      paint(colours.place, place + ":", colours) + " " +
      paint(is_error ? colours.error : colours.warning, is_error ? "error:" : "warning:", colours) +
      " " + one_line(diagnostic.message) + "\n";
  std::string margin(5, ' ');
  if (!whole_file) {
    const Picture picture =
        draw(source.text, at, offset, offset + (diagnostic.span.end - diagnostic.span.begin));
    std::string number = std::to_string(at.line);
    number.insert(0, number.size() < 4 ? 4 - number.size() : 0, ' ');
    margin.assign(number.size() + 1, ' ');
    text += number + " | " + picture.line + "\n";
    text += margin + "| " + paint(colours.mark, picture.mark, colours) + "\n";
  }
  if (!diagnostic.note.empty()) {
    text += margin + paint(colours.note, "= " + one_line(diagnostic.note), colours) + "\n";
  }
  const size_t steps = diagnostic.trail.size();
  for (size_t i = 0; i < steps; ++i) {
    const bool left_out = steps > kMostSteps && i + 1 == kMostSteps;
    if (left_out) {
      text += margin + "  ... and " + std::to_string(steps - kMostSteps) + " more\n";
      i = steps - 1;
    }
    const TrailStep& step = diagnostic.trail[i];
    const auto [used_in, used_offset] = sources.locate(step.span.begin);
    const Location used = locate(used_in->text, used_offset);
    text += margin + paint(colours.note, "= " + one_line(step.text), colours) + " (" +
            escaped(used_in->name) + ":" + std::to_string(used.line) + ":" +
            std::to_string(used.column) + ")\n";
  }
  return text;
}

// Edit distance with neighbours swapped as one step and case for nothing, given up above `limit`.
std::optional<size_t> distance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return std::nullopt;
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  };
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t k = 1; k <= b.size(); ++k) {
      row[k] = std::min(
          {above[k] + 1, row[k - 1] + 1, above[k - 1] + (same(a[i - 1], b[k - 1]) ? 0 : 1)});
      if (i > 1 && k > 1 && same(a[i - 1], b[k - 2]) && same(a[i - 2], b[k - 1])) {
        row[k] = std::min(row[k], before[k - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above.back() <= limit ? std::optional(above.back()) : std::nullopt;
}

}  // namespace

void Diagnostics::error(Span span, std::string message, std::string note,
                        std::vector<TrailStep> trail) {
  add({Severity::kError, span, std::move(message), std::move(note), std::move(trail)}, errors_);
}

void Diagnostics::warning(Span span, std::string message, std::string note) {
  add({Severity::kWarning, span, std::move(message), std::move(note), {}}, warnings_);
}

void Diagnostics::add(Diagnostic diagnostic, size_t& count) {
  const bool known = std::any_of(all_.begin(), all_.end(), [&](const Diagnostic& other) {
    return other.span == diagnostic.span && other.message == diagnostic.message;
  });
  if (known) return;
  if (++count <= kMaxErrors) all_.push_back(std::move(diagnostic));
}

uint32_t Sources::add(Source source) {
  // One byte lies between two texts, so that the end of one is not the begin of the next.
  const auto begin =
      static_cast<uint32_t>(all_.empty() ? 0 : begins_.back() + all_.back().text.size() + 1);
  begins_.push_back(begin);
  all_.push_back(std::move(source));
  return begin;
}

Sources::Place Sources::locate(uint32_t offset) const {
  const auto next = std::upper_bound(begins_.begin(), begins_.end(), offset);
  const auto index = static_cast<size_t>(next - begins_.begin()) - 1;
  return {&all_[index], offset - begins_[index]};
}

std::string render(const Source& source, const Diagnostics& diagnostics, bool colour) {
  return render(Sources(source), diagnostics, colour);
}

std::string render(const Sources& sources, const Diagnostics& diagnostics, bool colour) {
  std::vector<Diagnostic> sorted = diagnostics.all();
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return a.span.begin < b.span.begin;
  });
  std::string text;
  for (const Diagnostic& diagnostic : sorted) {
    text += render_one(sources, diagnostic, colour ? kAnsi : kPlain);
  }
  const size_t errors = diagnostics.error_count();
  if (errors > Diagnostics::kMaxErrors) {
    text += "and " + std::to_string(errors - Diagnostics::kMaxErrors) + " more\n";
  }
  if (errors > 1) text += std::to_string(errors) + " errors\n";
  return text;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t kLongestWord = 64;
  if (word.empty() || word.size() > kLongestWord) return "";
  size_t limit = word.size() == 1 ? 0 : std::max<size_t>(1, word.size() / 3);
  std::string best;
  for (const std::string& candidate : candidates) {
    if (candidate == word) continue;
    const auto steps = distance(word, candidate, limit);
    if (!steps || (!best.empty() && *steps >= limit)) continue;
    best = candidate;
    limit = *steps;
  }
  return best;
}

}  // namespace vinet
