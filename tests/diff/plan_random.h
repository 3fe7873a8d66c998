// Random labs, internets and edits for the planner's differential tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/make_plan.h"

namespace vinet::plan::testing {

/// The seed of this run: VINET_SEED, else a new one; printed once.
inline uint64_t seed() {
  static const uint64_t value = [] {
    const char* text = std::getenv("VINET_SEED");
    const uint64_t chosen =
        text != nullptr ? std::strtoull(text, nullptr, 10) : std::random_device{}();
    std::cout << "VINET_SEED=" << chosen << "\n";
    return chosen;
  }();
  return value;
}

class Random {
 public:
  /// Each test and round has its own sequence, so that one can be repeated alone.
  Random(uint64_t test, uint64_t round) : engine_(seed() ^ (test << 48) ^ round) {}
  /// 0 .. n - 1.
  uint32_t below(uint64_t n) { return static_cast<uint32_t>(engine_() % n); }
  bool one_in(uint64_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

inline graph::Base random_lab(Random& random, uint32_t most) {
  graph::Base base;
  base.name = "lab";
  const uint32_t count = 1 + random.below(most);
  for (uint32_t i = 0; i < count; ++i) {
    graph::Machine& machine = base.machines.emplace_back();
    machine.name = "m" + std::to_string(i);
    machine.mtu_bytes = 1500 + random.below(3);
  }
  const auto join = [&](uint32_t a, uint32_t b) {
    graph::BaseLink link;
    link.name = "l" + std::to_string(base.links.size());
    link.a.index = a;
    link.b.index = b;
    link.cost = 1 + random.below(3);
    if (random.one_in(2)) link.mtu_bytes = 1400 + random.below(100);
    base.links.push_back(link);
  };
  for (uint32_t i = 1; i < count; ++i) join(random.below(i), i);  // connected
  for (uint32_t extra = count > 1 ? random.below(count + 2) : 0; extra > 0; --extra) {
    const uint32_t a = random.below(count), b = random.below(count);
    if (a != b) join(a, b);
  }
  return base;
}

inline void add_random_node(Random& random, graph::Internet& internet, uint32_t number) {
  graph::Node node;
  node.name = "n" + std::to_string(number);
  node.kind = random.one_in(3) ? graph::NodeKind::kHost : graph::NodeKind::kRouter;
  node.transit = node.kind == graph::NodeKind::kRouter ? !random.one_in(8) : random.one_in(8);
  if (random.one_in(
          8)) {  // outside of what is given out, or right in the way; unique by its number
    node.addresses.push_back(
        net::Ipv4{0x0a000000 + (random.one_in(2) ? 0xff0000U : 0U) + number * 3});
  }
  if (random.one_in(8)) {
    net::Ipv6 address{};
    address.bytes[0] = 0xfd;
    address.bytes[15] = static_cast<uint8_t>(number);
    address.bytes[14] = static_cast<uint8_t>(1 + (number >> 8));
    node.addresses.push_back(address);
  }
  internet.nodes.push_back(node);
}

inline void add_random_link(Random& random, graph::Internet& internet, uint32_t number) {
  if (internet.nodes.size() < 2) return;
  const auto count = internet.nodes.size();
  const uint32_t a = random.below(count), b = random.below(count);
  if (a == b) return;
  graph::Link link;
  link.name = "l" + std::to_string(number);
  link.named = random.one_in(2);
  link.a.node.index = a;
  link.b.node.index = b;
  link.cost = 1 + random.below(4);
  if (random.one_in(6)) link.ipv6 = false;
  if (random.one_in(10)) link.a.addresses.push_back(net::Ipv4{0x0afe0000 + number});
  internet.links.push_back(link);
}

inline graph::Internet random_internet(Random& random, const std::string& name, uint32_t most) {
  graph::Internet internet;
  internet.name = name;
  internet.on = "lab";
  internet.reserve = random.below(14);
  internet.ipv6 = !random.one_in(6);
  const uint32_t count = 1 + random.below(most);
  for (uint32_t i = 0; i < count; ++i) add_random_node(random, internet, i);
  const uint32_t links = count / 2 + random.below(count + 1);
  for (uint32_t i = 0; i < links; ++i) add_random_link(random, internet, i);
  if (!internet.ipv6) {
    for (graph::Node& node : internet.nodes) std::erase_if(node.addresses, net::is_ipv6);
  }
  return internet;
}

inline std::string all_text(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics.all()) text += d.message + " = " + d.note + "\n";
  return text;
}

inline Plan planned(const graph::Graph& graph, const Inventory& inventory = {}) {
  Diagnostics diagnostics;
  auto plan = make_plan(graph, inventory, {}, diagnostics);
  EXPECT_TRUE(plan) << all_text(diagnostics);
  return plan.value_or(Plan{});
}

}  // namespace vinet::plan::testing
