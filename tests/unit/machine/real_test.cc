// What only a real kernel has: packets, processes, and people with ip(8).
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>

#include "machine/encode.h"
#include "machine/exec.h"
#include "slice/lower.h"
#include "unit/machine/scratch.h"
#include "unit/machine/world.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_figure11;
using vinet::testing::make_lab;
using vinet::testing::ScratchRoot;
using vinet::testing::World;

class Real : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!vinet::testing::is_root()) GTEST_SKIP() << "the real kernel needs root";
    world_.emplace(World::real(root_.path()));
    up();
  }
  void TearDown() override {
    if (!world_) return;
    for (const char* owner : {"fig11", "lab"}) {
      const auto removed = world_->machine().remove(owner, {}, {});
      EXPECT_TRUE(removed) << removed.error().message;
    }
    EXPECT_EQ(world_->snapshot(), "");
  }

  void up() {
    for (const auto& slices : {slice::lower(base_), slice::lower(fig11_, base_)}) {
      const auto made = world_->machine().apply(slices, {});
      ASSERT_TRUE(made) << made.error().message;
    }
  }

  Machine& machine() { return world_->machine(); }

  /// Runs a shell command inside a namespace. Returns its exit code.
  int run_in(const std::string& netns, const std::string& command) {
    int code = -1;
    const Status entered = world_->kernel().namespaces().enter(netns, [&]() -> Status {
      const int status = std::system(command.c_str());
      code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      return ok();
    });
    EXPECT_TRUE(entered) << entered.error().message;
    return code;
  }

  /// Damages, applies again, expects all as before and then nothing to do.
  void expect_repaired_after(const std::function<void()>& damage) {
    const std::string whole = world_->snapshot();
    damage();
    up();
    EXPECT_EQ(world_->snapshot(), whole);
    const uint64_t calls = world_->calls();
    up();
    EXPECT_EQ(world_->calls(), calls);
  }

  std::vector<PingTask> all_pairs() const {
    std::vector<PingTask> tasks;
    for (const auto& from : fig11_.nodes) {
      for (const auto& to : fig11_.nodes) {
        if (&from == &to) continue;
        tasks.push_back({"fig11." + from.name, from.identity, to.identity});
        tasks.push_back({"fig11." + from.name, *from.identity6, *to.identity6});
      }
    }
    return tasks;
  }

  size_t answered(const std::vector<PingTask>& tasks) {
    PingOptions options;
    options.timeout = std::chrono::milliseconds(300);
    options.tries = 2;
    const auto times = machine().ping(tasks, options, {});
    EXPECT_TRUE(times) << times.error().message;
    size_t count = 0;
    for (const auto& time : *times) count += time ? 1 : 0;
    return count;
  }

  ScratchRoot root_;
  plan::BasePlan base_ = make_lab();
  plan::InternetPlan fig11_ = make_figure11(base_);
  std::optional<World> world_;
};

TEST_F(Real, all_pairs_answer_by_ipv4_and_ipv6) {
  const auto tasks = all_pairs();
  ASSERT_EQ(tasks.size(), 60u);
  EXPECT_EQ(answered(tasks), tasks.size());
}

TEST_F(Real, pings_that_cannot_arrive_are_lost_and_no_error) {
  auto tasks = all_pairs();
  tasks.resize(4);
  tasks.push_back(
      {"fig11.A", fig11_.nodes[0].identity, *net::parse_address("10.11.0.90")});  // unassigned
  tasks.push_back(
      {"fig11.A", fig11_.nodes[0].identity, *net::parse_address("203.0.113.1")});  // no route
  EXPECT_EQ(answered(tasks), 4u);
  const auto stranger = machine().ping({{"fig11.Q", net::Ipv4{1}, net::Ipv4{2}}}, {}, {});
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, Errc::kNotFound) << stranger.error().message;
}

TEST_F(Real, a_broken_link_loses_exactly_the_pairs_across_it) {
  const auto slices = slice::lower(fig11_, base_);
  const auto& veth = slices[0].veths[0];  // A-B at A
  ASSERT_TRUE(world_->kernel().programs().erase_link(
      "lab.X", world_->kernel().links().find_device("lab.X", veth.b.name)->ifindex));
  EXPECT_EQ(answered(all_pairs()), 60u - 20u);  // A to and from five others, two families
}

TEST_F(Real, probe_sees_each_visit_of_figure11) {
  const PingTask task{"fig11.A", fig11_.nodes[0].identity, fig11_.nodes[5].identity};
  const auto report = machine().probe(task, 64, std::chrono::milliseconds(2000));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->answered) << report->error;
  std::string there;
  for (const ProbeStep& step : report->steps) {
    if (step.reply || step.event != ProbeStep::Event::kDeliver) continue;
    there += step.node + "@" + step.machine + " ";
  }
  EXPECT_EQ(there, "B@lab.Y C@lab.Z D@lab.Y E@lab.Z F@lab.Y ");
  ASSERT_FALSE(report->steps.empty());
  const ProbeStep& first = report->steps.front();
  EXPECT_EQ(first.event, ProbeStep::Event::kPush);
  EXPECT_EQ(first.machine, "lab.X");
  EXPECT_EQ(first.node, "A");
  EXPECT_EQ(first.link, "A-B");
  EXPECT_EQ(first.base_device, "Y");
  EXPECT_EQ(first.inner_ttl, 64);
  ASSERT_EQ(first.headers.size(), 2u);
  EXPECT_EQ(first.headers[0],
            std::pair(base_.machines[0].base_address, base_.machines[1].base_address));
  EXPECT_EQ(first.headers[1],
            std::pair(fig11_.links[0].a.link_address, fig11_.links[0].b.link_address));
}

TEST_F(Real, probe_is_not_told_what_the_plan_says_but_what_happened) {
  const auto slices = slice::lower(fig11_, base_);
  const slice::LinkEnd& at_c = slices[2].link_ends[0];
  vi_key key = encode(at_c, 0).base_key();
  ASSERT_TRUE(world_->kernel().programs().erase_key("lab.Z", key));
  const PingTask task{"fig11.A", fig11_.nodes[0].identity, fig11_.nodes[5].identity};
  const auto report = machine().probe(task, 64, std::chrono::milliseconds(200));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->answered);
  bool dropped = false;
  for (const ProbeStep& step : report->steps) {
    dropped = dropped || (step.event == ProbeStep::Event::kDrop && step.reason == "unknown_key" &&
                          step.machine == "lab.Z");
  }
  EXPECT_TRUE(dropped);
}

TEST_F(Real, probe_tells_the_error_that_came_back) {
  for (const bool ipv6 : {false, true}) {
    PingTask task{"fig11.A", fig11_.nodes[0].identity, fig11_.nodes[5].identity};
    if (ipv6) task = {"fig11.A", *fig11_.nodes[0].identity6, *fig11_.nodes[5].identity6};
    const auto report = machine().probe(task, 2, std::chrono::milliseconds(2000));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->answered);
    EXPECT_EQ(report->error.find("time exceeded from "), 0u) << report->error;
  }
}

TEST_F(Real, counters_count_what_was_sent) {
  ASSERT_EQ(answered({{"fig11.A", fig11_.nodes[0].identity, fig11_.nodes[1].identity}}), 1u);
  const auto counters = machine().counters({"fig11"});
  ASSERT_TRUE(counters);
  EXPECT_GE((*counters)[0].tx_packets, 1u);
  EXPECT_GE((*counters)[0].rx_packets, 1u);
}

TEST_F(Real, repairs_a_namespace_whose_name_was_unmounted) {
  expect_repaired_after([&] {
    const std::string file = root_.netns() + "/fig11.D";
    ASSERT_EQ(umount2(file.c_str(), MNT_DETACH), 0);
    ASSERT_EQ(access(file.c_str(), F_OK), 0) << "the empty file stays behind";
  });
  EXPECT_EQ(answered(all_pairs()), 60u);
}

TEST_F(Real, rebuilds_a_node_that_lives_on_without_a_name) {
  int ready[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  pid_t holder = -1;
  ASSERT_TRUE(world_->kernel().namespaces().enter("fig11.D", [&]() -> Status {
    holder = fork();
    if (holder == 0) {
      static_cast<void>(write(ready[1], "x", 1));
      for (;;) pause();
    }
    return ok();
  }));
  ASSERT_GT(holder, 0);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  expect_repaired_after([&] {
    ASSERT_TRUE(world_->kernel().namespaces().remove("fig11.D"));
    // The process holds the namespace: its links are still in the machine.
    ASSERT_TRUE(world_->kernel().links().find_device(
        "lab.Y", slice::lower(fig11_, base_)[1].veths[0].b.name));
  });
  EXPECT_EQ(answered(all_pairs()), 60u);
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
}

TEST_F(Real, repairs_what_ip_and_tc_did_to_backsides) {
  const auto slices = slice::lower(fig11_, base_);
  const std::string one = slices[1].veths[0].b.name, other = slices[1].veths[1].b.name;
  for (const std::string& command :
       {"ip link set " + one + " down && ip link set " + one + " name zz",
        "ip link set " + one + " netns " + root_.netns() + "/fig11.A",
        "tc qdisc del dev " + one + " clsact", "ip link set " + one + " mtu 1000",
        "ip link set " + one + " alias other"}) {
    SCOPED_TRACE(command);
    expect_repaired_after([&] { ASSERT_EQ(run_in("lab.Y", command + " 2>/dev/null"), 0); });
    EXPECT_EQ(answered(all_pairs()), 60u);
  }
}

TEST_F(Real, keeps_what_a_tenant_added) {
  ASSERT_EQ(run_in("fig11.B",
                   "ip addr add 10.50.0.1/24 dev C && ip addr add 10.51.0.1/32 dev lo && "
                   "ip route add 10.52.0.0/16 dev C"),
            0);
  const uint64_t calls = world_->calls();
  up();
  EXPECT_EQ(world_->calls(), calls);
  EXPECT_EQ(run_in("fig11.B", "ip route show 10.52.0.0/16 | grep -q 10.52"), 0);
}

TEST_F(Real, removal_ends_processes_even_those_that_ignore_it) {
  int ready[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  pid_t stubborn = -1;
  ASSERT_TRUE(world_->kernel().namespaces().enter("fig11.D", [&]() -> Status {
    stubborn = fork();
    if (stubborn == 0) {
      signal(SIGTERM, SIG_IGN);
      static_cast<void>(write(ready[1], "x", 1));
      for (;;) pause();
    }
    return ok();
  }));
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const auto removed = machine().remove("fig11", {}, {});
  EXPECT_TRUE(removed) << removed.error().message;
  int status = 0;
  EXPECT_EQ(waitpid(stubborn, &status, 0), stubborn);
  EXPECT_TRUE(WIFSIGNALED(status));
  close(ready[0]);
  close(ready[1]);
}

TEST_F(Real, removes_empty_files_that_the_owner_may_have_left) {
  ASSERT_TRUE(machine().remove("fig11", {}, {}));
  for (const char* name : {"/fig11.A", "/fig11.strange"}) {
    std::ofstream file(root_.netns() + name);
  }
  const auto removed = machine().remove("fig11", {"fig11.A", "fig11.B"}, {});
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(removed->deleted, 1u);
  EXPECT_NE(access((root_.netns() + "/fig11.A").c_str(), F_OK), 0);
  EXPECT_EQ(access((root_.netns() + "/fig11.strange").c_str(), F_OK), 0);
  unlink((root_.netns() + "/fig11.strange").c_str());
}

TEST_F(Real, nothing_is_left_of_programs_when_the_last_internet_is_gone) {
  const auto attached = world_->kernel().programs().observe("lab.Y");
  ASSERT_TRUE(attached);
  ASSERT_FALSE(attached->program_ids.empty());
  ASSERT_TRUE(machine().remove("fig11", {}, {}));
  for (const uint32_t id : attached->program_ids)
    EXPECT_FALSE(*world_->kernel().programs().exists(id));
  EXPECT_EQ(run_in("lab.Y", "tc filter show dev X ingress | grep -q vi_base"), 1);
}

std::string text_of_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_F(Real, a_program_gets_the_files_of_its_node_and_removal_takes_them) {
  ExecRequest request{"fig11.D", "127.0.0.1 localhost\n", {"true"}};
  const auto execution = prepare_execution(world_->kernel(), root_.path(), request);
  ASSERT_TRUE(execution) << execution.error().message;
  EXPECT_EQ(execution->hostname, "D");
  EXPECT_EQ(execution->cgroup.find("vinet/fig11@"), 0u) << execution->cgroup;
  EXPECT_EQ(text_of_file(execution->hosts_file), request.hosts_text);
  EXPECT_EQ(text_of_file(execution->hostname_file), "D\n");
  EXPECT_EQ(access(execution->run_directory.c_str(), W_OK), 0);
  request.hosts_text += "10.0.0.1 A\n";
  ASSERT_TRUE(prepare_execution(world_->kernel(), root_.path(), request));
  EXPECT_EQ(text_of_file(execution->hosts_file), request.hosts_text);
  ASSERT_TRUE(machine().remove("fig11", {}, {}));
  EXPECT_NE(access((root_.path() + "/run/vinet/nodes").c_str(), F_OK), 0);
}

TEST_F(Real, program_runs_in_its_node_and_says_how_it_ended) {
  const pid_t child = fork();
  if (child == 0) {
    const Error error = machine().exec(
        {"fig11.D", "127.0.0.1 localhost\n", {"sh", "-c", "test $(hostname) = D && exit 42"}});
    std::fprintf(stderr, "%s\n", error.message.c_str());
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST_F(Real, features_and_inventory_say_what_is_here) {
  for (const Feature& feature : machine().features()) {
    EXPECT_TRUE(feature.present || !feature.required) << feature.name << ": " << feature.detail;
    EXPECT_FALSE(feature.detail.empty());
  }
  const auto inventory = machine().inventory();
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_TRUE(inventory->running.internets.empty());
}

}  // namespace
}  // namespace vinet::machine
