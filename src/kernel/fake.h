// A kernel that is a data structure: same answers as the real one to what vinet asks of it,
// refusals included (long names, wrong MTU, EEXIST, missing device, route without a way). One table
// of cases runs on both twins.
#pragma once

#include <memory>
#include <string>

#include "kernel/kernel.h"

namespace vinet::kernel {

std::unique_ptr<Kernel> make_fake();

/// Makes the name an empty file, as a process does that is killed while it makes a namespace. Only
/// for a fake.
void leave_empty_file(Kernel& fake, const std::string& name);

/// Makes the maps of every machine as small as that. Only for a fake.
void limit_links(Kernel& fake, size_t most_links);

/// Gives the programs that a machine's filters hold other code. Only for a fake.
void alter_programs(Kernel& fake, const std::string& machine);

}  // namespace vinet::kernel
