#include "kernel/linux_route_watch.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>

#include "kernel/names.h"

namespace vinet::kernel {
namespace {

constexpr int kGroups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE,
                           RTNLGRP_NEXTHOP};

/// A socket in the namespace of the calling thread that hears of all groups that this kernel has.
std::optional<Fd> open_listener() {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return std::nullopt;
  }
  for (const int group : kGroups) {
    const int joined =
        ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
    if (joined != 0 && group != RTNLGRP_NEXTHOP) return std::nullopt;
  }
  return fd;
}

/// Reads all that is there. An overrun (ENOBUFS) says only that there was more.
void drain(int socket) {
  std::array<char, 256> begin;  // what it says does not matter
  for (int tries = 0; tries < 1'000'000; ++tries) {
    if (::recv(socket, begin.data(), begin.size(), MSG_DONTWAIT | MSG_TRUNC) >= 0) continue;
    if (errno != EINTR && errno != ENOBUFS) return;
  }
}

}  // namespace

void LinuxRouteWatch::watch(const std::set<std::string>& namespaces) {
  std::erase_if(watched_, [&](const auto& one) {
    const auto& [name, watched] = one;
    struct stat now {};
    return !namespaces.contains(name) || ::stat(context_.path_of(name).c_str(), &now) != 0 ||
           now.st_dev != watched.device || now.st_ino != watched.inode;
  });
  std::vector<std::string> missing;
  for (const std::string& name : namespaces) {
    if (!watched_.contains(name) && check_namespace_name(name)) missing.push_back(name);
  }
  if (!missing.empty()) open_all(missing);
  if (watched_.empty()) epoll_ = Fd();
}

void LinuxRouteWatch::open_all(const std::vector<std::string>& names) {
  if (!epoll_) epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return;
  // One helper goes through all of them; its own namespace ends with it.
  (void)on_own_thread([&]() -> Status {
    for (const std::string& name : names) {
      const Fd space(::open(context_.path_of(name).c_str(), O_RDONLY | O_CLOEXEC));
      struct stat info {};
      if (!space || ::fstat(space.get(), &info) != 0 || ::setns(space.get(), CLONE_NEWNET) != 0) {
        continue;
      }
      std::optional<Fd> socket = open_listener();
      if (!socket) continue;
      const auto [watched, added] =
          watched_.insert_or_assign(name, Watched{*std::move(socket), info.st_dev, info.st_ino});
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = const_cast<std::string*>(&watched->first);  // stays where it is
      if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watched->second.socket.get(), &event) != 0) {
        watched_.erase(watched);
      }
    }
    return ok();
  });
}

std::set<std::string> LinuxRouteWatch::take_changed() {
  std::set<std::string> changed;
  if (!epoll_) return changed;
  std::array<epoll_event, 64> events;
  for (size_t rounds = 0; rounds <= watched_.size(); ++rounds) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      const auto& name = *static_cast<const std::string*>(events[static_cast<size_t>(i)].data.ptr);
      changed.insert(name);
      drain(watched_.at(name).socket.get());
    }
    if (count < static_cast<int>(events.size())) break;
  }
  return changed;
}

}  // namespace vinet::kernel
