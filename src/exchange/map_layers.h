// What the internets of a plan stand on, as a map draws it.
#pragma once

#include <deque>
#include <vector>

#include "plan/plan.h"

namespace vinet::exchange {

/// The bases of a plan and the internets with others on them, as bases (plan/as_base.h); from the
/// top downwards, as they are drawn.
class MapLayers {
 public:
  explicit MapLayers(const plan::Plan& plan);
  const std::vector<const plan::BasePlan*>& from_the_top() const { return layers_; }

 private:
  std::deque<plan::BasePlan> internets_;
  std::vector<const plan::BasePlan*> layers_;
};

}  // namespace vinet::exchange
