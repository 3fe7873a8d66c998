#include "cli/health.h"

#include <fmt/format.h>

#include <utility>

#include "cli/verb.h"
#include "slice/diff.h"
#include "slice/lower.h"

namespace vinet::cli {

std::vector<slice::Slice> wanted(const control::State& state, const std::string& owner) {
  if (const auto base = state.bases.find(owner); base != state.bases.end()) {
    return slice::lower(base->second.plan);
  }
  if (const auto internet = state.internets.find(owner); internet != state.internets.end()) {
    if (const auto base = state.bases.find(internet->second.plan.base); base != state.bases.end()) {
      return slice::lower(internet->second.plan, base->second.plan);
    }
  }
  return {};
}

Result<std::map<std::string, size_t>> differences(const control::State& state,
                                                  const std::vector<std::string>& owners,
                                                  machine::Machine& machine) {
  using Key = std::pair<std::string, std::string>;             // owner, machine
  std::map<Key, std::pair<slice::Slice, slice::Slice>> pairs;  // what should be, what is
  const auto blank = [](const slice::Slice& like) {
    slice::Slice slice;
    slice.owner = like.owner;
    slice.machine = like.machine;
    slice.base_address = like.base_address;
    return slice;
  };
  for (const std::string& owner : owners) {
    for (slice::Slice& slice : wanted(state, owner)) {
      const Key key{slice.owner, slice.machine};
      slice::Slice nothing = blank(slice);
      pairs.emplace(key, std::make_pair(std::move(slice), std::move(nothing)));
    }
  }
  ASSIGN_OR_RETURN(std::vector<slice::Slice> observed, machine.observe(owners));
  for (slice::Slice& slice : observed) {
    const auto [entry, added] =
        pairs.try_emplace({slice.owner, slice.machine}, blank(slice), slice::Slice{});
    entry->second.second = std::move(slice);
  }
  std::map<std::string, size_t> result;
  for (const std::string& owner : owners) {
    result[owner] = 0;
  }
  for (const auto& [key, pair] : pairs) {
    result[key.first] += slice::diff(pair.first, pair.second).count();
  }
  return result;
}

std::string condition(const std::string& phase, size_t differing) {
  if (phase != "up" || differing == 0) {
    return phase;
  }
  return fmt::format("damaged ({} differ)", count(differing, "object"));
}

}  // namespace vinet::cli
