#include "rpc/socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vinet::rpc {
namespace {

/// A path longer than sun_path is named through a descriptor of its directory.
struct Address {
  sockaddr_un name{};
  Fd directory;
};

Result<Address> address_of(const std::string& path) {
  Address address;
  address.name.sun_family = AF_UNIX;
  std::string short_path = path;
  if (path.size() >= sizeof address.name.sun_path) {
    const size_t slash = path.rfind('/');
    address.directory = Fd(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!address.directory) return errno_error("open " + path.substr(0, slash), errno);
    short_path = fmt::format("/proc/self/fd/{}{}", address.directory.get(), path.substr(slash));
  }
  if (short_path.size() >= sizeof address.name.sun_path) {
    return Error{Errc::kInvalidArgument, "the path " + path + " is too long for a socket"};
  }
  std::memcpy(address.name.sun_path, short_path.c_str(), short_path.size() + 1);
  return address;
}

const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.name);
}

Result<Fd> unix_socket(int flags) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd) return errno_error("make a unix socket", errno);
  return fd;
}

}  // namespace

std::string socket_of(const std::string& state_directory) {
  return state_directory + "/vinet.sock";
}

Result<Peer> peer_of(int fd) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return errno_error("ask who is at the other end", errno);
  }
  Peer peer{credentials.pid, credentials.uid, credentials.gid, {}};
  peer.groups.resize(1024);
  length = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &length) != 0) length = 0;
  peer.groups.resize(length / sizeof(gid_t));
  return peer;
}

bool may_call(const Peer& peer, std::optional<gid_t> group) {
  if (peer.uid == 0) return true;
  if (!group) return false;
  return peer.gid == *group ||
         std::find(peer.groups.begin(), peer.groups.end(), *group) != peer.groups.end();
}

Result<Listener> Listener::listen(const std::string& path, std::optional<gid_t> group) {
  if (Result<Fd> other = connect(path)) {
    const Result<Peer> peer = peer_of(other->get());
    return Error{Errc::kAlreadyExists, fmt::format("a daemon (process {}) listens at {} already",
                                                   peer ? peer->pid : 0, path)};
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode)) {
      return Error{Errc::kFailedPrecondition, path + " is not a socket: remove it"};
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("unlink " + path, errno);
  }
  ASSIGN_OR_RETURN(Fd fd, unix_socket(SOCK_NONBLOCK));
  ASSIGN_OR_RETURN(const Address address, address_of(path));
  // From its first moment nobody else's: the file gets the socket's own mode.
  if (::fchmod(fd.get(), 0600) != 0 ||
      ::bind(fd.get(), generic(address), sizeof address.name) != 0) {
    return errno_error("bind " + path, errno);
  }
  Listener listener(std::move(fd), path);
  if (::lstat(path.c_str(), &info) != 0) return errno_error("look at " + path, errno);
  listener.device_ = info.st_dev;
  listener.inode_ = info.st_ino;
  if (group && (::chown(path.c_str(), 0, *group) != 0 || ::chmod(path.c_str(), 0660) != 0)) {
    return errno_error("give " + path + " to its group", errno);
  }
  if (::listen(listener.fd(), SOMAXCONN) != 0) return errno_error("listen at " + path, errno);
  return listener;
}

bool Listener::is_named() const {
  struct stat info {};
  return ::lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

Listener::~Listener() {
  if (fd_ && is_named()) ::unlink(path_.c_str());
}

Result<Fd> connect(const std::string& path) {
  ASSIGN_OR_RETURN(Fd fd, unix_socket(0));
  Result<Address> address = address_of(path);
  if (!address) return Error{Errc::kNotFound, std::move(address).error().message};
  if (::connect(fd.get(), generic(*address), sizeof address->name) != 0) {
    Error error = errno_error("connect to the daemon at " + path, errno);
    if (errno == ENOENT || errno == ECONNREFUSED) error.code = Errc::kNotFound;
    return error;
  }
  ASSIGN_OR_RETURN(const Peer peer, peer_of(fd.get()));
  if (peer.uid != 0 && peer.uid != ::geteuid()) {
    return Error{Errc::kPermissionDenied,
                 fmt::format("{} belongs to user {}, who is neither root nor you", path, peer.uid)};
  }
  return fd;
}

}  // namespace vinet::rpc
