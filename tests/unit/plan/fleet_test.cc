// Fleets: their addresses, who takes which nodes, machines that come and go.
#include <gtest/gtest.h>

#include <functional>

#include "plan/base_paths.h"
#include "plan/base_plan.h"
#include "plan/fleet_base.h"
#include "plan/plan_json.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

std::string daemon_of(const std::string& machine) {
  return "192.0.2." + std::to_string(machine[0]) + ":7411";  // x: 120, y: 121, z: 122
}

Lab fleet(const std::vector<std::string>& names) {
  Lab fleet("fleet");
  fleet.machines(names);
  for (graph::Machine& machine : fleet.base.machines) machine.daemon = daemon_of(machine.name);
  return fleet;
}

using Attributes = std::map<std::string, std::string>;

Inventory knows(const std::map<std::string, Attributes>& machines) {
  Inventory inventory;
  for (const auto& [name, attributes] : machines) {
    inventory.fleet[daemon_of(name)].attributes = attributes;
  }
  return inventory;
}

Net nodes(size_t count) {
  Net net("n", "fleet");
  for (size_t i = 0; i < count; ++i) net.host("h" + std::to_string(i));
  return net;
}

Net where(Net net, const std::string& text) {
  net.internet.where = text;
  net.internet.where_span = {100, 100 + static_cast<uint32_t>(text.size()) + 2};
  return net;
}

/// Names of the machines of the internet's nodes, in their order.
std::string places(const Plan& plan, const std::string& internet = "n") {
  std::string text;
  const InternetPlan& net = *plan.find_internet(internet);
  for (const NodePlan& node : net.nodes) {
    text += (text.empty() ? "" : " ") + plan.find_base(net.base)->machines[node.machine.index].name;
  }
  return text;
}

std::string errors(const graph::Graph& graph, const Inventory& inventory) {
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph, inventory, {}, diagnostics).has_value());
  return all_text(diagnostics);
}

TEST(Fleet, AddressesAreWrittenKnownOrTheDaemons) {
  Lab lab = fleet({"x", "y", "z"});
  lab.base.machines[1].address = net::Ipv4{0x0a630102};
  lab.base.machines[2].daemon = "z.example.net:7411";
  Inventory inventory;
  inventory.fleet["z.example.net:7411"].base_address = net::Ipv4{0x0a630302};
  inventory.fleet[daemon_of("y")].base_address = net::Ipv4{0x0a639999};  // it is written
  const Plan plan = planned(graph_of({lab}, {}), inventory);
  const BasePlan& base = plan.bases.front();
  EXPECT_TRUE(base.fleet);
  EXPECT_EQ(net::to_string(base.machines[0].base_address), "192.0.2.120");
  EXPECT_EQ(net::to_string(base.machines[1].base_address), "10.99.1.2");
  EXPECT_EQ(net::to_string(base.machines[2].base_address), "10.99.3.2");
  EXPECT_TRUE(base.machines[0].routes.empty());
  // It keeps them, whatever the machine says later; another daemon has its own.
  inventory.running = plan;
  inventory.fleet["z.example.net:7411"].base_address = net::Ipv4{0x0a63ffff};
  inventory.fleet["w.example.net:7411"].base_address = net::Ipv4{0x0a630402};
  lab.base.machines[0].daemon = "w.example.net:7411";
  const Plan again = planned(graph_of({lab}, {}), inventory);
  EXPECT_EQ(net::to_string(again.bases[0].machines[0].base_address), "10.99.4.2");
  EXPECT_EQ(net::to_string(again.bases[0].machines[2].base_address), "10.99.3.2");
}

TEST(Fleet, BasesThatCannotBe) {
  struct Case {
    const char* name;
    std::function<void(graph::Base&)> spoil;
    const char* expected;
  };
  const Case cases[] = {
      {"one daemon", [](auto& base) { base.machines[1].daemon = base.machines[0].daemon; },
       "error: machines 'x' and 'y' of fleet 'fleet' have one daemon, 192.0.2.120:7411 = each "
       "machine has a daemon of its own\nerror: machines 'x' and 'y' of fleet 'fleet' have one "
       "base "
       "address, 192.0.2.120 = packets could not tell them apart\n"},
      {"one address", [](auto& base) { base.machines[1].address = net::Ipv4{0xc0000278}; },
       "error: machines 'x' and 'y' of fleet 'fleet' have one base address, 192.0.2.120 = packets "
       "could not tell them apart\n"},
      {"no address", [](auto& base) { base.machines[1].daemon = "y.example.net:7411"; },
       "error: the base address of machine 'y' is not known = its daemon "
       "'y.example.net:7411' is not called by an IPv4 address: write `address = …`\n"},
      {"loopback", [](auto& base) { base.machines[1].daemon = "127.0.0.1:7411"; },
       "error: 127.0.0.1 cannot be the base address of machine 'y': it is a loopback address = "
       "write "
       "the address by which the other machines reach it: `address = …`\n"},
      {"mtu", [](auto& base) { base.machines[1].mtu_bytes = 60; },
       "error: an mtu of 60 for machine 'y' is out of range = IPv4 needs 68 to 65535 bytes\n"},
  };
  for (const Case& c : cases) {
    Lab lab = fleet({"x", "y"});
    c.spoil(lab.base);
    EXPECT_EQ(errors(graph_of({lab}, {}), {}), c.expected) << c.name;
  }
}

TEST(Fleet, AComputerIsAMachineOfOneFleet) {
  Lab other = fleet({"w", "x"});
  other.base.name = "other";
  const std::string expected =
      "error: 192.0.2.120:7411 is machine 'fleet.x' already = a computer is a machine of one "
      "fleet, on which any number of internets may stand\n";
  EXPECT_EQ(errors(graph_of({fleet({"x", "y"}), other}, {}), {}), expected);
  Inventory inventory;
  inventory.running = planned(graph_of({fleet({"x", "y"})}, {}));
  EXPECT_EQ(errors(graph_of({other}, {}), inventory), expected);
  // The one that runs has let it go.
  planned(graph_of({fleet({"y", "z"}), other}, {}), inventory);
}

TEST(Fleet, EachMachineReachesEachInOneHop) {
  Lab lab = fleet({"x", "y", "z"});
  lab.base.machines[1].mtu_bytes = 1400;
  Net net = Net("n", "fleet").host("a", "x").router("b", "y").host("c", "z").chain({"a", "b", "c"});
  net.link("a", "c");
  const Plan plan = planned(graph_of({lab}, {net}));
  BasePaths paths(plan.bases[0]);
  EXPECT_EQ(paths.distance(0, 2), 1U);
  EXPECT_EQ(paths.distance(2, 2), 0U);
  EXPECT_TRUE(paths.ways(0, 2).empty());
  EXPECT_EQ(plan.internets[0].links[0].mtu_bytes, 1360U);
  EXPECT_EQ(plan.internets[0].links[1].mtu_bytes, 1360U);
  EXPECT_EQ(plan.internets[0].links[2].mtu_bytes, 1460U);
  EXPECT_EQ(net::to_string(plan.internets[0].links[2].a.base_address), "192.0.2.120");
  // What is printed can be read back.
  EXPECT_EQ(*from_json(to_json(plan)), plan);
}

TEST(Fleet, NodesGoWhereTheyAreTaken) {
  const Attributes router = {{"role", "router"}, {"memory", "4294967296"}};
  const Attributes host = {{"role", "host"}, {"memory", "1073741824"}};
  const Lab lab = fleet({"x", "y", "z"});
  EXPECT_EQ(places(planned(graph_of({lab}, {where(nodes(4), "role = router")}),
                           knows({{"x", router}, {"y", host}, {"z", router}}))),
            "x x z z");
  EXPECT_EQ(places(planned(graph_of({lab}, {where(nodes(2), "memory >= 2GiB, role != host")}),
                           knows({{"x", host}, {"y", router}, {"z", {}}}))),
            "y y");
  // No condition: on all that take nodes.
  Inventory drained = knows({{"x", {}}, {"y", {}}, {"z", {}}});
  drained.fleet[daemon_of("y")].takes_none_because = "drained";
  EXPECT_EQ(places(planned(graph_of({lab}, {nodes(4)}), drained)), "x x z z");
  // As many as each takes.
  EXPECT_EQ(places(planned(graph_of({lab}, {nodes(6)}),
                           knows({{"x", {{"nodes", "1"}}}, {"y", {{"nodes", "100"}}}, {"z", {}}}))),
            "x y y y z z");
  // Offline nothing is known, and all may be.
  EXPECT_EQ(places(planned(graph_of({lab}, {nodes(3)}))), "x y z");
}

TEST(Fleet, NodesThatRunStay) {
  const Lab lab = fleet({"x", "y"});
  Net net = nodes(2).host("fixed", "y");
  Inventory inventory = knows({{"x", {{"role", "a"}}}, {"y", {{"role", "b"}}}});
  inventory.running = planned(graph_of({lab}, {net}), inventory);
  EXPECT_EQ(places(inventory.running), "x x y");
  inventory.fleet[daemon_of("x")].takes_none_because = "drained";
  inventory.fleet[daemon_of("y")].attributes["nodes"] = "1";
  net.host("new");
  EXPECT_EQ(places(planned(graph_of({lab}, {where(net, "role = b")}), inventory)), "x x y y");
}

TEST(Fleet, TooFewMachinesAreRefusedByWhatIsMissing) {
  const Attributes host = {{"role", "host"}, {"memory", "1073741824"}};
  const Attributes router = {{"role", "router"}, {"memory", "1073741824"}, {"nodes", "1"}};
  const Lab lab = fleet({"x", "y", "z"});
  struct Case {
    Net net;
    Inventory inventory;
    const char* expected;
  };
  Inventory drained = knows({{"x", router}, {"y", host}, {"z", {}}});
  drained.fleet[daemon_of("x")].takes_none_because = "drained";
  const Case cases[] = {
      {where(nodes(1), "role = router"), knows({{"x", host}, {"y", host}, {"z", {}}}),
       "error: no machine of 'fleet' has role = router = x, y say role = host; z says nothing\n"},
      {where(nodes(1), "memory >= 2GiB"), knows({{"x", host}, {"y", router}, {"z", {}}}),
       "error: no machine of 'fleet' has memory >= 2GiB = x, y say memory = 1GiB; z says "
       "nothing\n"},
      {where(nodes(1), "role = router, memory >= 1GiB, cpus > 1"),
       knows({{"x", host}, {"y", router}, {"z", {}}}),
       "error: no machine of 'fleet' has cpus > 1 = none says 'cpus'; they say memory, nodes, "
       "role\n"},
      {where(nodes(1), "rol = router"), knows({{"x", host}, {"y", router}, {"z", {}}}),
       "error: no machine of 'fleet' has rol = router = none says 'rol'; did you mean 'role'?\n"},
      {where(nodes(1), "role = router, rack = 1"),
       knows({{"x", router}, {"y", {{"rack", "1"}}}, {"z", {{"rack", "1"}}}}),
       "error: no machine of 'fleet' has role = router and rack = 1 at once = 1 of 3 has role = "
       "router; 2 of 3 have rack = 1\n"},
      {where(nodes(2), "role = router"), knows({{"x", router}, {"y", host}, {"z", {}}}),
       "error: internet 'n' needs room for 2 more nodes, and the machines of 'fleet' that have "
       "role "
       "= router have room for 1 = x takes 1; 2 of 3 machines have not role = router\n"},
      {where(nodes(1), "role = router"), drained,
       "error: internet 'n' needs room for 1 more node, and the machines of 'fleet' that have role "
       "= "
       "router have room for 0 = x: drained; 2 of 3 machines have not role = router\n"},
      {Net("n", "fleet").host("a", "x"), drained,
       "error: machine 'x' takes no nodes: drained = \n"},
      {Net("n", "fleet").host("a", "x").host("b", "x"),
       knows({{"x", router}, {"y", {}}, {"z", {}}}), "error: machine 'x' takes 1 more node = \n"},
      {nodes(1), knows({{"x", {{"nodes", "0"}}}}),
       "error: internet 'n' needs room for 1 more node, and the machines of 'fleet' have room for "
       "0 "
       "= x takes 0, y: nothing is known of it, z: nothing is known of it\n"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(errors(graph_of({lab}, {c.net}), c.inventory), c.expected);
  }
}

TEST(Fleet, WhereIsShownInsideItsQuotes) {
  Diagnostics diagnostics;
  const Lab lab = fleet({"x"});
  EXPECT_FALSE(
      make_plan(graph_of({lab}, {where(nodes(1), "cpus > 1, role < r")}), {}, {}, diagnostics));
  ASSERT_EQ(diagnostics.all().size(), 1U);
  EXPECT_EQ(diagnostics.all()[0].span, (Span{118, 119}));
  // Offline it cannot be looked at, and is said so.
  Diagnostics offline;
  EXPECT_TRUE(make_plan(graph_of({lab}, {where(nodes(1), "cpus > 1")}), {}, {}, offline));
  EXPECT_EQ(
      all_text(offline),
      "warning: `where` has not been looked at: nothing is known of the machines of 'fleet' = "
      "`vinet up` asks them\n");
  Net on_lab = where(Net("n").host("a"), "cpus > 1");
  EXPECT_EQ(
      errors(graph_of({row()}, {on_lab}), {}),
      "error: `where` chooses among the machines of a fleet, and 'lab' is none = say `at` of a "
      "node where it shall be\n");
}

TEST(Fleet, SharesAreRefused) {
  Net net = nodes(1);
  net.internet.share_bps = 1'000'000;
  EXPECT_EQ(
      errors(graph_of({fleet({"x"})}, {net}), {}),
      "error: a `share` of internet 'n' on fleet 'fleet' is not supported yet = shares are of "
      "links of a lab, whose rates are known\n");
}

TEST(Fleet, KernelsAreAskedForWhatTheirLinksNeed) {
  const Lab lab = fleet({"x", "y", "z"});
  Net net = Net("n", "fleet").host("a", "x").router("b", "y").host("c", "z").chain({"a", "b"});
  net.last().delay_us = 1000;
  net.link("b", "c").last().rate_bps = 8000;
  Inventory inventory = knows({{"x", {}}, {"y", {}}, {"z", {}}});
  inventory.features.netem = inventory.features.tbf = false;  // of this computer: no matter
  EXPECT_EQ(planned(graph_of({lab}, {net}), inventory).internets[0].links[0].delay_us, 1000U);
  inventory.fleet[daemon_of("x")].features.netem = false;
  inventory.fleet[daemon_of("z")].features.netem = false;
  inventory.fleet[daemon_of("z")].features.tbf = false;
  EXPECT_EQ(
      errors(graph_of({lab}, {net}), inventory),
      "error: `delay` of link 'a-b' needs the kernel's netem queueing discipline, which machine "
      "'x' does not have = \nerror: `rate` of link 'b-c' needs the kernel's tbf queueing "
      "discipline, which machine 'z' does not have = \n");
  // In a stack the kernels are those of the bottom machines.
  Net lower = Net("low", "fleet").host("p", "x").router("q", "y").chain({"p", "q"});
  Net upper = Net("up", "low").host("a", "p").host("b", "q").chain({"a", "b"});
  upper.internet.ipv6 = false;
  upper.last().delay_us = 1000;
  EXPECT_EQ(
      errors(graph_of({lab}, {lower, upper}), inventory),
      "error: `delay` of link 'a-b' needs the kernel's netem queueing discipline, which machine "
      "'x' does not have = \n");
}

TEST(Fleet, AddressesKeepApartFromWhatItsMachinesUse) {
  Inventory inventory = knows({{"x", {}}, {"y", {}}});
  inventory.own_prefixes = {*net::parse_prefix("10.128.0.0/9")};  // of this computer: no matter
  inventory.fleet[daemon_of("y")].own_prefixes = {*net::parse_prefix("10.0.0.0/9")};
  const Plan plan = planned(graph_of({fleet({"x", "y"})}, {nodes(2)}), inventory);
  EXPECT_EQ(net::to_string(plan.internets[0].pool.network), "10.128.0.0");
  Lab inside = fleet({"x"});
  inside.base.machines[0].address = net::Ipv4{0x0a000001};
  const Plan other = planned(graph_of({inside}, {nodes(1)}));
  EXPECT_FALSE(net::contains(other.internets[0].nodes[0].block, net::Ipv4{0x0a000001}));
}

TEST(Fleet, MachinesComeAndGo) {
  const Net net = nodes(2);
  Inventory inventory;
  inventory.running =
      planned(graph_of({fleet({"w", "x", "y", "z"})},
                       {Net("n", "fleet").host("a", "x").host("b", "z").chain({"a", "b"})}));
  // One comes, before the others in the file: numbers stay, nothing is planned anew.
  const Plan more = planned(graph_of({fleet({"v", "w", "x", "y", "z"})}, {}), inventory);
  EXPECT_EQ(more.bases[0].machines[4].name, "v");
  EXPECT_TRUE(more.internets.empty());
  // One goes that nothing needs: what stands on the others has their new numbers.
  const Plan less = planned(graph_of({fleet({"x", "y", "z"})}, {}), inventory);
  EXPECT_EQ(places(less), "x z");
  InternetPlan expected = inventory.running.internets[0];
  expected.nodes[0].machine.index = 0;
  expected.nodes[1].machine.index = 2;
  EXPECT_EQ(less.internets[0], expected);
  // One that is needed does not go, nor change.
  EXPECT_EQ(errors(graph_of({fleet({"w", "x", "y"})}, {}), inventory),
            "error: fleet 'fleet' cannot be changed so: other internets stand on it = machine 'z', "
            "which has node 'n.b', would be gone\n");
  Lab moved = fleet({"w", "x", "y", "z"});
  moved.base.machines[1].address = net::Ipv4{0x0a630102};
  EXPECT_EQ(errors(graph_of({moved}, {}), inventory),
            "error: fleet 'fleet' cannot be changed so: other internets stand on it = machine 'x', "
            "which has node 'n.a', would have daemon 192.0.2.120:7411, address 10.99.1.2, mtu 1500 "
            "instead of daemon 192.0.2.120:7411, address 192.0.2.120, mtu 1500\n");
  // With the file that describes it: its node is placed anew.
  const Plan with =
      planned(graph_of({fleet({"w", "x", "y"})},
                       {Net("n", "fleet").host("a", "x").host("b").chain({"a", "b"})}),
              inventory);
  EXPECT_EQ(places(with), "x w");
}

TEST(Fleet, IsComparedWithWhatRuns) {
  const BasePlan running = planned(graph_of({fleet({"x", "y"})}, {})).bases[0];
  EXPECT_TRUE(base_differences(fleet({"y", "x"}).base, running).empty());
  Lab other = fleet({"x", "z"});
  other.base.machines[0].address = net::Ipv4{0x0a630102};
  EXPECT_EQ(base_differences(other.base, running),
            (std::vector<std::string>{
                "machine 'x' has daemon 192.0.2.120:7411, address 10.99.1.2, mtu 1500, running: "
                "daemon 192.0.2.120:7411, address 192.0.2.120, mtu 1500",
                "machine 'z' is new", "machine 'y' is missing"}));
  EXPECT_EQ(base_differences(Lab("fleet").machines({"x", "y"}).base, running),
            (std::vector<std::string>{"'fleet' runs as a fleet"}));
  const BasePlan lab = planned(graph_of({Lab("fleet").machines({"x"})}, {})).bases[0];
  EXPECT_EQ(base_differences(fleet({"x"}).base, lab),
            (std::vector<std::string>{"'fleet' runs as a lab"}));
}

}  // namespace
}  // namespace vinet::plan::testing
