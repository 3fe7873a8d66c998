// Diffs -> kernel calls, in order.
#include "machine/transition.h"

#include <algorithm>
#include <map>
#include <set>

#include "machine/encode.h"
#include "machine/entries.h"
#include "machine/wait.h"
#include "slice/text.h"

namespace vinet::machine {
namespace {

using slice::Diff;
using slice::Veth;
using slice::VethRole;
using std::chrono::milliseconds;

// Processes get SIGTERM, then SIGKILL, within this (faults F-10).
constexpr milliseconds kProcessDeadline{5000};
// Devices of namespaces without a name vanish by themselves; after this they are deleted one by one.
constexpr milliseconds kVanishDeadline{10'000};

/// What is gone already need not be deleted.
Status gone_is_fine(Status deleted) {
  return !deleted && deleted.error().code == Errc::kNotFound ? ok() : std::move(deleted);
}

class Transition {
 public:
  Transition(kernel::Kernel& kernel, const View& view, const std::vector<Diff>& diffs, Steps& steps)
      : kernel_(kernel), view_(view), diffs_(diffs), steps_(steps), held_(view.programs) {}

  void run() {
    size_t total = 0;
    for (const Diff& diff : diffs_) total += diff.count();
    steps_.expect("kernel objects", total);
    for (void (Transition::*phase)() :
         {&Transition::erase_entries, &Transition::delete_veths, &Transition::delete_namespaces,
          &Transition::look_at_programs_again, &Transition::make_namespaces,
          &Transition::change_namespaces, &Transition::make_veths, &Transition::shape,
          &Transition::detach_bases, &Transition::attach_programs, &Transition::put_entries,
          &Transition::raise_made, &Transition::change_devices, &Transition::change_addresses,
          &Transition::change_routes}) {
      if (!steps_.over()) (this->*phase)();
    }
  }

 private:
  kernel::Links& links() { return kernel_.links(); }
  kernel::Programs& programs() { return kernel_.programs(); }

  const kernel::ObservedDevice* seen(const std::string& netns, const std::string& device) const {
    const auto space = view_.spaces.find(netns);
    return space == view_.spaces.end() ? nullptr : space->second.find(device);
  }

  /// Entries of what goes, and of what is put and was altered: all erased before the first put, so that no put is
  /// undone by a later erase.
  void erase_entries() {
    for (const Diff& diff : diffs_) {
      const ProgramsView& held = held_[diff.machine];
      const std::set<uint32_t> known = held.backsides();
      std::set<uint32_t> going;
      for (const uint32_t dead : dead_backsides(view_, diff.machine)) going.insert(dead);
      const auto goes = [&](const std::string& backside) {
        const auto* device = seen(diff.machine, backside);
        if (device != nullptr && known.contains(device->ifindex)) going.insert(device->ifindex);
      };
      for (const slice::LinkEnd& end : diff.link_ends_erased) goes(end.backside);
      for (const Veth& veth : diff.veths_deleted) {
        if (veth.b_namespace == diff.machine) goes(veth.b.name);
      }
      for (const uint32_t backside : going) erase(Effect::kDeleted, diff, backside, std::nullopt);
      for (const slice::LinkEnd& end : diff.link_ends_put) {
        const auto* device = seen(diff.machine, end.backside);
        if (device == nullptr || going.contains(device->ifindex) || !known.contains(device->ifindex)) continue;
        erase(Effect::kChanged, diff, device->ifindex, encode(end, device->ifindex));
      }
    }
  }

  void erase(Effect effect, const Diff& diff, uint32_t backside, const std::optional<LinkEntries>& keep) {
    steps_.run(effect, "erase entries of device " + std::to_string(backside) + " in " + diff.machine, [&] {
      return machine::erase_entries(programs(), diff.machine, held_[diff.machine], backside, keep);
    });
  }

  bool is_going(const std::string& netns) const {
    return std::any_of(diffs_.begin(), diffs_.end(), [&](const Diff& diff) {
      return std::any_of(diff.namespaces_deleted.begin(), diff.namespaces_deleted.end(),
                         [&](const slice::Namespace& space) { return space.name == netns; });
    });
  }

  bool delete_end(const std::string& netns, const std::string& device) {
    return steps_.run(Effect::kDeleted, "delete device " + netns + " " + device,
                      [&] { return gone_is_fine(links().delete_device(netns, device)); });
  }

  void delete_veths() {
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_deleted) {
        const bool from_b = !veth.b_namespace.empty();
        altered_.insert(diff.machine);
        if (is_going(veth.a_namespace) || is_going(veth.b_namespace)) continue;  // goes with it
        if (!delete_end(from_b ? veth.b_namespace : veth.a_namespace, from_b ? veth.b.name : veth.a.name)) {
          return;
        }
      }
    }
  }

  /// All names at once: the kernel clears namespaces in batches, but one device at a time costs 17 ms.
  void delete_namespaces() {
    std::vector<std::string> names;
    for (const Diff& diff : diffs_) {
      for (const auto& space : diff.namespaces_deleted) names.push_back(space.name);
    }
    if (names.empty()) return;
    if (Status ended = kernel_.processes().end_all(names, kProcessDeadline); !ended) {
      steps_.fail(std::move(ended).error());
      if (steps_.over()) return;
    }
    for (const std::string& name : names) {
      const auto remove = [&]() -> Status {
        programs().forget(name);
        TRY(gone_is_fine(kernel_.namespaces().remove(name)));
        removed_.insert(name);
        return ok();
      };
      if (!steps_.run(Effect::kDeleted, "remove namespace " + name, remove)) return;
    }
    wait_for_devices_of_gone_namespaces();
  }

  void wait_for_devices_of_gone_namespaces() {
    std::map<std::string, std::set<std::string>> expected;
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_deleted) {
        const bool a_goes = removed_.contains(veth.a_namespace);
        const bool b_goes = removed_.contains(veth.b_namespace);
        if (a_goes && !b_goes) expected[veth.b_namespace].insert(veth.b.name);
        if (b_goes && !a_goes) expected[veth.a_namespace].insert(veth.a.name);
      }
    }
    expected.erase("");
    const auto all_gone = [&]() -> Result<bool> {
      for (auto& [netns, names] : expected) {
        ASSIGN_OR_RETURN(const auto devices, links().list_devices(netns));
        std::set<std::string> left;
        for (const auto& device : devices) {
          if (names.contains(device.device.name)) left.insert(device.device.name);
        }
        names = left;
      }
      std::erase_if(expected, [](const auto& one) { return one.second.empty(); });
      return expected.empty();
    };
    if (auto waited = wait_until(kVanishDeadline, all_gone); !waited) steps_.fail(std::move(waited).error());
    for (const auto& [netns, names] : expected) {
      for (const std::string& name : names) {
        if (!delete_end(netns, name)) return;
      }
    }
  }

  /// With the last backside its block and the filter on it go.
  void look_at_programs_again() {
    for (const std::string& machine : altered_) {
      if (!view_.programs.contains(machine) || is_going(machine)) continue;
      auto held = look_at_programs(programs(), machine);
      if (held) {
        held_[machine] = *std::move(held);
      } else {
        steps_.fail(std::move(held).error());
      }
    }
  }

  void make_namespaces() {
    for (const Diff& diff : diffs_) {
      for (const slice::Namespace& space : diff.namespaces_made) {
        const auto make = [&]() -> Status {
          if (view_.empty_files.contains(space.name)) TRY(kernel_.namespaces().remove(space.name));
          TRY(kernel_.namespaces().create(space.name, space.mark));
          return settle(space);
        };
        if (!steps_.run(Effect::kCreated, "make namespace " + space.name, make)) return;
      }
    }
  }

  Status settle(const slice::Namespace& space) {
    TRY(kernel_.namespaces().write_settings(space.name, space.settings));
    net::Device lo;
    lo.name = "lo";
    lo.alias = space.mark;
    lo.mtu_bytes = 65536;
    lo.forwarding = space.lo_forwarding;
    return links().configure_device(space.name, lo);
  }

  void change_namespaces() {
    for (const Diff& diff : diffs_) {
      for (const slice::Namespace& space : diff.namespaces_changed) {
        const auto change = [&] { return settle(space); };
        if (!steps_.run(Effect::kChanged, "settings of namespace " + space.name, change)) return;
      }
    }
  }

  void make_veths() {
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_made) {
        const auto make = [&] { return links().create_veth(veth.a_namespace, veth.a, veth.b_namespace, veth.b); };
        if (!steps_.run(Effect::kCreated,
                        "make link " + veth.a_namespace + " " + veth.a.name + " - " + veth.b_namespace +
                            " " + veth.b.name,
                        make)) {
          return;
        }
      }
    }
  }

  void shape() {
    for (const Diff& diff : diffs_) {
      for (const slice::DeviceChange& change : diff.shaping_changed) {
        const auto set = [&] {
          return links().set_shaping(change.netns, change.device.name, change.device.shaping);
        };
        if (!steps_.run(Effect::kChanged, "shape " + change.netns + " " + change.device.name, set)) return;
      }
    }
  }

  void detach_bases() {
    for (const Diff& diff : diffs_) {
      for (const std::string& device : diff.base_devices_detached) {
        const auto detach = [&] { return gone_is_fine(programs().detach_base(diff.machine, device)); };
        if (!steps_.run(Effect::kDeleted, "detach " + diff.machine + " " + device, detach)) return;
      }
    }
  }

  void attach_programs() {
    for (const Diff& diff : diffs_) {
      kernel::Attachment& held = held_[diff.machine].attachment;
      if (diff.link_ends_put.empty() && diff.base_devices_attached.empty()) continue;
      const std::string& machine = diff.machine;
      if (!held.loaded) {
        const auto load = [&] { return programs().load(machine, to_be(diff.base_address)); };
        if (!steps_.run(Effect::kCreated, "load programs of " + machine, load)) return;
        held_[machine] = {};
        held.loaded = true;
      }
      for (const slice::LinkEnd& end : diff.link_ends_put) {
        if (!bind(machine, end.backside, held)) return;
      }
      if (!diff.link_ends_put.empty() && !held.block_filter) {
        const auto attach = [&] { return programs().attach_block(machine); };
        if (!steps_.run(Effect::kCreated, "attach filter of backsides in " + machine, attach)) return;
      }
      for (const std::string& device : diff.base_devices_attached) {
        const auto attach = [&] { return programs().attach_base(machine, device); };
        if (!steps_.run(Effect::kCreated, "attach " + machine + " " + device, attach)) return;
      }
    }
  }

  /// A backside that someone has unbound is taken down first: without its filter it must not be up.
  bool bind(const std::string& machine, const std::string& backside, kernel::Attachment& held) {
    const auto at = std::lower_bound(held.backsides.begin(), held.backsides.end(), backside);
    if (at != held.backsides.end() && *at == backside) return true;
    const auto now = links().find_device(machine, backside);
    const auto bind_down = [&]() -> Status {
      if (!now) return now.error();
      net::Device device = now->device;
      if (device.up) {
        device.up = false;
        TRY(links().configure_device(machine, device));
        device.up = true;
        lowered_.push_back({machine, device});
      }
      return programs().bind_backside(machine, backside);
    };
    const size_t before = steps_.report().created;
    const bool go_on = steps_.run(Effect::kCreated, "bind " + machine + " " + backside, bind_down);
    if (steps_.report().created > before) held.backsides.insert(at, backside);
    return go_on;
  }

  void put_entries() {
    for (const Diff& diff : diffs_) {
      for (const slice::LinkEnd& end : diff.link_ends_put) {
        const auto put = [&]() -> Status {
          ASSIGN_OR_RETURN(const auto device, links().find_device(diff.machine, end.backside));
          return machine::put_entries(programs(), diff.machine, held_[diff.machine], device.ifindex,
                                      encode(end, device.ifindex));
        };
        if (!steps_.run(Effect::kCreated, "entries of " + diff.machine + " " + end.backside, put)) return;
      }
    }
  }

  /// Is it a backside that has no filter?
  bool is_open(const std::string& netns, const std::string& device, VethRole role) const {
    if (role == VethRole::kBase) return false;
    const auto held = held_.find(netns);
    return held == held_.end() ||
           !std::binary_search(held->second.attachment.backsides.begin(),
                               held->second.attachment.backsides.end(), device);
  }

  bool raise(const std::string& netns, const net::Device& device, Effect effect) {
    return steps_.run(effect, "configure " + netns + " " + device.name,
                      [&] { return links().configure_device(netns, device); });
  }

  void raise_made() {
    for (const slice::DeviceChange& change : lowered_) {
      if (!raise(change.netns, change.device, Effect::kChanged)) return;
    }
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_made) {
        if (is_open(veth.b_namespace, veth.b.name, veth.role)) continue;  // its binding has failed
        if (!raise(veth.b_namespace, veth.b, Effect::kCreated)) return;
      }
    }
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_made) {
        if (!raise(veth.a_namespace, veth.a, Effect::kCreated)) return;
      }
    }
  }

  void change_devices() {
    for (const Diff& diff : diffs_) {
      for (const slice::DeviceChange& change : diff.devices_changed) {
        const auto machine = view_.spaces.find(change.netns);
        const bool backside = machine != view_.spaces.end() && machine->second.is_machine() &&
                              machine->second.mark.owner != diff.owner;
        if (backside && is_open(change.netns, change.device.name, VethRole::kLink)) continue;
        if (!raise(change.netns, change.device, Effect::kChanged)) return;
      }
    }
  }

  void change_addresses() {
    for (const Diff& diff : diffs_) {
      for (const auto& [netns, device, address] : diff.addresses_deleted) {
        const auto change = [&] { return gone_is_fine(links().delete_address(netns, device, address)); };
        if (!steps_.run(Effect::kDeleted, "delete address " + netns + " " + slice::to_string(address), change)) return;
      }
      for (const auto& [netns, device, address] : diff.addresses_added) {
        const auto change = [&] { return links().add_address(netns, device, address); };
        if (!steps_.run(Effect::kCreated, "add address " + netns + " " + slice::to_string(address), change)) return;
      }
    }
  }

  void change_routes() {
    for (const Diff& diff : diffs_) {
      for (const auto& [netns, route] : diff.routes_deleted) {
        const auto change = [&] { return gone_is_fine(links().delete_route(netns, route)); };
        if (!steps_.run(Effect::kDeleted, "delete route " + netns + " " + slice::to_string(route), change)) return;
      }
      for (const auto& [netns, route] : diff.routes_added) {
        const auto change = [&] { return links().add_route(netns, route); };
        if (!steps_.run(Effect::kCreated, "add route " + netns + " " + slice::to_string(route), change)) return;
      }
    }
  }

  kernel::Kernel& kernel_;
  const View& view_;
  const std::vector<Diff>& diffs_;
  Steps& steps_;
  std::map<std::string, ProgramsView> held_;
  std::set<std::string> removed_;  // namespaces
  std::set<std::string> altered_;  // machines that lose devices
  std::vector<slice::DeviceChange> lowered_;
};

}  // namespace

void make_transition(kernel::Kernel& kernel, const View& view, const std::vector<Diff>& diffs,
                     Steps& steps) {
  Transition(kernel, view, diffs, steps).run();
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
