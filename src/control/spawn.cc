#include "control/spawn.h"

#include <signal.h>
#include <unistd.h>

namespace vinet::control {
namespace {

/// As exec takes them; valid as long as the texts are.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Spawn::Spawn() {
  posix_spawn_file_actions_init(&files_);
  posix_spawnattr_init(&attributes_);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setsigdefault(&attributes_, &all);
  posix_spawnattr_setflags(&attributes_,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

Spawn::~Spawn() {
  posix_spawn_file_actions_destroy(&files_);
  posix_spawnattr_destroy(&attributes_);
}

Spawn& Spawn::open(int fd, const char* path, int flags) {
  posix_spawn_file_actions_addopen(&files_, fd, path, flags, 0);
  return *this;
}

Spawn& Spawn::pass(int ours, int theirs) {
  posix_spawn_file_actions_adddup2(&files_, ours, theirs);
  return *this;
}

Spawn& Spawn::close_from(int fd) {
  posix_spawn_file_actions_addclosefrom_np(&files_, fd);
  return *this;
}

Spawn& Spawn::work_in(const std::string& directory) {
  posix_spawn_file_actions_addchdir_np(&files_, directory.c_str());
  return *this;
}

Result<pid_t> Spawn::run(const std::string& attempt, const char* file,
                         std::vector<std::string> words,
                         std::vector<std::string> environment) const {
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, file, &files_, &attributes_, pointers_to(words).data(),
                                   pointers_to(environment).data());
  if (failed != 0) return errno_error(attempt, failed);
  return pid;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> texts;
  for (char** entry = environ; *entry != nullptr; ++entry) texts.emplace_back(*entry);
  return texts;
}

}  // namespace vinet::control
