// Every mutating call is counted under its name, before it does anything, on both twins.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

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
      {"links.delete_devices",
       [](Twin& t) {
         return t.links().delete_devices("A", {"x", "z"});
       }},
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
      {"programs.load", [](Twin& t) { return t.programs().load("A", 1, 0); }},
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
      {"programs.put_own",
       [](Twin& t) { return t.programs().put_own("M", kernel::machine_address(9), 9); }},
      {"programs.erase_own",
       [](Twin& t) { return t.programs().erase_own("M", kernel::machine_address(2)); }},
      {"programs.put_stack", [](Twin& t) { return t.programs().put_stack("M", 9, {}); }},
      {"programs.erase_stack", [](Twin& t) { return t.programs().erase_stack("M", 2); }},
      {"programs.put_upper",
       [](Twin& t) {
         return t.programs().put_upper("M", {1, 1, 1}, {});
       }},
      {"programs.erase_upper", [](Twin& t) { return t.programs().erase_upper("M", {}); }},
      {"programs.put_source",
       [](Twin& t) {
         return t.programs().put_source("M", {1, 9, 0});
       }},
      {"programs.erase_source", [](Twin& t) { return t.programs().erase_source("M", {}); }},
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
  t.does(p.put_own("M", kernel::machine_address(2), 2)).does(p.put_counters("M", 2));
  t.does(p.put_stack("M", 2, {})).does(p.put_upper("M", {}, {})).does(p.put_source("M", {}));
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
    for (const size_t size :
         {p.list_links(netns)->size(), p.list_keys(netns)->size(), p.list_own(netns)->size(),
          p.list_counters(netns)->size(), p.list_stacks(netns)->size(),
          p.list_uppers(netns)->size(), p.list_sources(netns)->size()}) {
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

// More than fit into one datagram; one in seven fails, for reasons of its own.
TEST_P(Calls, ManyRoutesAtOnceAreAnsweredEach) {
  twin().joined();
  std::vector<RouteChange> changes;
  for (int i = 0; i < 350; ++i) {
    const std::string to = "10." + std::to_string(100 + i / 250) + "." + std::to_string(i % 250);
    const bool fails = i % 7 == 3;
    const std::string via = fails && i % 2 == 0 ? " via 10.77.0.1" : " via 10.0.0.2";
    const std::string from = fails && i % 2 == 1 ? "nope" : "x";
    changes.push_back({RouteChange::What::kAdd, route(to + ".0/24" + via + " dev " + from)});
  }
  const auto answers = twin().links().change_routes("A", changes);
  ASSERT_EQ(answers.size(), changes.size());
  size_t made = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(bool(answers[i]), i % 7 != 3) << i;
    if (answers[i]) ++made;
    if (i % 7 != 3) continue;
    const bool no_device = i % 2 == 1;
    EXPECT_EQ(answers[i].error().sys_errno, no_device ? ENODEV : ENETUNREACH) << i;
  }
  EXPECT_EQ(twin().links().list_routes("A")->size(), made);
  for (RouteChange& change : changes) change.what = RouteChange::What::kDelete;
  const auto deleted = twin().links().change_routes("A", changes);
  for (size_t i = 0; i < deleted.size(); ++i) EXPECT_EQ(bool(deleted[i]), i % 7 != 3) << i;
  EXPECT_TRUE(twin().links().list_routes("A")->empty());
}

TEST_P(Calls, ManyAddressesAtOnceAreAnsweredEach) {
  twin().joined();
  using What = AddressChange::What;
  const std::vector<AddressChange> changes = {
      {What::kAdd, "x", address("10.5.0.1/24")},    {What::kAdd, "x", address("10.5.0.1/24")},
      {What::kAdd, "nope", address("10.5.0.2/24")}, {What::kDelete, "x", address("10.6.0.1/24")},
      {What::kAdd, "x", address("fd05::1/64")},     {What::kDelete, "x", address("10.5.0.1/24")},
  };
  std::string codes;
  for (const Status& answer : twin().links().change_addresses("A", changes)) {
    codes += answer ? "ok " : std::to_string(answer.error().sys_errno) + " ";
  }
  EXPECT_EQ(codes, "ok 17 19 99 ok ok ");
  EXPECT_EQ(twin()
                .links()
                .change_routes("gone", {{RouteChange::What::kAdd, route("10.1.0.0/16 dev x")}})
                .front()
                .error()
                .code,
            Errc::kNotFound);
}

// What the doors are not allowed is not sent; what is, is.
TEST_P(Calls, OneOfManyThatThePolicyRefusesIsLeftOut) {
  twin().joined();
  twin().kernel().calls().set_policy([](uint64_t, const std::string& what) -> Status {
    if (what.find("10.2.0.0") == std::string::npos) return ok();
    return Error{Errc::kUnavailable, "by the test"};
  });
  std::vector<RouteChange> changes;
  for (const char* to : {"10.1.0.0/16 dev x", "10.2.0.0/16 dev x", "10.3.0.0/16 dev x"}) {
    changes.push_back({RouteChange::What::kAdd, route(to)});
  }
  const auto answers = twin().links().change_routes("A", changes);
  twin().kernel().calls().set_policy(nullptr);
  EXPECT_TRUE(answers[0]);
  EXPECT_EQ(answers[1].error().code, Errc::kUnavailable);
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(twin().links().list_routes("A")->size(), 2U);
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
