// The five doors together. linux.h opens the real ones, fake.h those of a kernel that is a data
// structure.
#pragma once

#include <memory>

#include "kernel/door.h"
#include "kernel/links.h"
#include "kernel/namespaces.h"
#include "kernel/processes.h"
#include "kernel/programs.h"
#include "kernel/route_watch.h"

namespace vinet::kernel {

class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual Namespaces& namespaces() = 0;
  virtual Links& links() = 0;
  virtual Programs& programs() = 0;
  virtual Processes& processes() = 0;
  virtual RouteWatch& route_watch() = 0;
  virtual CallCounter& calls() = 0;
};

}  // namespace vinet::kernel
