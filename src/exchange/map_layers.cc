#include "exchange/map_layers.h"

#include "plan/as_base.h"
#include "plan/stack.h"

namespace vinet::exchange {

MapLayers::MapLayers(const plan::Plan& plan) {
  for (const plan::BasePlan& base : plan.bases) {
    for (const plan::InternetPlan* internet : plan::standing_on(plan, base.name)) {
      if (plan::standing_on(plan, internet->name).empty()) continue;
      layers_.push_back(&internets_.emplace_back(plan::as_base(*internet, &plan)));
    }
    layers_.push_back(&base);
  }
}

}  // namespace vinet::exchange
