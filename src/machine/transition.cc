// Diffs -> kernel calls, in order.
#include "machine/transition.h"

#include <algorithm>
#include <map>
#include <set>

#include "machine/link_layer.h"
#include "machine/reach.h"
#include "machine/wait.h"

namespace vinet::machine {
namespace {

using slice::Diff;
using slice::Veth;
using slice::VethRole;
using std::chrono::milliseconds;

// Processes get SIGTERM, then SIGKILL, within this (faults F-10).
constexpr milliseconds kProcessDeadline{5000};
// Devices of namespaces without a name vanish by themselves; after this they are deleted.
constexpr milliseconds kVanishDeadline{10'000};

class Transition {
 public:
  Transition(kernel::Kernel& kernel, const View& view, const std::vector<Diff>& diffs, Steps& steps)
      : kernel_(kernel),
        view_(view),
        diffs_(diffs),
        steps_(steps),
        link_layer_(kernel, view, diffs, steps),
        reach_(kernel.links(), diffs, steps) {}

  void run() {
    size_t total = 0;
    for (const Diff& diff : diffs_) {
      total += diff.count();
      for (const auto& space : diff.namespaces_deleted) going_.insert(space.name);
    }
    steps_.expect("kernel objects", total);
    for (void (Transition::*phase)() :
         {&Transition::erase_entries, &Transition::erase_shares, &Transition::delete_veths,
          &Transition::delete_namespaces, &Transition::look_again, &Transition::make_namespaces,
          &Transition::change_namespaces, &Transition::make_veths, &Transition::shape,
          &Transition::put_shares, &Transition::attach, &Transition::put_entries,
          &Transition::raise_made, &Transition::change_devices, &Transition::change_addresses,
          &Transition::change_routes}) {
      if (!steps_.over()) (this->*phase)();
    }
  }

 private:
  kernel::Links& links() { return kernel_.links(); }

  void erase_entries() { link_layer_.erase_entries(); }
  void look_again() { link_layer_.look_again(altered_); }
  void attach() { link_layer_.attach(); }
  void change_addresses() { reach_.change_addresses(); }
  void change_routes() { reach_.change_routes(); }
  void put_entries() { link_layer_.put_entries(); }

  bool is_going(const std::string& netns) const { return going_.contains(netns); }

  /// Ends to be deleted, by namespace.
  using Ends = std::map<std::string, std::vector<std::string>>;

  bool delete_ends(const Ends& ends) {
    for (const auto& [netns, names] : ends) {
      if (names.empty()) continue;
      const auto all = [&, &in = netns, &these = names] {
        return gone_is_fine(links().delete_devices(in, these));
      };
      std::string what = "delete device " + netns + " " + names.front();
      if (names.size() > 1) what += " and " + std::to_string(names.size() - 1) + " more";
      if (!steps_.run(Effect::kDeleted, what, all, names.size())) return false;
    }
    return true;
  }

  void delete_veths() {
    Ends ends;
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_deleted) {
        const bool from_b = !veth.b_namespace.empty();
        altered_.insert(diff.machine);
        if (is_going(veth.a_namespace) || is_going(veth.b_namespace)) continue;  // goes with it
        ends[from_b ? veth.b_namespace : veth.a_namespace].push_back(from_b ? veth.b.name
                                                                            : veth.a.name);
      }
    }
    delete_ends(ends);
  }

  /// All names at once: the kernel clears namespaces in batches, but one device at a time costs 17
  /// ms.
  void delete_namespaces() {
    std::vector<std::string> names;
    for (const Diff& diff : diffs_) {
      for (const auto& space : diff.namespaces_deleted) {
        // Nobody's life in a computer ends with its part in a fleet.
        if (is_own(space.name)) {
          give_back(space.name);
          if (steps_.over()) return;
        } else {
          names.push_back(space.name);
        }
      }
    }
    if (names.empty() || !delete_ends(ends_in_own_machines())) return;
    if (Status ended = kernel_.processes().end_all(names, kProcessDeadline); !ended) {
      steps_.fail(std::move(ended).error());
      if (steps_.over()) return;
    }
    for (const std::string& name : names) {
      const auto remove = [&]() -> Status {
        kernel_.programs().forget(name);
        TRY(gone_is_fine(kernel_.namespaces().remove(name)));
        removed_.insert(name);
        return ok();
      };
      if (!steps_.run(Effect::kDeleted, "remove namespace " + name, remove)) return;
    }
    wait_for_devices_of_gone_namespaces();
  }

  bool is_own(const std::string& netns) const {
    const auto space = view_.spaces.find(netns);
    return space != view_.spaces.end() && space->second.own;
  }

  /// Takes what is ours from a machine of a fleet, at last its name.
  void give_back(const std::string& name) {
    steps_.run(Effect::kDeleted, "give machine " + name + " back", [&]() -> Status {
      kernel_.programs().forget(name);
      TRY(gone_is_fine(links().delete_device(name, net::kWholeDevice)));
      TRY(gone_is_fine(links().delete_device(name, net::kPartsDevice)));
      TRY(gone_is_fine(kernel_.namespaces().remove(name)));
      removed_.insert(name);
      return ok();
    });
  }

  /// A machine of a fleet stays when its nodes go, and others of its computer may hold those
  /// namespaces, whose devices would then stay too.
  Ends ends_in_own_machines() const {
    Ends ends;
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_deleted) {
        if (is_going(veth.a_namespace) && is_own(veth.b_namespace)) {
          ends[veth.b_namespace].push_back(veth.b.name);
        }
      }
    }
    return ends;
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
    if (auto waited = wait_until(kVanishDeadline, all_gone); !waited)
      steps_.fail(std::move(waited).error());
    Ends ends;
    for (const auto& [netns, names] : expected) ends[netns].assign(names.begin(), names.end());
    delete_ends(ends);
  }

  void make_namespaces() {
    for (const Diff& diff : diffs_) {
      for (const slice::Namespace& space : diff.namespaces_made) {
        const auto make = [&]() -> Status {
          if (view_.empty_files.contains(space.name)) TRY(kernel_.namespaces().remove(space.name));
          if (space.own) {
            TRY(kernel_.namespaces().create_own(space.name));
            return settle_own(space);
          }
          TRY(space.tenant.empty()
                  ? kernel_.namespaces().create(space.name, space.mark)
                  : kernel_.namespaces().create_for(space.tenant, space.name, space.mark));
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
    TRY(links().configure_device(space.name, lo));
    if (!space.reassembly) return ok();
    const auto seen = view_.spaces.find(space.name);
    const bool there = seen != view_.spaces.end() && kernel::reassembles(seen->second.devices);
    return there ? ok() : links().make_reassembly(space.name);
  }

  /// All else in it is its owner's.
  Status settle_own(const slice::Namespace& space) {
    ASSIGN_OR_RETURN(kernel::ObservedDevice lo, links().find_device(space.name, "lo"));
    lo.device.forwarding = space.lo_forwarding;
    TRY(links().configure_device(space.name, lo.device));
    const auto seen = view_.spaces.find(space.name);
    const bool there = seen != view_.spaces.end() && kernel::reassembles(seen->second.devices);
    if (!space.reassembly || there) return ok();
    TRY(links().make_reassembly(space.name));
    for (const char* name : {net::kPartsDevice, net::kPartsPeerDevice, net::kWholeDevice}) {
      TRY(links().forbid_ipv6(space.name, name));
    }
    return ok();
  }

  void change_namespaces() {
    for (const Diff& diff : diffs_) {
      for (const slice::Namespace& space : diff.namespaces_changed) {
        const auto change = [&] { return space.own ? settle_own(space) : settle(space); };
        if (!steps_.run(Effect::kChanged, "settings of namespace " + space.name, change)) return;
      }
    }
  }

  void make_veths() {
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_made) {
        const auto make = [&] {
          return links().create_veth(veth.a_namespace, veth.a, veth.b_namespace, veth.b);
        };
        if (!steps_.run(Effect::kCreated,
                        "make link " + veth.a_namespace + " " + veth.a.name + " - " +
                            veth.b_namespace + " " + veth.b.name,
                        make)) {
          return;
        }
        if (veth.role == slice::VethRole::kBase && !prepare_base_link(veth)) return;
        if (veth.role == slice::VethRole::kLink && !close_backside(veth)) return;
      }
    }
  }

  /// A lab's machine has no IPv6; a fleet's may, and a node in whose namespace backsides lie has.
  /// There its kernel
  /// would give the backside an address, and send solicitations to the node at the other end.
  bool close_backside(const Veth& veth) {
    const auto seen = view_.spaces.find(veth.b_namespace);
    if (seen == view_.spaces.end() || !(seen->second.own || seen->second.settings.ipv6)) {
      return true;
    }
    return steps_.run(Effect::kCreated, "take IPv6 off " + veth.b_namespace + " " + veth.b.name,
                      [&] { return links().forbid_ipv6(veth.b_namespace, veth.b.name); });
  }

  /// While it is still down: later it would lose packets.
  bool prepare_base_link(const Veth& veth) {
    for (const auto& [machine, device] :
         {std::pair(&veth.a_namespace, &veth.a.name), std::pair(&veth.b_namespace, &veth.b.name)}) {
      const auto prepare = [this, &in = *machine, &of = *device] {
        return kernel_.programs().prepare_base(in, of);
      };
      if (!steps_.run(Effect::kChanged, "prepare " + *machine + " " + *device, prepare)) {
        return false;
      }
    }
    return true;
  }

  void shape() {
    for (const Diff& diff : diffs_) {
      for (const slice::DeviceChange& change : diff.shaping_changed) {
        const auto set = [&] {
          return links().set_shaping(change.netns, change.device.name, change.device.shaping);
        };
        if (!steps_.run(Effect::kChanged, "shape " + change.netns + " " + change.device.name, set))
          return;
      }
    }
  }

  bool set_share(Effect effect, const std::string& machine, const std::string& device,
                 const net::Share& share) {
    return steps_.run(effect, "share " + machine + " " + device, [&] {
      Status set = links().set_share(machine, device, share);
      return share.rate_bps == 0 ? gone_is_fine(std::move(set)) : set;
    });
  }

  void put_shares() {
    for (const Diff& diff : diffs_) {
      for (const auto& [device, share] : diff.shares_put) {
        if (!set_share(Effect::kCreated, diff.machine, device, share)) return;
      }
    }
  }

  void erase_shares() {
    for (const Diff& diff : diffs_) {
      for (const auto& [device, share] : diff.shares_erased) {
        if (!set_share(Effect::kDeleted, diff.machine, device, {share.id, 0})) return;
      }
    }
  }

  bool raise(const std::string& netns, const net::Device& device, Effect effect) {
    return steps_.run(effect, "configure " + netns + " " + device.name,
                      [&] { return links().configure_device(netns, device); });
  }

  void raise_made() {
    for (const slice::DeviceChange& change : link_layer_.lowered()) {
      if (!raise(change.netns, change.device, Effect::kChanged)) return;
    }
    for (const Diff& diff : diffs_) {
      for (const Veth& veth : diff.veths_made) {
        if (veth.role == VethRole::kLink && link_layer_.is_open(veth.b_namespace, veth.b.name))
          continue;  // its binding has failed
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
        const auto space = view_.spaces.find(change.netns);
        const bool backside =
            view_.is_anchor(change.netns) && space->second.mark.owner != diff.owner;
        if (backside && link_layer_.is_open(change.netns, change.device.name)) continue;
        if (!raise(change.netns, change.device, Effect::kChanged)) return;
      }
    }
  }

  kernel::Kernel& kernel_;
  const View& view_;
  const std::vector<Diff>& diffs_;
  Steps& steps_;
  LinkLayer link_layer_;
  Reach reach_;
  std::set<std::string> going_;    // namespaces to be removed
  std::set<std::string> removed_;  // those that were
  std::set<std::string> altered_;  // machines that lose devices
};

}  // namespace

void make_transition(kernel::Kernel& kernel, const View& view, const std::vector<Diff>& diffs,
                     Steps& steps) {
  Transition(kernel, view, diffs, steps).run();
}

}  // namespace vinet::machine
