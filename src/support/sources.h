// Several texts as one: what a description includes, and where a Span lies in it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/diagnostics.h"

namespace vinet {

/// The texts of one description: the file that was given, then those that it includes. Spans count
/// through all of them; {0, 0} is the whole first one.
class Sources {
 public:
  Sources() = default;
  explicit Sources(Source first) { add(std::move(first)); }

  /// Returns the offset with which spans in this text begin.
  uint32_t add(Source source);
  const std::vector<Source>& all() const { return all_; }

  struct Place {
    const Source* source = nullptr;
    size_t offset = 0;  ///< in its text
  };
  /// Where an offset lies. There must be a text.
  Place locate(uint32_t offset) const;

 private:
  std::vector<Source> all_;
  std::vector<uint32_t> begins_;
};

/// As render of one source; each diagnostic names its file.
std::string render(const Sources& sources, const Diagnostics& diagnostics, bool colour = false);

}  // namespace vinet
