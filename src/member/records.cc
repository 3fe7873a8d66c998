#include "member/records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vinet::member {

std::string Changes::describe() const {
  std::vector<std::string> words;
  for (const std::string& owner : erased) words.push_back("erase " + owner);
  for (const RecordPtr& record : put) words.push_back("put " + record->holding.owner);
  for (const RecordPtr& record : renewed) words.push_back("renew " + record->holding.owner);
  if (seen) words.push_back("term of " + seen->first);
  for (const auto& [whose, generation] : newest) words.push_back("generation of " + whose.second);
  if (change) words.emplace_back(change->back ? "change back" : "change");
  if (ends_change) words.emplace_back("end of change");
  if (outcome) words.emplace_back("outcome");
  return fmt::format("member.write {}", fmt::join(words, ", "));
}

void apply(const Changes& changes, Contents& contents) {
  for (const std::string& owner : changes.erased) contents.held.erase(owner);
  for (const RecordPtr& record : changes.put) contents.held[record->holding.owner] = record;
  for (const RecordPtr& record : changes.renewed) contents.held[record->holding.owner] = record;
  if (changes.seen) contents.seen[changes.seen->first] = changes.seen->second;
  for (const auto& [whose, generation] : changes.newest) contents.newest[whose] = generation;
  if (changes.change) contents.change = changes.change;
  if (changes.ends_change) contents.change.reset();
  if (!changes.outcome) return;
  const std::string& key = changes.outcome->key;
  std::erase(contents.outcome_keys, key);
  contents.outcome_keys.push_back(key);
  contents.outcomes[key] = *changes.outcome;
  if (contents.outcome_keys.size() <= Contents::kMostOutcomes) return;
  contents.outcomes.erase(contents.outcome_keys.front());
  contents.outcome_keys.pop_front();
}

}  // namespace vinet::member
