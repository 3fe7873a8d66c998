// on_all: the same call to many machines at once, each in a thread of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

namespace vinet::fleet {

/// What `call(thing)` returned for each of `things`, in their order. As many at once as
/// kMostAtOnce; returns when all have.
template <typename Thing, typename Call>
auto on_all(const std::vector<Thing>& things, Call call) {
  constexpr size_t kMostAtOnce = 64;
  using Answer = decltype(call(things.front()));
  std::vector<std::optional<Answer>> answers(things.size());
  for (size_t first = 0; first < things.size(); first += kMostAtOnce) {
    const size_t last = std::min(things.size(), first + kMostAtOnce);
    std::vector<std::thread> threads;
    for (size_t i = first + 1; i < last; ++i) {
      threads.emplace_back([&, i] { answers[i].emplace(call(things[i])); });
    }
    answers[first].emplace(call(things[first]));
    for (std::thread& thread : threads) thread.join();
  }
  std::vector<Answer> all;
  all.reserve(things.size());
  for (std::optional<Answer>& answer : answers) all.push_back(*std::move(answer));
  return all;
}

}  // namespace vinet::fleet
