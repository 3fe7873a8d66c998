// Leaving: machines that left their fleet while they were away. They hold their share still, so
// their names are kept (BaseIntent::leaving) until they have answered and been cleaned.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control/state.h"
#include "control/store.h"
#include "fleet/directory.h"

namespace vinet::control {

struct Leaving {
  const std::string& base;
  const std::string& machine;
  const std::string& daemon;
};

/// Who has left from `before` to `now` and was `away` meanwhile is remembered from now on, with
/// those who were already, also where their base goes.
Changes farewell(const std::vector<fleet::Place>& away, const State& before, const State& now);

/// Those for whom `goes` says so are not remembered any more.
Changes without_leaving(const State& state, const std::function<bool(const Leaving&)>& goes);

}  // namespace vinet::control
