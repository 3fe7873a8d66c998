// Session: this daemon as a controller of machines of fleets: what it says of itself with every
// order.
#pragma once

#include <mutex>
#include <string>

#include "control/store.h"
#include "fleet/order.h"
#include "support/result.h"

namespace vinet::control {

class Session {
 public:
  /// The term in which this daemon speaks; 0 where the next order begins one: it is the first one,
  /// or another may have led since.
  uint64_t term(const Store& store) const;
  /// An order for what `store` holds now. Where it begins a term, that ends those of whoever
  /// controlled this store before, and is above `above` too: what machines have seen. Callable from
  /// any thread. `operation`: empty for what is no command's.
  Result<fleet::Order> order(Store& store, const std::string& operation, uint64_t generation,
                             uint64_t above);
  /// Another has controlled this store meanwhile: the next order begins a term.
  void forget();

 private:
  mutable std::mutex mutex_;
  fleet::Order self_;   // without operation and generation; term 0: not begun
  uint64_t reign_ = 0;  // of the store, in which that term began
};

}  // namespace vinet::control
