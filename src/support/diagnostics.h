// Diagnostics: what is wrong with a user's text, shown where it stands, many in one run.
//
//   fig.vinet:7:12: error: unknown machine 'Q' in base 'lab'
//      7 |   host A at Q
//        |             ^
//        = did you mean 'X'?
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vinet {

/// A stretch of a source text: byte offsets, end exclusive. {0, 0} = the whole file.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

/// One file's text and the name it is shown under.
struct Source {
  std::string name;
  std::string text;
};

enum class Severity { kError, kWarning };

/// A step on the way to a mistake: `in part 't.child0'`, used at a place.
struct TrailStep {
  std::string text;
  Span span;
  friend bool operator==(const TrailStep&, const TrailStep&) = default;
};

struct Diagnostic {
  Severity severity = Severity::kError;
  Span span;
  std::string
      message;  ///< what is wrong, lower case, no full stop: `unknown machine 'Q' in base 'lab'`
  std::string note;                   ///< what would help, empty if nothing: `did you mean 'X'?`
  std::vector<TrailStep> trail = {};  ///< how it came to this, innermost first
};

/// Collects diagnostics of one source. After kMaxErrors it only counts. The same message for the
/// same place counts once, so a loop in the text does not repeat it.
class Diagnostics {
 public:
  static constexpr size_t kMaxErrors = 20;

  void error(Span span, std::string message, std::string note = "",
             std::vector<TrailStep> trail = {});
  void warning(Span span, std::string message, std::string note = "");
  bool has_errors() const { return errors_ > 0; }
  size_t error_count() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }

 private:
  void add(Diagnostic diagnostic, size_t& count);

  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
};

/// All diagnostics as text, in order of place, each with its line and a caret, and the first and
/// last steps of its trail; ends with "N errors" if more than one. Long lines and control
/// characters are shown safely. `colour` adds ANSI colours.
std::string render(const Source& source, const Diagnostics& diagnostics, bool colour = false);

/// The candidate nearest to `word` in edit distance (at most one step or a third of its length;
/// case costs nothing), or "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace vinet
