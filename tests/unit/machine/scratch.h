// A root directory of its own on the real kernel, removed with all that is in it.
#pragma once

#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace vinet::testing {

/// Real namespaces and programs need root.
inline bool is_root() {
  return geteuid() == 0;
}

class ScratchRoot {
 public:
  ScratchRoot() {
    std::string path = std::filesystem::temp_directory_path() / "vinet-machine-XXXXXX";
    path_ = mkdtemp(path.data()) == nullptr ? "" : path;
  }
  ScratchRoot(const ScratchRoot&) = delete;
  ScratchRoot& operator=(const ScratchRoot&) = delete;
  ~ScratchRoot() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(netns(), error)) {
      umount2(entry.path().c_str(), MNT_DETACH);
    }
    umount2(netns().c_str(), MNT_DETACH);
    std::filesystem::remove_all(path_, error);
  }

  const std::string& path() const { return path_; }
  std::string netns() const { return path_ + "/run/netns"; }

 private:
  std::string path_;
};

}  // namespace vinet::testing
