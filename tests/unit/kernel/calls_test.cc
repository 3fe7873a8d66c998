// Every mutating call is counted under its name, before it does anything, on both twins.
#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

class Calls : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && geteuid() != 0) GTEST_SKIP() << "the real kernel needs root";
    twin_ = std::make_unique<Twin>(GetParam());
  }
  Twin& twin() { return *twin_; }

 private:
  std::unique_ptr<Twin> twin_;
};

/// Each mutating call of all doors, with the name that it is counted under.
struct Mutation {
  std::string name;
  std::function<Status(Twin&)> call;
};

std::vector<Mutation> mutations() {
  const net::Shaping shaping{1'000'000, 0};
  const std::string peer = "10.0.0.9/32";
  return {
      {"namespaces.create", [](Twin& t) { return t.namespaces().create("C", "mark"); }},
      {"namespaces.remove", [](Twin& t) { return t.namespaces().remove("B"); }},
      {"namespaces.write_settings",
       [](Twin& t) {
         return t.namespaces().write_settings("A", {true, true, true, true});
       }},
      {"links.create_veth",
       [](Twin& t) { return t.links().create_veth("A", device("p"), "A", device("q")); }},
      {"links.configure_device",
       [](Twin& t) { return t.links().configure_device("A", device("x")); }},
      {"links.delete_device", [](Twin& t) { return t.links().delete_device("A", "x"); }},
      {"links.add_address",
       [peer](Twin& t) { return t.links().add_address("A", "x", address(peer)); }},
      {"links.delete_address",
       [](Twin& t) {
         return t.links().delete_address("A", "x", address("10.0.0.1 peer 10.0.0.2/32"));
       }},
      {"links.add_route",
       [](Twin& t) { return t.links().add_route("A", route("10.1.0.0/16 dev x")); }},
      {"links.replace_route",
       [](Twin& t) { return t.links().replace_route("A", route("10.3.0.0/16 dev x")); }},
      {"links.delete_route",
       [](Twin& t) { return t.links().delete_route("A", route("10.3.0.0/16 dev x")); }},
      {"links.set_shaping",
       [shaping](Twin& t) { return t.links().set_shaping("A", "x", shaping); }},
      {"programs.load", [](Twin& t) { return t.programs().load("A", 1); }},
      {"programs.bind_backside", [](Twin& t) { return t.programs().bind_backside("M", "spare"); }},
      {"programs.attach_block", [](Twin& t) { return t.programs().attach_block("M"); }},
      {"programs.attach_base", [](Twin& t) { return t.programs().attach_base("M", "spare"); }},
      {"programs.detach_base", [](Twin& t) { return t.programs().detach_base("M", "lo"); }},
      {"programs.put_link", [](Twin& t) { return t.programs().put_link("M", 9, {}); }},
      {"programs.erase_link", [](Twin& t) { return t.programs().erase_link("M", 2); }},
      {"programs.put_key",
       [](Twin& t) {
         return t.programs().put_key("M", {1, 1, 1, 1}, {});
       }},
      {"programs.erase_key", [](Twin& t) { return t.programs().erase_key("M", {}); }},
      {"programs.put_own", [](Twin& t) { return t.programs().put_own("M", 9, 9); }},
      {"programs.erase_own", [](Twin& t) { return t.programs().erase_own("M", 2); }},
      {"programs.put_counters", [](Twin& t) { return t.programs().put_counters("M", 9); }},
      {"programs.erase_counters", [](Twin& t) { return t.programs().erase_counters("M", 2); }},
      {"programs.set_probe", [](Twin& t) { return t.programs().set_probe("M", 1); }},
      {"processes.end_all",
       [](Twin& t) {
         return t.kernel().processes().end_all({"A"}, std::chrono::milliseconds(100));
       }},
      {"processes.remove_cgroups",
       [](Twin& t) { return t.kernel().processes().remove_cgroups("vinet-unit-kernel-none"); }},
  };
}

/// A world in which every one of them succeeds.
void prepare(Twin& t) {
  t.joined().machine().add_route("A", "10.3.0.0/16 dev x");
  t.veth("N", device("vl2"), "M", device("spare"));
  Programs& p = t.programs();
  t.does(p.attach_base("M", "lo")).does(p.put_link("M", 2, {})).does(p.put_key("M", {}, {}));
  t.does(p.put_own("M", 2, 2)).does(p.put_counters("M", 2));
}

/// All that the doors show.
std::string world(Twin& t) {
  const size_t before = t.transcript().size();
  t.names();
  const auto names = *t.namespaces().list();
  for (const std::string& netns : names) {
    t.show_settings(netns).show_devices(netns).routes(netns).attachment(netns);
    const auto devices = *t.links().list_devices(netns);
    for (const ObservedDevice& found : devices) {
      t.show(netns, found.device.name).addresses(netns, found.device.name);
    }
    Programs& p = t.programs();
    for (const size_t size : {p.list_links(netns)->size(), p.list_keys(netns)->size(),
                              p.list_own(netns)->size(), p.list_counters(netns)->size()}) {
      t.write(std::to_string(size));
    }
  }
  return t.transcript().substr(before);
}

TEST_P(Calls, EachIsCountedOnceUnderItsName) {
  for (const Mutation& mutation : mutations()) {
    Twin t(GetParam());
    prepare(t);
    std::vector<std::string> names;
    t.kernel().calls().set_policy([&](uint64_t, const std::string& what) {
      names.push_back(what);
      return ok();
    });
    const uint64_t before = t.kernel().calls().calls();
    const Status done = mutation.call(t);
    t.kernel().calls().set_policy(nullptr);
    EXPECT_TRUE(done) << mutation.name << ": " << (done ? "" : done.error().message);
    EXPECT_EQ(t.kernel().calls().calls(), before + 1) << mutation.name;
    ASSERT_EQ(names.size(), 1U) << mutation.name;
    EXPECT_EQ(names.front().substr(0, names.front().find(' ')), mutation.name);
  }
}

TEST_P(Calls, OneThatThePolicyRefusesChangesNothing) {
  prepare(twin());
  const std::string before = world(twin());
  for (const Mutation& mutation : mutations()) {
    twin().kernel().calls().set_policy([](uint64_t, const std::string&) -> Status {
      return Error{Errc::kUnavailable, "by the test"};
    });
    const Status done = mutation.call(twin());
    twin().kernel().calls().set_policy(nullptr);
    ASSERT_FALSE(done) << mutation.name;
    EXPECT_EQ(done.error().code, Errc::kUnavailable) << mutation.name;
    EXPECT_EQ(world(twin()), before) << mutation.name;
  }
}

TEST_P(Calls, LooksAreNotCounted) {
  prepare(twin());
  const uint64_t before = twin().kernel().calls().calls();
  world(twin());
  EXPECT_TRUE(twin().links().used_prefixes("A"));
  EXPECT_TRUE(twin().links().has_qdisc("tbf"));
  EXPECT_TRUE(twin().programs().take_records("M"));
  EXPECT_TRUE(twin().programs().exists(1));
  EXPECT_TRUE(twin().kernel().processes().list({"A"}));
  EXPECT_EQ(twin().kernel().calls().calls(), before);
}

std::string name_of_twin(const testing::TestParamInfo<bool>& one) {
  return one.param ? "Real" : "Fake";
}

INSTANTIATE_TEST_SUITE_P(Kernel, Calls, testing::Bool(), name_of_twin);

}  // namespace
}  // namespace vinet::kernel
