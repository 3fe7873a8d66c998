// bare: the least that a ring of N virtual routers can cost: namespaces, veth pairs, addresses,
// settings, by plain netlink and nothing else. What `vinet up` of the same ring is measured against
// (rings.sh).
//
//   bare up N DIR     N + 3 namespaces bound in DIR, 2 N veth pairs from a router to one of three
//   machines, all up,
//                     5 addresses a router, one visit to /proc/sys/net a router
//   bare down N DIR   ends when the kernel has let go of every veth
//
// Prints seconds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

/// A netlink socket of the namespace it was opened in, one request at a time.
class Netlink {
 public:
  Netlink() : socket_(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)) {
    if (socket_ == nullptr || mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID) < 0) die("netlink");
  }
  ~Netlink() { mnl_socket_close(socket_); }
  Netlink(const Netlink&) = delete;
  Netlink& operator=(const Netlink&) = delete;

  template <typename Fill>
  void ask(uint16_t type, uint16_t flags, const Fill& fill) {
    char buffer[4096] = {};
    nlmsghdr* message = mnl_nlmsg_put_header(buffer);
    message->nlmsg_type = type;
    message->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    message->nlmsg_seq = ++sequence_;
    fill(message);
    if (mnl_socket_sendto(socket_, message, message->nlmsg_len) < 0) die("send");
    char answer[8192];
    const ssize_t n = mnl_socket_recvfrom(socket_, answer, sizeof answer);
    if (n < 0) die("receive");
    const auto* header = reinterpret_cast<const nlmsghdr*>(answer);
    const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(header));
    if (header->nlmsg_type == NLMSG_ERROR && error->error != 0) {
      errno = -error->error;
      die("netlink request " + std::to_string(type));
    }
  }
  size_t count_links() {
    char buffer[1 << 16] = {};
    nlmsghdr* message = mnl_nlmsg_put_header(buffer);
    message->nlmsg_type = RTM_GETLINK;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = ++sequence_;
    mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
    mnl_socket_sendto(socket_, message, message->nlmsg_len);
    size_t links = 0;
    for (;;) {
      ssize_t n = mnl_socket_recvfrom(socket_, buffer, sizeof buffer);
      if (n <= 0) die("dump");
      int left = static_cast<int>(n);
      for (auto* header = reinterpret_cast<const nlmsghdr*>(buffer); mnl_nlmsg_ok(header, left);
           header = mnl_nlmsg_next(header, &left)) {
        if (header->nlmsg_type == NLMSG_DONE) return links;
        links += header->nlmsg_type == RTM_NEWLINK;
      }
    }
  }

 private:
  mnl_socket* socket_;
  uint32_t sequence_ = 0;
};

std::string path_of(const std::string& directory, const std::string& name) {
  return directory + "/" + name;
}

/// Makes a namespace, binds it, and works in it.
template <typename Work>
void in_new_namespace(const std::string& path, const Work& work) {
  std::thread([&] {
    if (unshare(CLONE_NEWNET) != 0) die("unshare");
    const int file = open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (file < 0) die("make " + path);
    close(file);
    const std::string own = "/proc/self/task/" + std::to_string(gettid()) + "/ns/net";
    if (mount(own.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) die("bind " + path);
    work();
  }).join();
}

template <typename Work>
void in_namespace(const std::string& path, const Work& work) {
  std::thread([&] {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) die("enter " + path);
    close(fd);
    work();
  }).join();
}

void write_setting(const char* path, const char* value) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, value, std::strlen(value)) < 0) die(path);
  close(fd);
}

void set_up(Netlink& netlink, const char* device) {
  const unsigned index = if_nametoindex(device);
  netlink.ask(RTM_NEWLINK, 0, [&](nlmsghdr* message) {
    auto* link = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg)));
    link->ifi_index = static_cast<int>(index);
    link->ifi_flags = link->ifi_change = IFF_UP;
  });
}

void add_address(Netlink& netlink, const char* device, int family, const void* address,
                 size_t bytes) {
  const unsigned index = if_nametoindex(device);
  netlink.ask(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, [&](nlmsghdr* message) {
    auto* entry = static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifaddrmsg)));
    entry->ifa_family = static_cast<uint8_t>(family);
    entry->ifa_prefixlen = static_cast<uint8_t>(8 * bytes);
    entry->ifa_flags = IFA_F_NODAD;
    entry->ifa_index = index;
    mnl_attr_put(message, IFA_LOCAL, bytes, address);
    mnl_attr_put(message, IFA_ADDRESS, bytes, address);
  });
}

/// A veth pair whose other end, `peer`, is in the namespace `machine`.
void add_veth(Netlink& netlink, const char* device, const std::string& peer, int machine) {
  netlink.ask(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, [&](nlmsghdr* message) {
    mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
    mnl_attr_put_strz(message, IFLA_IFNAME, device);
    nlattr* info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
    nlattr* data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    nlattr* other = mnl_attr_nest_start(message, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
    mnl_attr_put_strz(message, IFLA_IFNAME, peer.c_str());
    mnl_attr_put_u32(message, IFLA_NET_NS_FD, static_cast<uint32_t>(machine));
    mnl_attr_nest_end(message, other);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);
  });
}

void make_router(int number, const std::string& path, const int* machines) {
  in_new_namespace(path, [&] {
    write_setting("/proc/sys/net/ipv4/icmp_ratemask", "0");
    write_setting("/proc/sys/net/ipv6/conf/all/forwarding", "1");
    Netlink netlink;
    const int machine = machines[number % 3];
    for (const char* device : {"a", "b"}) {
      add_veth(netlink, device, "v" + std::to_string(number) + device, machine);
    }
    const char* devices[] = {"lo", "a", "b"};
    for (uint32_t i = 0; i < 3; ++i) {
      const uint32_t v4 = htonl(0x0a000000U + static_cast<uint32_t>(number) * 16 + i);
      uint8_t v6[16] = {0xfd};
      std::memcpy(v6 + 12, &v4, 4);
      add_address(netlink, devices[i], AF_INET, &v4, 4);
      if (i < 2) add_address(netlink, devices[i], AF_INET6, v6, 16);
      set_up(netlink, devices[i]);
    }
  });
}

void up(int count, const std::string& directory) {
  mkdir(directory.c_str(), 0755);
  int machines[3];
  for (int m = 0; m < 3; ++m) {
    const std::string path = path_of(directory, "m" + std::to_string(m));
    in_new_namespace(path, [] {});
    machines[m] = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  for (int i = 0; i < count; ++i)
    make_router(i, path_of(directory, "r" + std::to_string(i)), machines);
  for (int m = 0; m < 3; ++m) {
    in_namespace(path_of(directory, "m" + std::to_string(m)), [&] {
      Netlink netlink;
      for (int i = m; i < count; i += 3) {
        for (const char* device : {"a", "b"})
          set_up(netlink, ("v" + std::to_string(i) + device).c_str());
      }
    });
    close(machines[m]);
  }
}

void remove_name(const std::string& path) {
  umount2(path.c_str(), MNT_DETACH);
  unlink(path.c_str());
}

void down(int count, const std::string& directory) {
  for (int i = 0; i < count; ++i) remove_name(path_of(directory, "r" + std::to_string(i)));
  for (int m = 0; m < 3; ++m) {
    const std::string path = path_of(directory, "m" + std::to_string(m));
    in_namespace(path, [] {
      Netlink netlink;
      while (netlink.count_links() > 1) usleep(1000);  // lo is left
    });
    remove_name(path);
  }
  rmdir(directory.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "bare up|down N DIR\n"), 2;
  const auto begin = std::chrono::steady_clock::now();
  const int count = std::atoi(argv[2]);
  std::strcmp(argv[1], "up") == 0 ? up(count, argv[3]) : down(count, argv[3]);
  std::printf("%.3f\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}
