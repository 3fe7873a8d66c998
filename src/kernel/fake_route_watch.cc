// Looks at what it watches and compares with what it saw last: the fake kernel tells nobody either.
#include "kernel/fake_doors.h"

namespace vinet::kernel {

FakeRouteWatch::Seen FakeRouteWatch::look(const FakeNamespace& space) {
  Seen seen{space.inode, space.routes, {}};
  for (const auto& [ifindex, device] : space.devices) seen.devices.push_back(device.device);
  return seen;
}

void FakeRouteWatch::watch(const std::set<std::string>& namespaces) {
  std::erase_if(watched_, [&](const auto& one) { return !namespaces.contains(one.first); });
  for (const std::string& name : namespaces) {
    const auto space = state_.open(name);
    if (!space) {
      watched_.erase(name);
      continue;
    }
    const auto known = watched_.find(name);
    if (known == watched_.end() || known->second.inode != (*space)->inode)
      watched_[name] = look(**space);
  }
}

std::set<std::string> FakeRouteWatch::take_changed() {
  std::set<std::string> changed;
  for (auto& [name, seen] : watched_) {
    const auto space = state_.open(name);
    if (!space || (*space)->inode != seen.inode) continue;
    Seen now = look(**space);
    if (now == seen) continue;
    seen = std::move(now);
    changed.insert(name);
  }
  return changed;
}

}  // namespace vinet::kernel
