// A kernel that is a data structure: same answers as the real one to what vinet asks of it, refusals included (long
// names, wrong MTU, EEXIST, missing device, route without a way). One table of cases runs on both twins.
#pragma once

#include <memory>

#include "kernel/kernel.h"

namespace vinet::kernel {

std::unique_ptr<Kernel> make_fake();

}  // namespace vinet::kernel
