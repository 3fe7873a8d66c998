#include "fleet/holding.h"

#include <fmt/format.h>

#include "slice/slice_json.h"
#include "support/hash.h"

namespace vinet::fleet {

std::string digest_of(const Holding& holding) {
  std::string text;
  // The length makes it unambiguous whatever the word holds.
  const auto add = [&text](const std::string& word) {
    text += fmt::format("{}:{};", word.size(), word);
  };
  add(holding.owner);
  add(holding.internet ? "internet" : "base");
  add(slice::to_json(holding.slices));
  for (const std::string& name : holding.namespaces) add(name);
  for (const auto& [node, command] : holding.runs) {
    add(node);
    add(command);
  }
  add(holding.hosts_text);
  add(holding.tenant);
  return fmt::format("{:016x}", stable_hash(text));
}

}  // namespace vinet::fleet
