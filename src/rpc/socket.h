// The daemon's unix socket: who may be there, and who is.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::rpc {

/// Where the daemon of a state directory listens.
std::string socket_of(const std::string& state_directory);

/// Who is at the other end of a connected unix socket, as the kernel says.
struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  ///< supplementary
};
Result<Peer> peer_of(int fd);

/// Root may; and who is in `group`, where one was named.
bool may_call(const Peer& peer, std::optional<gid_t> group);

/// A listening socket whose file goes with it.
class Listener {
 public:
  /// Replaces a file that nobody listens at (a killed daemon's). Mode 0600, or 0660 for `group`.
  /// Errors: already_exists naming the pid if somebody listens; failed_precondition if the path is
  /// something else than a socket.
  static Result<Listener> listen(const std::string& path, std::optional<gid_t> group);
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const { return fd_.get(); }
  /// Does its path still lead to it? Who removes the file shuts all callers out.
  bool is_named() const;

 private:
  Listener(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;  ///< of the file; 0 before it is known
};

/// Connects, and looks who answers: only root's or this user's own daemon is trusted.
/// Errors: not_found if there is no socket or nobody listens; permission_denied.
Result<Fd> connect(const std::string& path);

}  // namespace vinet::rpc
