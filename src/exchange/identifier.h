// Identifiers: names of the language made from any text.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace vinet::exchange {

/// Longest identifier that is made from a text; a link may be named after two of them.
inline constexpr size_t kMostIdentifierBytes = 28;

/// A name of the language (`[A-Za-z_][A-Za-z0-9_]*`, no keyword) that reads like the text: accents
/// are dropped (`Zürich` to `Zurich`, `Łódź` to `Lodz`, `Straße` to `Strasse`), what lies between
/// words becomes one `_`, a digit at the start gets an `n` before it. "" where nothing is left
/// (`?`, Chinese).
std::string identifier_from(std::string_view text);

inline constexpr size_t kMostNameBytes = 63;      ///< of a name of the language
inline constexpr size_t kMostInternetBytes = 56;  ///< of one that goes before such a name

/// Can this be a name as it is?
bool is_identifier(std::string_view text, size_t most_bytes = kMostNameBytes);

/// Names given out, each once.
class UniqueNames {
 public:
  /// The name itself where it is free, else the first free of `name_2`, `name_3`, ….
  /// Cost: O(1) on average, also for many of one name.
  std::string take(const std::string& name);
  /// False where it is taken already.
  bool claim(const std::string& name) { return taken_.insert(name).second; }

 private:
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, size_t> next_;
};

}  // namespace vinet::exchange
