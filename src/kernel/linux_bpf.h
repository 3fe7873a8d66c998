// Programs and maps of the link layer as descriptors: loaded from the image in this binary, or
// reached by their ids.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <map>
#include <string>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::kernel {

inline constexpr const char* kBacksideProgram = "vi_backside";
inline constexpr const char* kBaseProgram = "vi_base";
inline constexpr const char* kLoopProgram = "vi_loop";

using MapFds = std::map<std::string, Fd>;

struct LoadedPrograms {
  std::map<std::string, Fd> programs;  ///< by name
  MapFds maps;                         ///< by name
};

/// Loads all programs. They use the maps in `reuse`; those that are not in it are made.
/// Errors carry the verifier's log, or what else libbpf had to say.
Result<LoadedPrograms> load_programs(const MapFds& reuse);

Result<Fd> open_program(uint32_t id);
/// What the kernel says of a program. `what` of it is asked for, is in the error.
Result<bpf_prog_info> info_of_program(int fd, const std::string& what);
Result<uint32_t> id_of_program(int fd);
/// What the kernel makes of a program's instructions, in hex: the same for the same code.
Result<std::string> tag_of_program(int fd);
/// The maps that a program uses.
Result<MapFds> maps_of_program(int fd);

}  // namespace vinet::kernel
