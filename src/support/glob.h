// Globs over qualified names: `campus.t.**.leaf`.
#pragma once

#include <string_view>

namespace vinet {

/// Does the pattern match the whole name? Names are components with dots between them.
///
///   ?    one character of a component
///   *    any number of characters of a component
///   **   as a component of its own: any number of components, none too
///
/// All else stands for itself. In the name of a link, what holds its `-` is one component to the
/// end: `campus.t` `.` `top-child0.top`. Cost: O(pattern · name), whatever the pattern.
bool glob_match(std::string_view pattern, std::string_view name);

/// The same, for the name and all that it is inside of: `fig11` covers `fig11.A`.
bool glob_covers(std::string_view pattern, std::string_view name);

/// Does the text hold a `*` or a `?`?
bool is_glob(std::string_view text);

}  // namespace vinet
