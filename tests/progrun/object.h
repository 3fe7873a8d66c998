// The object file with the programs under test.
#pragma once

#include <cstddef>
#include <span>

namespace vinet::progrun {

/// vi_link.bpf.o as built into this binary.
std::span<const std::byte> built_in_object();

}  // namespace vinet::progrun
