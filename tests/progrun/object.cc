// Alone in its file: the generated skeleton has a struct vi_link, and so has vi_abi.h.
#include "object.h"

#include <vi_link.skel.h>

namespace vinet::progrun {

std::span<const std::byte> built_in_object() {
  size_t bytes = 0;
  const void* data = vi_link::elf_bytes(&bytes);
  return {static_cast<const std::byte*>(data), bytes};
}

}  // namespace vinet::progrun
