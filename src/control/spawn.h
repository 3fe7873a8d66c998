// Spawn: a program in a session of its own, with no signal blocked or ignored: how everything
// begins that must not share the fate of who starts it (the daemon, programs of nodes, programs of
// callers).
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "support/result.h"

namespace vinet::control {

class Spawn {
 public:
  Spawn();
  ~Spawn();
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  // What the program finds, in this order. Descriptors that are not close-on-exec are passed on.
  Spawn& open(int fd, const char* path, int flags);
  Spawn& pass(int ours, int theirs);
  Spawn& close_from(int fd);
  Spawn& work_in(const std::string& directory);

  /// Starts `file` with these words. Errors: those of posix_spawn(3), also where the file cannot be
  /// run.
  Result<pid_t> run(const std::string& attempt, const char* file, std::vector<std::string> words,
                    std::vector<std::string> environment) const;

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

/// The environment of this process, as `run` takes it.
std::vector<std::string> own_environment();

}  // namespace vinet::control
