#include "member/layers.h"

#include <algorithm>

namespace vinet::member {

std::string owner_of(const std::string& netns) {
  return netns.substr(0, netns.find('.'));
}

std::set<std::string> below(const fleet::Holding& holding) {
  std::set<std::string> owners;
  for (const slice::Slice& slice : holding.slices) {
    owners.insert(owner_of(slice.machine));
    for (const slice::LinkEnd& end : slice.link_ends) {
      if (!end.on.empty()) owners.insert(owner_of(end.on));
    }
  }
  owners.erase(holding.owner);
  return owners;
}

// An owner comes as soon as all below it have come. What stands on something that is not here, or
// in a circle, comes last: it is refused elsewhere.
std::vector<std::string> in_layers(const Records& records) {
  std::vector<std::string> done;
  std::set<std::string> placed;
  std::map<std::string, std::set<std::string>> waiting;
  for (const auto& [owner, record] : records) waiting[owner] = below(record->holding);
  while (!waiting.empty()) {
    const size_t before = done.size();
    for (const bool bases : {true, false}) {
      for (auto it = waiting.begin(); it != waiting.end();) {
        const bool ready = std::all_of(it->second.begin(), it->second.end(), [&](const auto& low) {
          return placed.contains(low) || !records.contains(low);
        });
        if (!ready || records.at(it->first)->holding.internet == bases) {
          ++it;
          continue;
        }
        done.push_back(it->first);
        it = waiting.erase(it);
      }
    }
    for (size_t i = before; i < done.size(); ++i) placed.insert(done[i]);
    if (done.size() > before) continue;
    for (const auto& [owner, lower] : waiting) done.push_back(owner);
    break;
  }
  return done;
}

std::vector<std::string> standing_on(const Records& records, const std::string& owner) {
  std::set<std::string> found = {owner};
  std::vector<std::string> above;
  for (const std::string& name : in_layers(records)) {
    const std::set<std::string> lower = below(records.at(name)->holding);
    const bool stands = std::any_of(lower.begin(), lower.end(),
                                    [&](const auto& low) { return found.contains(low); });
    if (!stands || name == owner) continue;
    found.insert(name);
    above.push_back(name);
  }
  return above;
}

std::set<std::string> followed_nodes(const Records& records) {
  std::set<std::string> nodes;
  for (const auto& [owner, record] : records) {
    for (const slice::Slice& slice : record->holding.slices) {
      for (const slice::LinkEnd& end : slice.link_ends) {
        if (!end.on.empty() && end.on != slice.machine) nodes.insert(end.on);
      }
    }
  }
  return nodes;
}

}  // namespace vinet::member
