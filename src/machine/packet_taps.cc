// Problem: one thread reads hundreds of sockets without losing what it need not lose, and says up
// to which time nothing is missing. Approach: epoll; a ready socket is read until it is empty, or
// until it has had its turn. What is queued at the begin of a round and older than kSlack is
// complete, unless a socket was left before its end: then only up to the last packet that was read
// of it. Invariant: a socket whose device or namespace is gone is closed within kLookEvery.
#include "machine/packet_taps.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <map>

#include "machine/paths.h"
#include "machine/tap_filter.h"
#include "machine/tap_message.h"
#include "support/fd.h"

namespace vinet::machine {
namespace {

using capture::Packet;
using capture::PacketSource;
using capture::Round;
using Clock = std::chrono::steady_clock;

// From a packet's time stamp to its place in the queue; longer where the kernel is behind.
constexpr uint64_t kSlackNs = 20'000'000;
constexpr size_t kMostInATurn = 2048;  // packets
constexpr std::chrono::milliseconds kLookEvery{200};
// The queues of all sockets together, and of one.
constexpr size_t kAllQueues = 256 << 20, kLeastQueue = 1 << 20, kMostQueue = 32 << 20;

uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return time_of(now);
}

/// A namespace that a socket is in, told by its inode.
ino_t inode_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

/// A socket that gets all that passes a device of the namespace that this thread is in.
Result<Fd> open_socket(const std::string& device, std::vector<sock_filter> filter,
                       int queue_bytes) {
  Fd fd(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error("open packet socket", errno);
  const unsigned index = if_nametoindex(device.c_str());
  if (index == 0) return Error{Errc::kNotFound, "there is no device " + device, errno};
  const int on = 1;
  // A smaller queue is no reason to fail.
  static_cast<void>(
      setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &queue_bytes, sizeof queue_bytes));
  if (setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
      setsockopt(fd.get(), SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) != 0) {
    return errno_error("set up packet socket", errno);
  }
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  // A kernel that takes no filter so long (net.core.optmem_max) hands over more than is wanted.
  if (!filter.empty()) {
    static_cast<void>(setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);  // from now on, and from this device alone
  address.sll_ifindex = static_cast<int>(index);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno_error("bind to device " + device, errno);
  }
  return fd;
}

class PacketTaps final : public PacketSource {
 public:
  PacketTaps(kernel::Namespaces& namespaces, const std::string& root,
             const std::vector<capture::Tap>& taps, uint32_t snap_bytes)
      : epoll_(epoll_create1(EPOLL_CLOEXEC)),
        events_(std::max<size_t>(1, taps.size())),
        messages_(snap_bytes),
        taps_(taps.size()) {
    for (size_t i = 0; i < taps.size(); ++i) {
      taps_[i].netns = taps[i].netns;
      taps_[i].device = taps[i].device;
      spaces_[taps[i].netns].taps.push_back(static_cast<uint32_t>(i));
    }
    for (auto& [name, space] : spaces_) {
      space.path = below_root(root, "/run/netns/") + name;
      open_all(namespaces, name, space, taps);
    }
  }

  size_t open_taps() const override {
    return static_cast<size_t>(std::count_if(
        taps_.begin(), taps_.end(), [](const auto& tap) { return static_cast<bool>(tap.socket); }));
  }

  Counts counts(uint32_t index) override {
    OpenTap& tap = taps_[index];
    tpacket_stats fresh{};
    socklen_t length = sizeof fresh;
    // Asking sets the kernel's own count to 0.
    if (tap.socket &&
        getsockopt(tap.socket.get(), SOL_PACKET, PACKET_STATISTICS, &fresh, &length) == 0) {
      tap.counts.received += fresh.tp_packets;
      tap.counts.dropped += fresh.tp_drops;
    }
    return tap.counts;
  }

  Result<Round> read(int timeout_ms) override {
    Round round;
    round.ended = std::move(ended_);
    ended_.clear();
    if (!round.ended.empty()) timeout_ms = 0;
    const auto ask = [this](int patience_ms) {
      return epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                        patience_ms);
    };
    if (ask(timeout_ms) < 0 && errno != EINTR) return errno_error("wait for packets", errno);
    round.complete_ns = now_ns() - kSlackNs;
    const int ready = ask(0);  // now, so that what is complete is among them
    for (int i = 0; i < ready; ++i) take(events_[static_cast<size_t>(i)].data.u32, round);
    if (Clock::now() - looked_ >= kLookEvery) look_around(round);
    return round;
  }

 private:
  struct OpenTap {
    std::string netns, device;
    Fd socket;
    bool was_down = false;
    Counts counts;
  };
  struct Space {
    std::string path;
    ino_t inode = 0;
    std::vector<uint32_t> taps;
  };

  void open_all(kernel::Namespaces& namespaces, const std::string& name, Space& space,
                const std::vector<capture::Tap>& taps) {
    const auto queue = static_cast<int>(
        std::clamp(kAllQueues / std::max<size_t>(1, taps_.size()), kLeastQueue, kMostQueue));
    const Status entered = namespaces.enter(name, [&]() -> Status {
      space.inode = inode_of("/proc/thread-self/ns/net");
      for (const uint32_t index : space.taps) {
        Result<Fd> opened = open_socket(taps_[index].device, tap_filter(taps[index]), queue);
        if (!opened) {
          ended_.push_back({index, opened.error().message + " in " + name});
          continue;
        }
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u32 = index;
        if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, opened->get(), &event) != 0) {
          ended_.push_back({index, errno_error("wait for packets", errno).message});
          continue;
        }
        taps_[index].socket = *std::move(opened);
      }
      return ok();
    });
    if (entered) return;
    for (const uint32_t index : space.taps) ended_.push_back({index, entered.error().message});
  }

  /// Reads a socket until it is empty, or has had its turn.
  void take(uint32_t index, Round& round) {
    OpenTap& tap = taps_[index];
    size_t taken = 0;
    while (tap.socket) {
      const int got = messages_.receive(tap.socket.get());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == ENETDOWN) {
        tap.was_down = true;
        continue;  // what is queued still comes
      }
      if (got <= 0) break;
      for (int i = 0; i < got; ++i) {
        round.packets.push_back(messages_.packet(static_cast<size_t>(i), index));
        if (round.packets.back().time_ns == 0) round.packets.back().time_ns = now_ns();
      }
      taken += static_cast<size_t>(got);
      if (taken >= kMostInATurn) {
        round.complete_ns = std::min(round.complete_ns, round.packets.back().time_ns);
        break;
      }
    }
  }

  /// A socket whose device has been removed is bound to none; one that is only down comes back.
  static bool is_bound(int socket) {
    sockaddr_ll address{};
    socklen_t length = sizeof address;
    return getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
           address.sll_ifindex > 0;
  }

  /// A device that goes is down first, which its sockets are told; that it is gone then, they are
  /// not. A namespace tells nobody.
  void look_around(Round& round) {
    looked_ = Clock::now();
    for (uint32_t i = 0; i < taps_.size(); ++i) {
      const OpenTap& tap = taps_[i];
      if (!tap.socket || !tap.was_down || is_bound(tap.socket.get())) continue;
      take(i, round);
      end(i, "device " + tap.device + " in " + tap.netns + " is gone", round);
    }
    for (auto& [name, space] : spaces_) {
      if (space.inode == 0 || inode_of(space.path) == space.inode) continue;
      space.inode = 0;
      for (const uint32_t index : space.taps) {
        if (!taps_[index].socket) continue;
        take(index, round);
        end(index, "namespace " + name + " is gone", round);
      }
    }
  }

  void end(uint32_t index, const std::string& why, Round& round) {
    if (!taps_[index].socket) return;
    counts(index);
    taps_[index].socket.reset();
    round.ended.push_back({index, why});
  }

  const Fd epoll_;
  std::vector<epoll_event> events_;
  TapMessages messages_;
  std::vector<OpenTap> taps_;
  std::map<std::string, Space> spaces_;
  std::vector<Round::End> ended_;
  Clock::time_point looked_ = Clock::now();
};

}  // namespace

std::unique_ptr<PacketSource> open_packet_taps(kernel::Namespaces& namespaces,
                                               const std::string& root,
                                               const std::vector<capture::Tap>& taps,
                                               uint32_t snap_bytes) {
  return std::make_unique<PacketTaps>(namespaces, root, taps, snap_bytes);
}

}  // namespace vinet::machine
