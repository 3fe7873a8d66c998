// Random bases and internets for property tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <set>
#include <string>

#include "unit/slice/plans.h"

namespace vinet::testing {

/// VINET_SEED, so that a run can be repeated.
inline uint32_t random_seed() {
  const char* given = std::getenv("VINET_SEED");
  return given != nullptr ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : 20031;
}

inline plan::BasePlan random_base(std::mt19937& random) {
  const uint32_t machines = 1 + random() % 5;
  std::vector<std::string> names;
  std::set<LinkSpec> links;
  for (uint32_t i = 0; i < machines; ++i) {
    names.push_back("m" + std::to_string(i));
    if (i > 0) links.insert({static_cast<uint32_t>(random() % i), i});
  }
  return make_base("lab", names, {links.begin(), links.end()});
}

inline plan::InternetPlan random_internet(std::mt19937& random, const plan::BasePlan& base) {
  std::vector<NodeSpec> nodes;
  const uint32_t count = 1 + random() % 8;
  for (uint32_t i = 0; i < count; ++i) {
    nodes.push_back({"n" + std::to_string(i), random() % 2 == 0,
                     static_cast<uint32_t>(random() % base.machines.size())});
  }
  std::set<LinkSpec> links;
  for (uint32_t i = 0; count > 1 && i < random() % (2 * count); ++i) {
    const auto a = static_cast<uint32_t>(random() % count),
               b = static_cast<uint32_t>(random() % count);
    if (a != b) links.insert({std::min(a, b), std::max(a, b)});
  }
  auto internet =
      make_internet("vi", 1, base, nodes, {links.begin(), links.end()}, random() % 3 != 0);
  for (plan::LinkPlan& link : internet.links) {
    if (random() % 3 == 0) link.rate_bps = 8'000'000 + random() % 1000;
    if (random() % 3 == 0) link.loss_ppb = static_cast<uint32_t>(random() % 1'000'000'000);
    if (random() % 3 == 0) link.mtu_bytes = 1280 + static_cast<uint32_t>(random() % 100);
  }
  return internet;
}

}  // namespace vinet::testing
