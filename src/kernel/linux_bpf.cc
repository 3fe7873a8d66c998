// Loading by libbpf; its words are kept for the error and never reach stderr.
#include "kernel/linux_bpf.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "kernel/program_image.h"

namespace vinet::kernel {
namespace {

constexpr size_t kMaxLogBytes = 16 * 1024;  // the end of a verifier's log says why

thread_local std::string said;  // by libbpf, while it loads

int keep_words(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0) return 0;
  std::vector<char> text(static_cast<size_t>(length) + 1);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  said.append(text.data(), static_cast<size_t>(length));
  return length;
}

std::string last_words() {
  std::string words = std::move(said);
  said.clear();
  if (words.size() > kMaxLogBytes) words = "..." + words.substr(words.size() - kMaxLogBytes);
  while (!words.empty() && words.back() == '\n') words.pop_back();
  return words.empty() ? "" : "\n" + words;
}

Result<Fd> duplicate(int fd) {
  Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) return errno_error("duplicate descriptor", errno);
  return copy;
}

/// Makes every program hold every map, also those that it does not use: whichever of the two is
/// attached keeps all.
Status bind_maps(const LoadedPrograms& loaded) {
  for (const auto& [program_name, program] : loaded.programs) {
    for (const auto& [map_name, map] : loaded.maps) {
      if (bpf_prog_bind_map(program.get(), map.get(), nullptr) != 0 && errno != EEXIST) {
        return errno_error("bind map " + map_name + " to " + program_name, errno);
      }
    }
  }
  return ok();
}

}  // namespace

Result<LoadedPrograms> load_programs(const MapFds& reuse) {
  libbpf_set_print(keep_words);
  said.clear();
  const auto image = program_image();
  const std::unique_ptr<bpf_object, void (*)(bpf_object*)> object(
      bpf_object__open_mem(image.data(), image.size(), nullptr), bpf_object__close);
  if (!object) {
    Error error = errno_error("open the program image", errno);
    error.message += last_words();
    return error;
  }
  for (const auto& [name, fd] : reuse) {
    bpf_map* map = bpf_object__find_map_by_name(object.get(), name.c_str());
    if (map != nullptr && bpf_map__reuse_fd(map, fd.get()) != 0) {
      return errno_error("reuse map " + name, errno);
    }
  }
  if (const int result = bpf_object__load(object.get()); result != 0) {
    Error error = errno_error("load programs", -result);
    error.message += last_words();
    return error;
  }
  said.clear();
  LoadedPrograms loaded;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    ASSIGN_OR_RETURN(loaded.programs[bpf_program__name(program)],
                     duplicate(bpf_program__fd(program)));
  }
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) {
    ASSIGN_OR_RETURN(loaded.maps[bpf_map__name(map)], duplicate(bpf_map__fd(map)));
  }
  TRY(bind_maps(loaded));
  return loaded;
}

Result<Fd> open_program(uint32_t id) {
  Fd fd(bpf_prog_get_fd_by_id(id));
  if (!fd) return errno_error("open program " + std::to_string(id), errno);
  return fd;
}

Result<bpf_prog_info> info_of_program(int fd, const std::string& what) {
  bpf_prog_info info{};
  uint32_t length = sizeof info;
  if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0) return errno_error("ask for " + what, errno);
  return info;
}

Result<uint32_t> id_of_program(int fd) {
  ASSIGN_OR_RETURN(const bpf_prog_info info, info_of_program(fd, "a program's id"));
  return info.id;
}

Result<std::string> tag_of_program(int fd) {
  ASSIGN_OR_RETURN(const bpf_prog_info info, info_of_program(fd, "a program's tag"));
  std::string text;
  for (const uint8_t byte : info.tag) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

Result<MapFds> maps_of_program(int fd) {
  std::vector<uint32_t> ids(64);
  bpf_prog_info info{};
  info.map_ids = reinterpret_cast<uintptr_t>(ids.data());
  info.nr_map_ids = static_cast<uint32_t>(ids.size());
  uint32_t length = sizeof info;
  if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0) {
    return errno_error("ask for a program's maps", errno);
  }
  ids.resize(std::min<size_t>(ids.size(), info.nr_map_ids));
  MapFds maps;
  for (const uint32_t id : ids) {
    Fd map(bpf_map_get_fd_by_id(id));
    if (!map) return errno_error("open map " + std::to_string(id), errno);
    bpf_map_info map_info{};
    uint32_t map_length = sizeof map_info;
    if (bpf_obj_get_info_by_fd(map.get(), &map_info, &map_length) != 0) {
      return errno_error("ask for map " + std::to_string(id), errno);
    }
    maps[map_info.name] = std::move(map);
  }
  return maps;
}

}  // namespace vinet::kernel
