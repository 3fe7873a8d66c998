// Property: a slice patched with what diff lists is the wanted one. The patch is naive: it does to
// the value, list by list, what the kernel is to be done to.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <tuple>

#include "slice/diff.h"
#include "slice/lower.h"
#include "slice/text.h"
#include "unit/slice/random_plans.h"

namespace vinet::slice {
namespace {

using vinet::testing::random_base;
using vinet::testing::random_internet;
using vinet::testing::random_seed;

Namespace* find_namespace(Slice& slice, const std::string& name) {
  for (Namespace& space : slice.namespaces) {
    if (space.name == name) return &space;
  }
  return nullptr;
}

net::Device* find_device(Slice& slice, const std::string& netns, const std::string& name) {
  for (Veth& veth : slice.veths) {
    if (veth.a_namespace == netns && veth.a.name == name) return &veth.a;
    if (veth.b_namespace == netns && veth.b.name == name) return &veth.b;
  }
  return nullptr;
}

std::vector<net::InterfaceAddress>& addresses(Slice& slice, const AddressChange& change) {
  if (change.device == "lo") return find_namespace(slice, change.netns)->lo_addresses;
  return find_device(slice, change.netns, change.device)->addresses;
}

void sort_all(Slice& slice) {
  const auto by = [](auto key) {
    return [key](const auto& x, const auto& y) { return key(x) < key(y); };
  };
  std::sort(slice.namespaces.begin(), slice.namespaces.end(),
            by([](const Namespace& one) { return one.name; }));
  std::sort(slice.veths.begin(), slice.veths.end(),
            by([](const Veth& one) { return std::tuple(one.b_namespace, one.b.name); }));
  std::sort(slice.link_ends.begin(), slice.link_ends.end(),
            by([](const LinkEnd& one) { return one.backside; }));
  std::sort(slice.base_devices.begin(), slice.base_devices.end());
  for (Namespace& space : slice.namespaces) {
    std::sort(space.routes.begin(), space.routes.end());
    std::sort(space.lo_addresses.begin(), space.lo_addresses.end());
  }
  for (Veth& veth : slice.veths) std::sort(veth.a.addresses.begin(), veth.a.addresses.end());
}

Slice patched(Slice slice, const Diff& diff) {
  slice.base_address = diff.base_address;
  for (const LinkEnd& gone : diff.link_ends_erased) std::erase(slice.link_ends, gone);
  for (const Veth& gone : diff.veths_deleted) std::erase(slice.veths, gone);
  for (const Namespace& gone : diff.namespaces_deleted) std::erase(slice.namespaces, gone);
  for (Namespace made : diff.namespaces_made) {
    made.lo_addresses.clear();
    made.routes.clear();
    slice.namespaces.push_back(made);
  }
  for (const Namespace& changed : diff.namespaces_changed) {
    Namespace* space = find_namespace(slice, changed.name);
    std::tie(space->mark, space->settings, space->lo_forwarding) =
        std::tie(changed.mark, changed.settings, changed.lo_forwarding);
  }
  for (Veth made : diff.veths_made) {
    for (net::Device* device : {&made.a, &made.b}) {
      device->addresses.clear();
      device->shaping = {};
    }
    slice.veths.push_back(made);
  }
  for (const DeviceChange& change : diff.devices_changed) {
    net::Device* device = find_device(slice, change.netns, change.device.name);
    net::Device next = change.device;
    next.addresses = device->addresses;
    next.shaping = device->shaping;
    *device = next;
  }
  for (const DeviceChange& change : diff.shaping_changed) {
    find_device(slice, change.netns, change.device.name)->shaping = change.device.shaping;
  }
  for (const AddressChange& change : diff.addresses_deleted)
    std::erase(addresses(slice, change), change.address);
  for (const AddressChange& change : diff.addresses_added)
    addresses(slice, change).push_back(change.address);
  for (const RouteChange& change : diff.routes_deleted) {
    std::erase(find_namespace(slice, change.netns)->routes, change.route);
  }
  for (const RouteChange& change : diff.routes_added) {
    find_namespace(slice, change.netns)->routes.push_back(change.route);
  }
  for (const LinkEnd& put : diff.link_ends_put) {
    std::erase_if(slice.link_ends,
                  [&](const LinkEnd& one) { return one.backside == put.backside; });
    slice.link_ends.push_back(put);
  }
  for (const std::string& device : diff.base_devices_detached)
    std::erase(slice.base_devices, device);
  for (const std::string& device : diff.base_devices_attached) slice.base_devices.push_back(device);
  sort_all(slice);
  return slice;
}

TEST(SliceDiff, patches_any_slice_into_any_other) {
  std::printf("seed %u\n", random_seed());
  std::mt19937 random(random_seed());
  size_t compared = 0;
  for (int round = 0; round < 1000; ++round) {
    const plan::BasePlan base = random_base(random);
    const auto one = lower(random_internet(random, base), base);
    const auto other = lower(random_internet(random, base), base);
    for (const Slice& want : one) {
      for (const Slice& have : other) {
        if (want.machine != have.machine) continue;
        ++compared;
        const Diff changes = diff(want, have, Tolerance::kExact);
        ASSERT_EQ(to_string(patched(have, changes)), to_string(want)) << "round " << round << "\n"
                                                                      << to_string(have);
        ASSERT_EQ(changes.empty(), want == have) << "round " << round;
      }
    }
  }
  EXPECT_GT(compared, 1000u);
}

TEST(SliceDiff, text_tells_slices_apart) {
  std::mt19937 random(random_seed() + 1);
  std::vector<Slice> all;
  for (int round = 0; round < 100; ++round) {
    const plan::BasePlan base = random_base(random);
    for (Slice& slice : lower(random_internet(random, base), base)) all.push_back(std::move(slice));
  }
  for (const Slice& one : all) {
    for (const Slice& other : all) ASSERT_EQ(one == other, to_string(one) == to_string(other));
  }
}

}  // namespace
}  // namespace vinet::slice
