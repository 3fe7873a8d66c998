#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>

#include "member/options.h"
#include "support/fd.h"

namespace vinet::member {
namespace {

/// A line `MemTotal:  16384 kB`.
uint64_t read_memory(const std::string& key) {
  std::ifstream file("/proc/meminfo");
  std::string word;
  for (uint64_t kib = 0; file >> word;) {
    if (word == key + ":" && file >> kib) return kib << 10;
    std::getline(file, word);
  }
  return 0;
}

uint64_t count_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<uint64_t>(CPU_COUNT(&set));
}

/// Numbers of the network namespaces that are bound to names. Of one of those,
/// /proc/self/mountinfo says: 512 22 0:4 net:[4026532201] /run/netns/fig11.A rw - nsfs nsfs rw
void add_bound(std::set<std::string>& numbers) {
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t at = line.find(" net:[");
    if (at == std::string::npos || line.find(" - nsfs ") == std::string::npos) continue;
    numbers.insert(line.substr(at + 1, line.find(']', at) - at));
  }
}

void add_of_processes(std::set<std::string>& numbers) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (const dirent* entry = proc ? ::readdir(proc.get()) : nullptr) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    char text[64];
    const std::string link = std::string("/proc/") + entry->d_name + "/ns/net";
    const ssize_t n = ::readlink(link.c_str(), text, sizeof text);
    if (n > 0) numbers.emplace(text, static_cast<size_t>(n));
  }
}

Room network_namespaces() {
  Room room;
  std::ifstream("/proc/sys/user/max_net_namespaces") >> room.most;
  std::set<std::string> numbers;
  add_bound(numbers);
  add_of_processes(numbers);
  room.used = numbers.size();
  return room;
}

sockaddr_in name_of(net::Ipv4 address, uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(address.bits);
  name.sin_port = htons(port);
  return name;
}

bool has_address(net::Ipv4 address) {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in name = name_of(address, 0);
  return fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

/// The source that the kernel chooses towards an address of the documentation's (RFC 5737), which
/// only the default route leads to. Nothing is sent.
net::Ipv4 source_by_default_route() {
  constexpr net::Ipv4 kFar{192U << 24 | 0U << 16 | 2U << 8 | 1U};
  constexpr uint16_t kDiscard = 9;
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in far = name_of(kFar, kDiscard);
  sockaddr_in near{};
  socklen_t length = sizeof near;
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&far), sizeof far) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&near), &length) != 0) {
    return {};
  }
  return net::Ipv4{ntohl(near.sin_addr.s_addr)};
}

}  // namespace

Surroundings real_surroundings(const std::string& root) {
  Surroundings real;
  real.clocks = control::read_clocks;
  real.boottime = [] {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::milliseconds(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
  };
  real.memory_bytes = [] { return read_memory("MemTotal"); };
  real.free_memory_bytes = [] { return read_memory("MemAvailable"); };
  real.cpus = count_cpus;
  real.network_namespaces = network_namespaces;
  real.has_namespace = [directory =
                            (root == "/" ? "" : root) + "/run/netns/"](const std::string& name) {
    struct stat file {};
    return ::lstat((directory + name).c_str(), &file) == 0;
  };
  real.has_address = has_address;
  real.base_address = source_by_default_route;
  return real;
}

}  // namespace vinet::member
