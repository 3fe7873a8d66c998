// Tenants: what each sees and touches of one state, and that nobody can tell what others have.
#include "control/tenant.h"

#include <gmock/gmock.h>

#include "unit/control/controller_fixture.h"

namespace vinet::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kLab[] = "base lab { machine X, Y\n X -- Y }\n";

std::string internet(const std::string& name, const std::string& on = "lab") {
  return "internet " + name + " on " + on +
         " [lease = 8h] { host a at X\n host b at Y\n a -- b }\n";
}

/// The world of a call, over the fixture's machine and state.
class SharedWorld final : public World {
 public:
  SharedWorld(machine::Machine& machine, const std::string& root)
      : machine_(machine), store_(root), controller_(machine, store_) {}
  machine::Machine& machine() override { return machine_; }
  Controller& controller() override { return controller_; }
  const std::string& state_directory() const override { return directory_; }

 private:
  machine::Machine& machine_;
  SqliteStore store_;
  LocalController controller_;
  std::string directory_;
};

class Tenant : public ControllerTest {
 protected:
  void SetUp() override { ASSERT_TRUE(up(kLab)); }
  std::unique_ptr<World> world(const std::string& tenant) {
    return make_tenant_world(std::make_unique<SharedWorld>(machine, scratch.path()), tenant);
  }
  Result<std::vector<Outcome>> bring_up(const std::string& tenant, const std::string& text) {
    const auto theirs = world(tenant);
    std::vector<std::string> damaged;
    Description description;
    description.texts.sources = {{"f", text}};
    const Result<State> seen = theirs->controller().state(damaged);
    EXPECT_TRUE(seen);
    diagnostics = Diagnostics();
    auto graph = expand(description.texts, *seen, diagnostics);
    if (!graph) return Error{Errc::kInvalidArgument, "the description has errors"};
    description.graph = *std::move(graph);
    return theirs->controller().up(description, options, diagnostics);
  }
  std::vector<std::string> seen(const std::string& tenant) {
    std::vector<std::string> damaged, names;
    const Result<State> state = world(tenant)->controller().state(damaged);
    EXPECT_TRUE(state);
    for (const auto& [name, intent] : state->internets) names.push_back(name);
    return names;
  }
};

TEST_F(Tenant, SeesAndKeepsTheirOwn) {
  ASSERT_TRUE(bring_up("eve", internet("hers")));
  ASSERT_TRUE(bring_up("bob", internet("his")));
  EXPECT_THAT(seen("eve"), ElementsAre("hers"));
  EXPECT_THAT(seen("bob"), ElementsAre("his"));
  EXPECT_EQ(state().internets.at("hers").tenant, "eve");
  // The operator changes it, and it stays hers.
  ASSERT_TRUE(up(internet("hers") + "\n"));
  EXPECT_EQ(state().internets.at("hers").tenant, "eve");
}

TEST_F(Tenant, BasesAreTheOperators) {
  for (const std::string& text :
       {std::string("base own { machine X }\n"), kLab + internet("hers") + "base own { machine X }",
        "base lab { machine X, Y, Z\n X -- Y\n Y -- Z }\n" + internet("hers")}) {
    const auto made = bring_up("eve", text);
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().code, Errc::kPermissionDenied) << made.error().message;
  }
  EXPECT_TRUE(bring_up("eve", kLab + internet("hers"))) << "the base as it runs";
  DownRequest lab;
  lab.names = {"lab"};
  EXPECT_FALSE(world("eve")->controller().down(lab, options));
  EXPECT_TRUE(state().bases.contains("lab"));
}

TEST_F(Tenant, AnothersNameIsTakenAndNoMoreIsSaid) {
  ASSERT_TRUE(bring_up("bob", internet("his")));
  const auto taken = bring_up("eve", internet("his"));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::kAlreadyExists);
  EXPECT_EQ(taken.error().message, "the name his is taken");
  // The operator's likewise.
  ASSERT_TRUE(up(internet("ours")));
  EXPECT_EQ(bring_up("eve", internet("ours")).error().message, "the name ours is taken");
}

TEST_F(Tenant, AnothersIsAnsweredAsWhatIsNotThere) {
  ASSERT_TRUE(bring_up("bob", internet("his")));
  const auto answers = [&](const std::string& name) {
    const auto eve = world("eve");
    DownRequest request;
    request.names = {name};
    machine::PingTask task;
    task.node = name + ".a";
    std::vector<std::string> texts = {
        eve->controller().down(request, options).error().message,
        eve->controller().renew(name, {}, options).error().message,
        eve->machine().read_log(name + ".a", 0).error().message,
        eve->machine().ping({task}, {}, {}).error().message,
        eve->machine().probe(task, 9, std::chrono::milliseconds(1)).error().message,
        std::to_string(eve->machine().observe({name})->size()),
        std::to_string(eve->machine().counters({name})->size()),
        bring_up("eve", internet("upper", name)) ? "up" : "no",
    };
    std::string all;
    for (std::string& text : texts) {
      for (size_t at = text.find(name); at != std::string::npos; at = text.find(name)) {
        text.replace(at, name.size(), "NAME");
      }
      all += text + "\n";
    }
    return all;
  };
  EXPECT_EQ(answers("his"), answers("xyz"));
  EXPECT_THAT(answers("his"), HasSubstr("NAME"));
}

TEST_F(Tenant, TakesDownAllThatIsTheirsAndNoMore) {
  ASSERT_TRUE(bring_up("eve", internet("hers")));
  ASSERT_TRUE(bring_up("bob", internet("his")));
  ASSERT_TRUE(world("eve")->controller().down(everything(), options));
  EXPECT_THAT(seen("eve"), ElementsAre());
  EXPECT_THAT(seen("bob"), ElementsAre("his"));
  ASSERT_TRUE(world("eve")->controller().down(file({"lab"}, {"his"}), options)) << "nothing to do";
  EXPECT_THAT(seen("bob"), ElementsAre("his"));
}

TEST_F(Tenant, EventsOfANameThatWasAnothersBefore) {
  ASSERT_TRUE(bring_up("bob", internet("net")));
  DownRequest request;
  request.names = {"net"};
  ASSERT_TRUE(world("bob")->controller().down(request, options));
  ASSERT_TRUE(bring_up("eve", internet("net")));
  const auto events = world("eve")->controller().events(0, 100);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ((*events)[0].kind, "up");
  EXPECT_TRUE(world("bob")->controller().events(0, 100)->empty());
}

TEST_F(Tenant, WhatOnlyTheOperatorMay) {
  const auto eve = world("eve");
  EXPECT_FALSE(eve->controller().recover("", options));
  EXPECT_FALSE(eve->controller().repair(options));
  EXPECT_FALSE(eve->controller().drain("lab", "X", true, options));
  EXPECT_FALSE(eve->machine().apply({}, {}));
  EXPECT_FALSE(eve->machine().remove("lab", {}, {}));
  EXPECT_FALSE(eve->machine().order_paths({}));
  EXPECT_FALSE(eve->machine().take_path_reports({}));
  EXPECT_FALSE(eve->machine().watch_probe(1));
  EXPECT_FALSE(eve->machine().take_probe_steps(1));
  EXPECT_FALSE(eve->machine().check({}, {}));
  EXPECT_FALSE(eve->machine().canary({}, {}));
}

TEST(TenantNames, NodesAndWhatIsInside) {
  State state;
  plan::InternetPlan& plan = state.internets["campus"].plan;
  plan.name = "campus";
  for (const char* node : {"a", "t.leaf"}) plan.nodes.emplace_back().name = node;
  for (const char* node : {"campus.a", "campus.t.leaf"}) EXPECT_TRUE(has_node(state, node));
  for (const char* node : {"", "campus", "campus.", "campus.t", "campus.*", "campus.b", "campusx.a",
                           "other.a", "*.a"}) {
    EXPECT_FALSE(has_node(state, node)) << node;
  }
  for (const char* name : {"campus", "campus.a", "campus.**"}) {
    EXPECT_TRUE(is_of_internet(state, name));
  }
  for (const char* name : {"", "camp", "campusx", "*", "campus*", "**.a", "lab.X"}) {
    EXPECT_FALSE(is_of_internet(state, name)) << name;
  }
}

}  // namespace
}  // namespace vinet::control
