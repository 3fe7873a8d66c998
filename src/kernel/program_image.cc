// Hands out the object file that bpftool put into the skeleton header.
#include "kernel/program_image.h"

#include "vi_link.skel.h"

namespace vinet::kernel {

std::span<const std::byte> program_image() {
  size_t size = 0;
  const void* bytes = vi_link::elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

}  // namespace vinet::kernel
