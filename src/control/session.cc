#include "control/session.h"

#include <fmt/format.h>

#include "support/random.h"

namespace vinet::control {

uint64_t Session::term(const Store& store) const {
  const std::lock_guard lock(mutex_);
  return reign_ == store.reign() ? self_.term : 0;
}

Result<fleet::Order> Session::order(Store& store, const std::string& operation, uint64_t generation,
                                    uint64_t above) {
  const std::lock_guard lock(mutex_);
  TRY(store.may_write());
  const uint64_t reign = store.reign();
  if (self_.term == 0 || reign_ != reign) {
    fleet::Order self;
    ASSIGN_OR_RETURN(self.instance, random_id());
    ASSIGN_OR_RETURN(self.term, store.begin_term(above));
    ASSIGN_OR_RETURN(self.store, store.id());  // which the first write may have made
    self_ = std::move(self);
    reign_ = reign;
  }
  fleet::Order order = self_;
  order.generation = generation;
  if (operation.empty()) {
    ASSIGN_OR_RETURN(order.operation, random_id());
  } else {
    order.operation = operation;
  }
  return order;
}

void Session::forget() {
  const std::lock_guard lock(mutex_);
  self_ = {};
}

}  // namespace vinet::control
