// What only the real kernel can show: marks, mounts, killed processes, the company of other tools.
#include "kernel/linux.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/ip_icmp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "unit/kernel/child.h"
#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

class LinuxKernel : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "the real kernel needs root";
    twin_ = std::make_unique<Twin>(true);
  }

  Twin& twin() { return *twin_; }
  std::string file_of(const std::string& netns) { return twin().root() + "/run/netns/" + netns; }
  static std::string mark_of(Kernel& kernel, const std::string& netns) {
    const auto lo = kernel.links().find_device(netns, "lo");
    return lo ? lo->device.alias : lo.error().message;
  }

 private:
  std::unique_ptr<Twin> twin_;
};

bool ran(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

TEST_F(LinuxKernel, ANamedNamespaceIsNeverWithoutItsMark) {
  std::atomic<bool> done = false;
  std::atomic<int> unmarked = 0;
  std::atomic<int> seen = 0;
  std::thread watcher([&] {
    const auto kernel = open_linux(twin().root());
    while (!done) {
      if (!*kernel->namespaces().alive("A")) continue;
      const auto lo = kernel->links().find_device("A", "lo");
      if (!lo) continue;  // removed meanwhile
      ++seen;
      if (lo->device.alias != "vinet:test:A" || !lo->device.up) ++unmarked;
    }
  });
  for (int i = 0; i < 100 || (seen < 20 && i < 2000); ++i) twin().create("A").remove("A");
  done = true;
  watcher.join();
  EXPECT_GE(seen, 20);
  EXPECT_EQ(unmarked, 0);
}

TEST_F(LinuxKernel, KilledWhileCreatingLeavesAtMostAnEmptyFile) {
  int empty = 0;
  for (int round = 0; round < 40; ++round) {
    Child child([&] {
      const auto kernel = open_linux(twin().root());
      if (write(STDOUT_FILENO, "\n", 1) != 1) return 1;
      for (int i = 0; i < 1000; ++i) {
        const std::string name = "n" + std::to_string(i);
        if (!kernel->namespaces().create(name, "vinet:test:" + name)) return 1;
      }
      return 0;
    });
    child.read_line();
    usleep(static_cast<useconds_t>(500 + 137 * round));  // another moment each round
    child.end(SIGKILL);
    const auto names = twin().namespaces().list();
    ASSERT_TRUE(names);
    for (const std::string& name : *names) {
      if (*twin().namespaces().alive(name)) {
        EXPECT_EQ(mark_of(twin().kernel(), name), "vinet:test:" + name);
      } else {
        ++empty;
        struct stat info {};
        ASSERT_EQ(stat(file_of(name).c_str(), &info), 0);
        EXPECT_EQ(info.st_size, 0);
      }
      const Status removed = twin().namespaces().remove(name);
      EXPECT_TRUE(removed) << (removed ? "" : removed.error().message);
    }
  }
  EXPECT_NE(access((twin().root() + "/run/netns").c_str(), F_OK), 0) << "nothing may remain";
  RecordProperty("empty_files", empty);
}

TEST_F(LinuxKernel, RemoveLetsTheKernelGo) {
  twin().machine().joined();
  const auto ids = twin().programs().observe("M")->program_ids;
  ASSERT_FALSE(ids.empty());
  for (const char* name : {"A", "M", "N"}) ASSERT_TRUE(twin().namespaces().remove(name));
  // B's peer was in A, which nothing of ours may hold open.
  EXPECT_TRUE(eventually([&] { return twin().links().list_devices("B")->size() == 1; }));
  for (const uint32_t id : ids) {
    EXPECT_TRUE(eventually([&] { return !*twin().programs().exists(id); })) << id;
  }
}

TEST_F(LinuxKernel, RemoveTakesStackedMountsAway) {
  twin().create("A");
  ASSERT_EQ(mount(file_of("A").c_str(), file_of("A").c_str(), nullptr, MS_BIND, nullptr), 0);
  EXPECT_TRUE(twin().namespaces().remove("A"));
  EXPECT_NE(access(file_of("A").c_str(), F_OK), 0);
}

TEST_F(LinuxKernel, MadeAndRemovedUnderAnyPropagation) {
  for (const unsigned long propagation : {MS_SHARED, MS_PRIVATE, MS_SLAVE}) {
    Child child([&] {
      if (unshare(CLONE_NEWNS) != 0) return 1;
      if (mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 2;
      if (mount("", "/", nullptr, MS_REC | propagation, nullptr) != 0) return 3;
      const auto kernel = open_linux(twin().root());
      if (!kernel->namespaces().create("P", "mark")) return 4;
      if (mark_of(*kernel, "P") != "mark") return 5;
      if (!kernel->namespaces().remove("P")) return 6;
      return kernel->namespaces().list()->empty() ? 0 : 7;
    });
    EXPECT_EQ(child.wait(), 0) << propagation;
  }
}

TEST_F(LinuxKernel, AReplacedNamespaceIsSeenAsAnother) {
  twin().joined();
  ASSERT_EQ(twin().links().list_devices("A")->size(), 2U);
  Child other([&] {  // another process, so that nothing here is told
    const auto kernel = open_linux(twin().root());
    return kernel->namespaces().remove("A") && kernel->namespaces().create("A", "new") ? 0 : 1;
  });
  ASSERT_EQ(other.wait(), 0);
  EXPECT_EQ(mark_of(twin().kernel(), "A"), "new");
  EXPECT_EQ(twin().links().list_devices("A")->size(), 1U);
}

TEST_F(LinuxKernel, ProgramsLiveWithoutAProcess) {
  Child child([&] {
    const auto kernel = open_linux(twin().root());
    Programs& programs = kernel->programs();
    const bool done = kernel->namespaces().create("M", "m") &&
                      kernel->namespaces().create("N", "n") &&
                      kernel->links().create_veth("N", device("vl"), "M", device("v1")) &&
                      programs.bind_backside("M", "v1") && programs.load("M", 1, 0) &&
                      programs.attach_block("M") && programs.attach_base("M", "lo") &&
                      programs.put_own("M", kernel::machine_address(77), 2);
    return done ? 0 : 1;
  });
  ASSERT_EQ(child.wait(), 0);
  EXPECT_EQ(twin().attachment("M").transcript(), "[loaded block v1/backside lo/base]");
  const auto own = twin().programs().list_own("M");
  ASSERT_TRUE(own) << (own ? "" : own.error().message);
  EXPECT_EQ(own->at(kernel::machine_address(77)), 2U);
  EXPECT_TRUE(twin().programs().put_own("M", kernel::machine_address(78), 2));
}

/// Sends one ICMP echo with `nonce` out of device vl, from inside its namespace.
Status send_echo(uint64_t nonce) {
  const Fd fd(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!fd) return errno_error("socket", errno);
  if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, "vl", 2) != 0) {
    return errno_error("SO_BINDTODEVICE", errno);
  }
  struct {
    icmphdr header{};
    uint64_t nonce = 0;
  } echo;
  echo.header.type = ICMP_ECHO;
  echo.nonce = nonce;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(0x0a000002);
  const auto* address = reinterpret_cast<const sockaddr*>(&to);
  if (sendto(fd.get(), &echo, sizeof echo, 0, address, sizeof to) < 0) {
    return errno_error("sendto", errno);
  }
  return ok();
}

TEST_F(LinuxKernel, RecordsOfTheProbeAndDropsAreRead) {
  constexpr uint64_t kNonce = 0x1122334455667788;
  twin().machine();
  Programs& programs = twin().programs();
  // Else the node's IPv6 says something of its own when its device comes up, and is counted too.
  ASSERT_TRUE(twin().namespaces().write_settings("N", {.ipv6 = false}));
  twin().configure("M", device("v1")).configure("N", device("vl"));
  twin().add("N", "vl", "10.0.0.1 peer 10.0.0.2/32").does(programs.set_probe("M", kNonce));
  ASSERT_EQ(twin().transcript(), "ok ok ok ok");
  const uint32_t backside = twin().links().find_device("M", "v1")->ifindex;
  ASSERT_TRUE(programs.put_counters("M", backside));

  for (const uint64_t nonce : {kNonce, kNonce + 1}) {  // the second is not the probe
    const Status sent = twin().namespaces().enter("N", [&] { return send_echo(nonce); });
    ASSERT_TRUE(sent) << (sent ? "" : sent.error().message);
  }
  EXPECT_TRUE(eventually(
      [&] { return programs.list_counters("M")->at(backside).drops[VI_DROP_NO_LINK] == 2; }));
  const auto records = programs.take_records("M");
  ASSERT_TRUE(records) << (records ? "" : records.error().message);
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ(records->front().probe_nonce, kNonce);
  EXPECT_EQ(records->front().event, VI_EVENT_DROP);
  EXPECT_EQ(records->front().reason, VI_DROP_NO_LINK);
  EXPECT_EQ(records->front().backside, backside);
  EXPECT_TRUE(programs.take_records("M")->empty()) << "what was taken is gone";
}

TEST_F(LinuxKernel, WithoutRootTheFeaturesSayWhatIsMissing) {
  Child child([&] {
    const auto kernel = open_linux("/");
    if (setuid(65534) != 0) return 1;
    const Status probed = kernel->programs().probe_features();
    if (probed) return 2;
    if (probed.error().code != Errc::kPermissionDenied) return 3;
    if (probed.error().message.find("root") == std::string::npos) return 4;
    const Status made = kernel->namespaces().create("vtest-kernel-nobody", "mark");
    return !made && made.error().code == Errc::kPermissionDenied ? 0 : 5;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(LinuxKernel, AStrangersFilterAndClsactAreKept) {
  twin().machine();
  const std::string tc = "nsenter --net=" + file_of("M") + " tc ";
  ASSERT_TRUE(ran(tc + "qdisc add dev lo clsact"));
  ASSERT_TRUE(ran(tc + "filter add dev lo egress bpf bytecode '1,6 0 0 0,'"));
  ASSERT_TRUE(twin().programs().attach_base("M", "lo"));
  ASSERT_TRUE(twin().programs().detach_base("M", "lo"));
  EXPECT_TRUE(ran(tc + "filter show dev lo egress | grep -q bytecode"));
}

TEST_F(LinuxKernel, IpNetnsKnowsOurNamespacesAndWeItsOwn) {
  const auto kernel = open_linux("/");
  const std::string name = "vtest-kernel-" + std::to_string(getpid());
  const Status made = kernel->namespaces().create(name, "vinet:test:root");
  ASSERT_TRUE(made) << (made ? "" : made.error().message);
  EXPECT_TRUE(ran("ip netns list | grep -q '^" + name + "'"));
  EXPECT_TRUE(ran("ip netns exec " + name + " ip link show lo | grep -q vinet:test:root"));
  EXPECT_TRUE(kernel->namespaces().remove(name));
  EXPECT_FALSE(ran("ip netns list | grep -q '^" + name + "'"));

  ASSERT_TRUE(ran("ip netns add " + name));
  EXPECT_TRUE(*kernel->namespaces().alive(name));
  EXPECT_EQ(mark_of(*kernel, name), "");
  EXPECT_TRUE(kernel->namespaces().remove(name));
  EXPECT_FALSE(ran("ip netns list | grep -q '^" + name + "'"));
}

TEST_F(LinuxKernel, LinkLocalsComeFromTheMacAndAreNotListed) {
  twin().joined();
  const std::string ip = "nsenter --net=" + file_of("A") + " ip -6 address show dev x ";
  const auto mac = net::mac_from("x").bytes;
  char tail[16];
  std::snprintf(tail, sizeof tail, "ff:fe%02x:%x", mac[3], mac[4] << 8 | mac[5]);
  EXPECT_TRUE(eventually([&] { return ran(ip + "scope link | grep -q " + tail); })) << tail;
  EXPECT_EQ(twin().links().find_device("A", "x")->device.addresses.size(), 2U);
  EXPECT_FALSE(ran(ip + "| grep -q -e tentative -e dadfailed"));
}

TEST_F(LinuxKernel, SettingsOfADeviceDoNotComeFromTheComputer) {
  twin().joined();
  const std::string show = "nsenter --net=" + file_of("A") + " sysctl -n net.ipv4.conf.x.";
  EXPECT_TRUE(ran("test $(" + show + "rp_filter) = 0"));
  EXPECT_TRUE(ran("test $(" + show + "forwarding) = 0"));
  EXPECT_TRUE(ran("nsenter --net=" + file_of("A") +
                  " sysctl -qw net.ipv4.conf.x.send_redirects=0 net.ipv4.conf.x.proxy_arp=1"));
  twin().configure("A", device("x", [](net::Device& x) { x.forwarding = true; }));
  EXPECT_TRUE(ran("test $(" + show + "forwarding) = 1"));
  EXPECT_TRUE(ran("test $(" + show + "send_redirects) = 1"));
  EXPECT_TRUE(ran("test $(" + show + "proxy_arp) = 0"));
}

TEST_F(LinuxKernel, ThisProcessStaysWhereItIs) {
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(stat("/proc/self/ns/net", &before), 0);
  twin().joined();
  ino_t inside = 0;
  ASSERT_TRUE(twin().namespaces().enter("A", [&] {
    struct stat info {};
    stat("/proc/thread-self/ns/net", &info);
    inside = info.st_ino;
    return ok();
  }));
  ASSERT_EQ(stat("/proc/self/ns/net", &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  struct stat netns {};
  ASSERT_EQ(stat(file_of("A").c_str(), &netns), 0);
  EXPECT_EQ(inside, netns.st_ino);
}

TEST_F(LinuxKernel, VerifierLogsAndRefusalsNameTheirObject) {
  twin().joined();
  const Status refused = twin().links().add_route("A", route("10.1.0.0/16 via 10.9.9.9 dev x"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("10.1.0.0/16 via 10.9.9.9 dev x"), std::string::npos);
  EXPECT_NE(refused.error().message.find("in A"), std::string::npos);
  EXPECT_NE(refused.error().message.find("gateway"), std::string::npos)
      << "the kernel's own words: " << refused.error().message;
}

}  // namespace
}  // namespace vinet::kernel
