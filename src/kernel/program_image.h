// The object file of bpf/vi_link.bpf.c, which lies inside this binary.
//
// Apart from the rest because the generated skeleton names its struct vi_link, as vi_abi.h names
// another.
#pragma once

#include <cstddef>
#include <span>

namespace vinet::kernel {

std::span<const std::byte> program_image();

}  // namespace vinet::kernel
