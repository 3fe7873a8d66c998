// Ast to JSON and back, comments too, for programs that write or change descriptions.
//
//   host A at X [transit]  # a     {"kind": "host", "names": [{"name": "A"}], "at": {"name":
//   ["X"]},
//                                   "attributes": {"items": [{"name": "transit"}]},
//                                   "after": "# a", "after_column": 24}
#pragma once

#include <optional>
#include <string>

#include "lang/ast.h"
#include "support/diagnostics.h"

namespace vinet::lang {

/// The file as JSON; ends with a newline. Places in the text are left out.
std::string to_json(const File& file);

/// The file that the JSON describes. Nothing if it is no JSON, or describes what the language
/// cannot say; `diagnostics` then has at least one, which names the member:
/// `statements[3].names[0].name`. Cost: O(text), and one parse of the file as text.
std::optional<File> from_json(const Source& json, Diagnostics& diagnostics);

}  // namespace vinet::lang
