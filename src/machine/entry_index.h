// EntryIndex: the map entries of a machine, by the link end that they are of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "machine/encode.h"
#include "machine/view.h"

namespace vinet::machine {

class EntryIndex {
 public:
  using Key = std::variant<vi_key, vi_upper>;

  /// Cost: O(n log n) in the entries. `held` must outlive it.
  explicit EntryIndex(const ProgramsView& held);

  /// All entries of a backside; nothing unless it has just one of each kind, and counters.
  std::optional<LinkEntries> of(uint32_t backside) const;

  const std::vector<std::pair<Key, vi_end>>& keys(uint32_t backside) const;
  const std::vector<vi_address>& own(uint32_t backside) const;

 private:
  const ProgramsView& held_;
  std::map<uint32_t, std::vector<std::pair<Key, vi_end>>> keys_;
  std::map<uint32_t, std::vector<vi_address>> own_;
};

}  // namespace vinet::machine
