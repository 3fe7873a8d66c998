#include "control/remembered.h"

namespace vinet::control {

std::shared_ptr<const Holdings> Remembered::holdings_of(Stacks stacks) {
  const std::lock_guard lock(mutex_);
  if (made_of_ != stacks) {
    holdings_ = std::make_shared<const Holdings>(control::holdings_of(stacks));
    made_of_ = std::move(stacks);
  }
  return holdings_;
}

}  // namespace vinet::control
