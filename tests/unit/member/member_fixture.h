// A machine of a fleet over a machine that is a map and a real store, with a clock that stands
// still.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "member/local_member.h"
#include "unit/control/fake_machine.h"
#include "unit/control/scratch.h"

namespace vinet::member {

constexpr net::Ipv4 kHere{0x0a630102};  // 10.99.1.2

/// This computer as machine x of `fleet`.
inline fleet::Holding base_holding(const std::string& name = "fleet") {
  fleet::Holding holding;
  holding.owner = name;
  slice::Slice slice;
  slice.owner = name;
  slice.machine = name + ".x";
  slice.base_address = kHere;
  slice::Namespace machine;
  machine.name = slice.machine;
  machine.mark = "vinet:" + name + ":x";
  machine.own = machine.lo_forwarding = machine.reassembly = true;
  slice.namespaces = {machine};
  holding.slices = {slice};
  holding.namespaces = {slice.machine};
  return holding;
}

struct Shape {
  std::string on = "fleet";    ///< base or internet below
  uint32_t link_address = 10;  ///< of the first node; the next have the next ones
  size_t nodes = 1;            ///< each with one link end
  uint64_t delay_us = 0;
  std::string run = {};  ///< of the first node
  std::optional<uint64_t> lease_s = {};
};

/// An internet with nodes A0, A1, ... on this machine, each with a link to somewhere else.
inline fleet::Holding internet_holding(const std::string& name, const Shape& shape = {}) {
  fleet::Holding holding;
  holding.owner = name;
  holding.internet = true;
  holding.lease_s = shape.lease_s;
  holding.hosts_text = "10.0.0.1 A0\n";
  slice::Slice slice;
  slice.owner = name;
  slice.machine = "fleet.x";
  slice.base_address = kHere;
  for (size_t i = 0; i < shape.nodes; ++i) {
    const std::string node = "A" + std::to_string(i), space = name + "." + node;
    slice::Namespace one;
    one.name = space;
    one.mark = "vinet:" + name + ":" + node + "@fleet.x";
    slice.namespaces.push_back(one);
    holding.namespaces.push_back(space);
    slice::Veth veth;
    veth.a_namespace = space;
    veth.b_namespace = "fleet.x";
    veth.a.name = "B";
    veth.b.name = "v" + name + std::to_string(i);
    veth.a.shaping.delay_us = shape.delay_us;
    slice.veths.push_back(veth);
    slice::LinkEnd end;
    end.backside = veth.b.name;
    end.node = space;
    if (shape.on != "fleet") end.on = shape.on + ".A0";
    end.link_source = net::Ipv4{0x0a000000 + shape.link_address + static_cast<uint32_t>(i)};
    slice.link_ends.push_back(end);
  }
  if (!shape.run.empty()) holding.runs[holding.namespaces.front()] = shape.run;
  holding.slices = {slice};
  return holding;
}

/// Passes all on to a machine that outlives it.
class MemberTest : public ::testing::Test {
 protected:
  MemberTest() { start(); }

  /// The same, and in between somebody writes to the store.
  void start_after(const std::string& sql) {
    const std::string file = store->file();
    member.reset();
    store.reset();
    {
      auto database =
          control::sqlite::Database::open(file, control::sqlite::Database::Mode::kExisting);
      ASSERT_TRUE(database);
      ASSERT_TRUE(database->exec(sql));
    }
    start();
  }

  /// A daemon's life ends, however far it was, and another begins.
  void start() {
    member.reset();
    store = std::make_unique<Store>(scratch.path());
    store->set_policy([this](uint64_t, const std::string& what) { return may_call(what); });
    machine.policy = [this](const std::string& what) { return may_call(what); };
    LocalMember::Parts parts;
    parts.open = [this] { return std::shared_ptr<machine::Machine>(&machine, [](auto*) {}); };
    parts.store = store.get();
    parts.options = options;
    parts.surroundings = surroundings();
    parts.tell = [this](const std::string& kind, const std::string& object, const std::string&) {
      events.push_back(kind + " " + object);
    };
    parts.local = [this] { return local; };
    member = std::make_unique<LocalMember>(std::move(parts));
  }
  Surroundings surroundings() {
    Surroundings here;
    here.clocks = [this] { return clocks; };
    here.boottime = [this] { return now; };
    here.memory_bytes = [this] { return free_memory * 2; };
    here.free_memory_bytes = [this] { return free_memory; };
    here.cpus = [] { return 2; };
    here.network_namespaces = [this] { return room; };
    here.has_namespace = [this](const std::string& name) { return strangers.contains(name); };
    here.has_address = [this](net::Ipv4 address) { return address == kHere && has_address; };
    here.base_address = [] { return kHere; };
    return here;
  }
  /// The computer starts anew, without what its kernel held.
  void reboot() {
    machine.held.clear();
    clocks.boot = "another boot";
    clocks.boottime_s = 1;
    start();
  }
  void pass(std::chrono::seconds time) {
    now += time;
    clocks.boottime_s += static_cast<uint64_t>(time.count());
    clocks.wall_us += static_cast<uint64_t>(time.count()) * 1'000'000;
  }
  void look() { member->keep({}); }

  static fleet::Order order(uint64_t generation, const std::string& operation = "",
                            uint64_t term = 1, const std::string& instance = "i1",
                            const std::string& whose = "S") {
    return {whose, instance, term, generation,
            operation.empty() ? "op" + std::to_string(generation) : operation};
  }
  Status prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                 const std::vector<std::string>& removes = {}) {
    return member->prepare(order, puts, removes, std::chrono::seconds(30));
  }
  /// Both phases.
  Status up(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
            const std::vector<std::string>& removes = {}) {
    TRY(prepare(order, puts, removes));
    TRY(member->commit(order, {}));
    return ok();
  }

  std::map<std::string, uint64_t> generations() {
    std::map<std::string, uint64_t> all;
    const fleet::MemberReport report = *member->report();
    for (const fleet::Held& held : report.held) all[held.owner] = held.generation;
    return all;
  }
  /// Does the kernel hold exactly what the records say?
  void expect_realised(const std::string& when = "") {
    std::map<std::string, std::vector<slice::Slice>> want;
    for (const auto& [owner, record] : member->held()) want[owner] = record->holding.slices;
    EXPECT_EQ(machine.held, want) << when;
  }

  /// Calls of machine and store are numbered together; `fail_at` is the one that fails.
  Status may_call(const std::string& what) {
    ++number;
    const bool fails = number == fail_at || (dead && fail_at != 0 && number > fail_at);
    return fails ? Status(Error{Errc::kInternal, "made to fail: " + what, 0}) : ok();
  }
  void heal() {
    fail_at = number = 0;
    dead = false;
  }

  control::Scratch scratch;
  control::FakeMachine machine;
  Options options;
  control::Clocks clocks{"this boot", 1000, 1'700'000'000'000'000};
  std::chrono::milliseconds now{1'000'000};
  uint64_t free_memory = uint64_t{4} << 30;
  bool has_address = true;
  Room room{10'000, 10};
  std::set<std::string> strangers, local;
  std::vector<std::string> events;
  size_t number = 0, fail_at = 0;
  bool dead =
      false;  ///< after the failing call all others fail too: the daemon is as good as killed
  std::unique_ptr<Store> store;
  std::unique_ptr<LocalMember> member;
};

}  // namespace vinet::member
