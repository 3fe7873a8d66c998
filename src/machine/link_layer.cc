// Programs and maps of the machines that a transition touches.
#include "machine/link_layer.h"

#include <algorithm>

#include "machine/entries.h"

namespace vinet::machine {

using slice::Diff;

void LinkLayer::erase_entries() {
  std::vector<Going> all;
  for (const Diff& diff : diffs_) {
    const auto space = view_.spaces.find(diff.machine);
    const auto ifindex = [&](const std::string& device) -> uint32_t {
      const auto* seen = space == view_.spaces.end() ? nullptr : space->second.find(device);
      return seen == nullptr ? 0 : seen->ifindex;
    };
    const std::set<uint32_t> known = held_[diff.machine].backsides();
    std::set<uint32_t> going;
    for (const uint32_t dead : dead_backsides(view_, diff.machine)) going.insert(dead);
    for (const slice::LinkEnd& end : diff.link_ends_erased) going.insert(ifindex(end.backside));
    for (const slice::Veth& veth : diff.veths_deleted) {
      if (veth.b_namespace == diff.machine) going.insert(ifindex(veth.b.name));
    }
    for (const uint32_t backside : going) {
      if (known.contains(backside)) all.push_back({Effect::kDeleted, diff.machine, backside, {}});
    }
    for (const slice::LinkEnd& end : diff.link_ends_put) {
      const uint32_t backside = ifindex(end.backside);
      if (going.contains(backside) || !known.contains(backside)) continue;
      all.push_back({Effect::kChanged, diff.machine, backside, encode(end, backside)});
    }
  }
  for (const Going& end : all) {
    if (steps_.over()) return;
    Status silent =
        erase_sending(kernel_.programs(), end.machine, held_[end.machine], end.backside, end.keep);
    if (!silent) steps_.fail(std::move(silent).error().within(end.what()));
  }
  for (const Going& end : all) {
    steps_.run(end.effect, end.what(), [&] {
      return erase_known(kernel_.programs(), end.machine, held_[end.machine], end.backside,
                         end.keep);
    });
  }
  erase_sources(all);
}

/// Of nodes that have no link here any more, and those that are not wanted any more.
void LinkLayer::erase_sources(const std::vector<Going>& all) {
  std::set<std::pair<std::string, uint32_t>> gone;
  std::map<std::string, std::vector<vi_address>> wanted;
  std::set<std::pair<std::string, uint64_t>> changed;
  for (const Going& end : all) {
    if (!end.keep) gone.emplace(end.machine, end.backside);
    if (!end.keep) continue;
    changed.emplace(end.machine, end.keep->link.node);
    auto& sources = wanted[end.machine];
    sources.insert(sources.end(), end.keep->sources.begin(), end.keep->sources.end());
  }
  for (const Diff& diff : diffs_) {
    const ProgramsView& held = held_[diff.machine];
    std::set<uint64_t> alive;
    for (const auto& [backside, link] : held.links) {
      if (!gone.contains({diff.machine, backside})) alive.insert(link.node);
    }
    for (const vi_address& source : held.sources) {
      const auto& keep = wanted[diff.machine];
      const bool stays = changed.contains({diff.machine, source.node})
                             ? std::any_of(keep.begin(), keep.end(),
                                           [&](const auto& one) { return same(one, source); })
                             : alive.contains(source.node);
      if (stays) continue;
      if (!steps_.run(Effect::kDeleted, "erase a source in " + diff.machine, [&] {
            return gone_is_fine(kernel_.programs().erase_source(diff.machine, source));
          })) {
        return;
      }
    }
  }
}

std::string LinkLayer::Going::what() const {
  return "erase entries of device " + std::to_string(backside) + " in " + machine;
}

void LinkLayer::look_again(const std::set<std::string>& machines) {
  for (const std::string& machine : machines) {
    if (!view_.programs.contains(machine)) continue;
    auto held = look_at_programs(kernel_.programs(), machine);
    if (held) {
      held_[machine] = *std::move(held);
    } else if (held.error().code != Errc::kNotFound) {
      steps_.fail(std::move(held).error());
    }
  }
}

void LinkLayer::attach() {
  for (const Diff& diff : diffs_) {
    if (!steps_.over()) renew(diff.machine);
    if (!steps_.over()) detach(diff);
    if (!steps_.over()) attach(diff);
  }
}

void LinkLayer::renew(const std::string& machine) {
  if (!view_.outdated.contains(machine)) return;
  steps_.run(Effect::kChanged, "renew the programs of " + machine,
             [&] { return kernel_.programs().renew(machine); });
}

void LinkLayer::detach(const Diff& diff) {
  for (const std::string& device : diff.base_devices_detached) {
    const auto detach = [&] {
      return gone_is_fine(kernel_.programs().detach_base(diff.machine, device));
    };
    if (!steps_.run(Effect::kDeleted, "detach " + diff.machine + " " + device, detach)) return;
  }
}

void LinkLayer::attach(const Diff& diff) {
  kernel::Programs& programs = kernel_.programs();
  const std::string& machine = diff.machine;
  if (diff.link_ends_put.empty() && diff.base_devices_attached.empty()) return;
  kernel::Attachment& held = held_[machine].attachment;
  if (!held.loaded) {
    const uint64_t number = diff.base_address == net::Ipv4{} ? node_number(machine) : 0;
    const auto load = [&] { return programs.load(machine, to_be(diff.base_address), number); };
    if (!steps_.run(Effect::kCreated, "load programs of " + machine, load)) return;
    held.loaded = true;
  }
  if (Status seen = look_at_devices(machine); !seen) return steps_.fail(std::move(seen).error());
  for (const slice::LinkEnd& end : diff.link_ends_put) {
    if (!bind(machine, end.backside, held)) return;
  }
  if (!diff.link_ends_put.empty() && !held.block_filter) {
    const auto attach = [&] { return programs.attach_block(machine); };
    if (!steps_.run(Effect::kCreated, "attach the filter of backsides in " + machine, attach))
      return;
  }
  for (const std::string& device : diff.base_devices_attached) {
    const auto attach = [&] { return programs.attach_base(machine, device); };
    if (!steps_.run(Effect::kCreated, "attach " + machine + " " + device, attach)) return;
  }
}

/// All devices of a machine at once: one by one they cost a question each, of thousands.
Status LinkLayer::look_at_devices(const std::string& machine) {
  ASSIGN_OR_RETURN(auto devices, kernel_.links().list_devices(machine));
  auto& by_name = devices_[machine];
  by_name.clear();
  for (auto& device : devices) by_name.emplace(device.device.name, std::move(device));
  return ok();
}

Result<const kernel::ObservedDevice*> LinkLayer::find_device(const std::string& machine,
                                                             const std::string& name) const {
  const auto devices = devices_.find(machine);
  if (devices != devices_.end()) {
    const auto found = devices->second.find(name);
    if (found != devices->second.end()) return &found->second;
  }
  return Error{Errc::kNotFound, "no device " + name + " in " + machine, 0};
}

/// A backside that someone has unbound is taken down first: without its filter it must not be up.
bool LinkLayer::bind(const std::string& machine, const std::string& backside,
                     kernel::Attachment& held) {
  const auto at = std::lower_bound(held.backsides.begin(), held.backsides.end(), backside);
  if (at != held.backsides.end() && *at == backside) return true;
  bool bound = false;
  const auto bind_down = [&]() -> Status {
    ASSIGN_OR_RETURN(const auto* now, find_device(machine, backside));
    net::Device device = now->device;
    if (device.up) {
      device.up = false;
      TRY(kernel_.links().configure_device(machine, device));
      device.up = true;
      lowered_.push_back({machine, device});
    }
    TRY(kernel_.programs().bind_backside(machine, backside));
    bound = true;
    return ok();
  };
  const bool go_on = steps_.run(Effect::kCreated, "bind " + machine + " " + backside, bind_down);
  if (bound) held.backsides.insert(at, backside);
  return go_on;
}

void LinkLayer::put_entries() {
  for (const Diff& diff : diffs_) {
    for (const slice::LinkEnd& end : diff.link_ends_put) {
      const auto put = [&] { return put_half(machine::put_known, diff, end); };
      if (!steps_.run(Effect::kCreated, "entries of " + diff.machine + " " + end.backside, put))
        return;
    }
  }
  for (const Diff& diff : diffs_) {
    for (const slice::LinkEnd& end : diff.link_ends_put) {
      if (steps_.over()) return;
      Status put = put_half(machine::put_sending, diff, end);
      if (!put) {
        const std::string what = "entries of " + diff.machine + " " + end.backside;
        steps_.fail(std::move(put).error().within(what));
      }
    }
  }
}

Status LinkLayer::put_half(decltype(machine::put_known) half, const Diff& diff,
                           const slice::LinkEnd& end) {
  ASSIGN_OR_RETURN(const auto* device, find_device(diff.machine, end.backside));
  return half(kernel_.programs(), diff.machine, held_[diff.machine], device->ifindex,
              encode(end, device->ifindex));
}

bool LinkLayer::is_open(const std::string& machine, const std::string& device) const {
  const auto held = held_.find(machine);
  if (held == held_.end()) return true;
  const auto& bound = held->second.attachment.backsides;
  return !std::binary_search(bound.begin(), bound.end(), device);
}

std::vector<uint32_t> dead_backsides(const View& view, const std::string& machine) {
  std::vector<uint32_t> dead;
  const auto programs = view.programs.find(machine);
  const auto space = view.spaces.find(machine);
  if (programs == view.programs.end() || space == view.spaces.end()) return dead;
  std::set<uint32_t> alive;
  for (const auto& device : space->second.devices) alive.insert(device.ifindex);
  for (const uint32_t backside : programs->second.backsides()) {
    if (!alive.contains(backside)) dead.push_back(backside);
  }
  return dead;
}

}  // namespace vinet::machine
