// Door 4 on the real kernel: programs become part of a node, are found in it, and are ended.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernel/linux.h"
#include "unit/kernel/child.h"
#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

using std::chrono::milliseconds;

class LinuxProcesses : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "the real kernel needs root";
    twin_ = std::make_unique<Twin>(true);
    twin_->joined();
    node_.netns = "A";
    node_.hostname = "node-a";
    node_.run_directory = twin_->root() + "/node/run";
  }
  void TearDown() override {
    if (!twin_) return;
    const Status removed = processes().remove_cgroups(owner());
    EXPECT_TRUE(removed) << (removed ? "" : removed.error().message);
  }

  Twin& twin() { return *twin_; }
  Processes& processes() { return twin_->kernel().processes(); }
  static std::string owner() { return "unit-kernel-" + std::to_string(getpid()); }
  std::string write_file(const std::string& name, const std::string& text) {
    const std::string path = twin().root() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  /// Becomes `/bin/sh -c script` in the node. Exit codes as the command line gives them.
  int become(const std::vector<std::string>& argv) {
    const auto kernel = open_linux(twin().root());
    Execution execution = node_;
    execution.argv = argv;
    const Error error = kernel->processes().become(execution);
    const std::string text = name_of(error.code) + "\n";
    if (write(STDOUT_FILENO, text.data(), text.size()) < 0) return 1;
    return error.code == Errc::kNotFound ? 127 : 126;
  }
  int shell(const std::string& script) { return become({"sh", "-c", script}); }

  Execution node_;

 private:
  std::unique_ptr<Twin> twin_;
};

TEST_F(LinuxProcesses, AProgramSeesItsNode) {
  node_.hosts_file = write_file("hosts", "10.0.0.1 A\n");
  Child child([&] {
    return shell(
        "hostname; cat /etc/hosts; ls /sys/class/net | tr '\\n' ' '; "
        "ip -o link show x | grep -c vinet:test:x; touch /run/mark");
  });
  EXPECT_EQ(child.read_all(), "node-a\n10.0.0.1 A\nlo x 1\n");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(std::filesystem::exists(node_.run_directory + "/mark"));
  EXPECT_FALSE(std::filesystem::exists("/run/mark"));
}

TEST_F(LinuxProcesses, NothingLeaksIntoTheComputer) {
  node_.hosts_file = write_file("hosts", "leaked\n");
  const auto table = [] {
    std::ifstream mounts("/proc/self/mounts");
    std::stringstream text;
    for (std::string line; std::getline(mounts, line);) {
      // Other tests of this computer make namespaces meanwhile.
      if (line.find("nsfs") == std::string::npos) text << line << '\n';
    }
    return text.str();
  };
  char before[256];
  char after[256];
  ASSERT_EQ(gethostname(before, sizeof before), 0);
  const std::string mounts = table();
  Child child([&] { return shell("true"); });
  ASSERT_EQ(child.wait(), 0);
  ASSERT_EQ(gethostname(after, sizeof after), 0);
  EXPECT_STREQ(before, after);
  EXPECT_EQ(table(), mounts);
  std::ifstream hosts("/etc/hosts");
  std::string first;
  std::getline(hosts, first);
  EXPECT_NE(first, "leaked");
}

TEST_F(LinuxProcesses, ExitCodesAndEnvironmentAreTheProgramsOwn) {
  setenv("VINET_UNIT_KERNEL", "kept", 1);
  Child child([&] { return shell("test \"$VINET_UNIT_KERNEL\" = kept && exit 42"); });
  EXPECT_EQ(child.wait(), 42);
  Child killed([&] { return shell("kill -TERM $$"); });
  EXPECT_EQ(killed.wait(), 128 + SIGTERM);
}

TEST_F(LinuxProcesses, SignalsAndDescriptorsAreReset) {
  Child child([&] {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    signal(SIGPIPE, SIG_IGN);
    open("/dev/null", O_RDONLY);  // without O_CLOEXEC
    return shell(
        "grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2; "
        "for fd in /proc/$$/fd/*; do [ ${fd##*/} -gt 2 ] && readlink $fd; done | "
        "grep -c -e /dev/null -e nsfs -e netlink");
  });
  EXPECT_EQ(child.read_all(), "0000000000000000\n0000000000000000\n0\n");
}

TEST_F(LinuxProcesses, LimitsAreTheCallersOwn) {
  Child child([&] {
    const rlimit limit{1234, 4321};
    setrlimit(RLIMIT_NOFILE, &limit);
    return shell("ulimit -Sn; ulimit -Hn");
  });
  EXPECT_EQ(child.read_all(), "1234\n4321\n");
}

TEST_F(LinuxProcesses, ResolvConfMayBeALinkIntoRun) {
  node_.hosts_file = write_file("hosts", "hosts of the node\n");
  node_.resolv_conf_file = write_file("resolv", "resolver of the node\n");
  node_.hostname_file = write_file("hostname", "node-a\n");
  Child child([&] {
    // A computer whose resolv.conf is a link, and which has no /etc/hostname.
    if (unshare(CLONE_NEWNS) != 0) return 1;
    if (mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 2;
    if (mount("tmpfs", "/etc", "tmpfs", 0, nullptr) != 0) return 3;
    if (mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) return 4;
    std::filesystem::create_directories("/run/resolver");
    std::ofstream("/run/resolver/resolv.conf") << "resolver of the computer\n";
    std::ofstream("/etc/hosts") << "hosts of the computer\n";
    std::filesystem::create_symlink("../run/resolver/resolv.conf", "/etc/resolv.conf");
    return shell("cat /etc/hosts /etc/resolv.conf; ls /etc");
  });
  EXPECT_EQ(child.read_all(), "hosts of the node\nresolver of the node\nhosts\nresolv.conf\n");
}

TEST_F(LinuxProcesses, RefusalsTellWhatIsMissing) {
  struct Refusal {
    const char* name;
    std::vector<std::string> argv;
    std::string netns;
    std::string printed;
  };
  const std::string plain_file = write_file("plain", "no program\n");
  const Refusal refusals[] = {
      {"no such program", {"no-such-program-here"}, "A", "not_found\n"},
      {"no such path", {"/no/such/program"}, "A", "not_found\n"},
      {"not executable", {plain_file}, "A", "denied\n"},
      {"no such node", {"true"}, "C", "precondition\n"},
      {"nothing to run", {}, "A", "invalid\n"},
  };
  for (const Refusal& refusal : refusals) {
    node_.netns = refusal.netns;
    Child child([&] { return become(refusal.argv); });
    EXPECT_EQ(child.read_all(), refusal.printed) << refusal.name;
    child.wait();
  }
}

TEST_F(LinuxProcesses, ARunningProgramHoldsNoOtherNamespace) {
  Child child([&] { return shell("echo; exec sleep 60"); });
  child.read_line();
  ASSERT_TRUE(twin().namespaces().remove("B"));
  EXPECT_TRUE(eventually([&] { return twin().links().list_devices("A")->size() == 1; }))
      << "B lives on, its veth end too";
  // What is made later does not come in either.
  ASSERT_TRUE(twin().namespaces().create("C", "mark"));
  ASSERT_TRUE(twin().links().create_veth("A", device("p"), "C", device("q")));
  ASSERT_TRUE(twin().namespaces().remove("C"));
  EXPECT_TRUE(eventually([&] { return twin().links().list_devices("A")->size() == 1; }));
}

TEST_F(LinuxProcesses, AreListedByTheirNamespace) {
  Child inside([&] { return shell("echo; exec sleep 60"); });
  inside.read_line();
  EXPECT_EQ(*processes().list({"A"}), std::vector<pid_t>{inside.pid()});
  EXPECT_EQ(*processes().list({"A", "B"}), std::vector<pid_t>{inside.pid()});
  EXPECT_TRUE(processes().list({"B"})->empty());
  EXPECT_TRUE(processes().list({"no-such"})->empty());
  EXPECT_TRUE(processes().list({})->empty());
}

TEST_F(LinuxProcesses, ThisProcessIsNeverAmongThem) {
  Child child([&] {
    const auto kernel = open_linux(twin().root());
    const Fd netns(open((twin().root() + "/run/netns/A").c_str(), O_RDONLY | O_CLOEXEC));
    if (setns(netns.get(), CLONE_NEWNET) != 0) return 1;
    if (!kernel->processes().list({"A"})->empty()) return 2;
    // All of its computer is there, if it is a machine of a fleet.
    const Status ended = kernel->processes().end_all({"B", "A"}, milliseconds(500));
    return !ended && ended.error().code == Errc::kFailedPrecondition ? 0 : 3;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(LinuxProcesses, NothingIsEndedInTheOwnNamespace) {
  ASSERT_TRUE(twin().namespaces().create_own("own"));
  Child other([&] { return shell("echo; exec sleep 60"); });
  other.read_line();
  const Status ended = processes().end_all({"A", "own"}, milliseconds(500));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Errc::kFailedPrecondition);
  EXPECT_EQ(*processes().list({"A"}), std::vector<pid_t>{other.pid()});
  ASSERT_TRUE(twin().namespaces().remove("own"));
}

TEST_F(LinuxProcesses, EndAllAsksFirst) {
  Child polite(
      [&] { return shell("trap 'echo asked; exit 5' TERM; echo; while :; do sleep 0.01; done"); });
  polite.read_line();
  ASSERT_TRUE(twin().kernel().processes().end_all({"A"}, milliseconds(10'000)));
  EXPECT_EQ(polite.read_all(), "asked\n");
  EXPECT_EQ(polite.wait(), 5);
}

TEST_F(LinuxProcesses, EndAllInsists) {
  Child stubborn([&] { return shell("trap '' TERM; echo; while :; do sleep 0.01; done"); });
  stubborn.read_line();
  Child stopped([&] { return shell("echo; kill -STOP $$"); });
  stopped.read_line();
  // Ended children stay zombies until we wait, and zombies have no namespace: the call must not
  // wait for us.
  EXPECT_TRUE(processes().end_all({"A"}, milliseconds(10'000)));
  EXPECT_TRUE(processes().list({"A"})->empty());
  EXPECT_EQ(stubborn.wait(), 128 + SIGKILL);
  EXPECT_NE(stopped.wait(), 0);
}

TEST_F(LinuxProcesses, EndAllLeavesOthersAlone) {
  node_.netns = "B";
  Child other([&] { return shell("echo; exec sleep 60"); });
  other.read_line();
  EXPECT_TRUE(processes().end_all({"A"}, milliseconds(1'000)));
  EXPECT_EQ(*processes().list({"B"}), std::vector<pid_t>{other.pid()});
}

TEST_F(LinuxProcesses, CgroupsAreJoinedAndRemoved) {
  node_.cgroup = "vinet/" + owner() + "/A";
  Child child([&] { return shell("cat /proc/self/cgroup; exec sleep 60"); });
  bool joined = false;
  for (std::string line = child.read_line(); !line.empty(); line = child.read_line()) {
    if (line.rfind("0::", 0) == 0) {
      joined = line == "0::/" + node_.cgroup;
      break;
    }
  }
  if (!joined) {
    child.end(SIGKILL);
    GTEST_SKIP() << "no cgroup2 that we may write";
  }
  EXPECT_TRUE(processes().remove_cgroups(owner()));
  EXPECT_EQ(child.wait(), 128 + SIGKILL) << "what still runs in it is ended";
  EXPECT_TRUE(processes().remove_cgroups(owner())) << "fine if there are none";
}

}  // namespace
}  // namespace vinet::kernel
