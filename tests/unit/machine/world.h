// A kernel, a machine on it, and the whole of what the kernel holds as text, so that "as before" is
// string equality.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::testing {

class World {
 public:
  /// On the fake kernel, or (with a root directory of its own) on the real one.
  static World fake();
  static World real(const std::string& root);

  kernel::Kernel& kernel() { return *kernel_; }
  machine::Machine& machine() { return *machine_; }
  uint64_t calls() { return kernel_->calls().calls(); }

  /// Namespaces, devices, addresses, routes, attachments and map entries; without ifindexes,
  /// program ids and counts.
  std::string snapshot();

  /// Makes mutating call number `n` from now fail: that one, or it and all that follow.
  void fail_call(uint64_t n, bool from_then_on);
  void fail_none();

 private:
  World(std::unique_ptr<kernel::Kernel> kernel, const std::string& root);
  std::unique_ptr<kernel::Kernel> kernel_;
  std::unique_ptr<machine::Machine> machine_;
};

}  // namespace vinet::testing
