// Outcome: what up and down say, and what they are given to say it with.
#pragma once

#include <functional>
#include <string>

#include "cli/progress.h"
#include "control/controller.h"

namespace vinet::cli {

/// `fig11: up`, `fig11: unchanged`, `fig11: repaired (made 2, changed 1, removed 0)`, `fig11:
/// down`.
std::string describe(const control::Outcome& outcome, bool colour);

/// Options of a controller that shows progress and notes on stderr; `progress` must live as long.
control::Options controller_options(ProgressLine& progress, std::function<bool()> stop);

}  // namespace vinet::cli
