#include "machine/resolve.h"

#include <algorithm>

#include "machine/entry_index.h"
#include "plan/mtu.h"

namespace vinet::machine {
namespace {

using slice::LinkEnd;

bool is_flattened(const slice::Slice& slice, const LinkEnd& end) {
  return !end.on.empty() && end.on != slice.machine && !end.local;
}

class Resolver {
 public:
  Resolver(kernel::Kernel& kernel, const View& view, slice::Slice& slice, const ProgramsView& held)
      : kernel_(kernel),
        view_(view),
        slice_(slice),
        index_(held),
        anchor_(view.spaces.at(slice.machine)) {}

  Status run() {
    for (LinkEnd& end : slice_.link_ends) {
      if (is_flattened(slice_, end)) TRY(resolve_end(end));
    }
    return ok();
  }

 private:
  /// The device behind which the lower link's entries are found: the other end of the lower node's
  /// device, if that is a link of ours.
  Result<const kernel::ObservedDevice*> backside_of(const std::string& node,
                                                    const std::string& device) {
    const kernel::ObservedDevice* none = nullptr;
    auto vl = kernel_.links().find_device(node, device);
    if (!vl) {
      if (vl.error().code == Errc::kNotFound) return none;
      return std::move(vl).error();
    }
    for (const auto& backside : anchor_.devices) {
      if (backside.ifindex != vl->peer_ifindex || backside.peer_ifindex != vl->ifindex) continue;
      const auto mark = backside_mark(anchor_, backside);
      if (mark && slice::namespace_name(mark->owner, mark->at) == node) return &backside;
    }
    return none;
  }

  Status resolve_end(LinkEnd& end) {
    end.way = {};
    end.way.open = false;
    const auto device = kernel_.links().find_way(end.on, end.link_source, end.link_destination);
    if (!device) {
      if (device.error().code == Errc::kNotFound) return ok();  // the lower node is gone
      return Error(device.error());
    }
    if (!*device) return ok();
    ASSIGN_OR_RETURN(const auto* backside, backside_of(end.on, **device));
    if (backside == nullptr) return ok();
    const auto entries = index_.of(backside->ifindex);
    if (!entries) return ok();
    const LinkEnd lower = decode(backside->device.name, *entries, view_.names);
    if (!lower.way.open || lower.way.headers.size() >= VI_MAX_HEADERS) return ok();
    end.way = lower.way;
    end.way.headers.push_back({end.link_source, end.link_destination});
    const auto inside = [](uint32_t bytes) {
      return bytes > plan::kHeaderBytes ? bytes - plan::kHeaderBytes : 0;
    };
    end.whole_bytes = std::min(end.whole_bytes, inside(lower.whole_bytes));
    return ok();
  }

  kernel::Kernel& kernel_;
  const View& view_;
  slice::Slice& slice_;
  const EntryIndex index_;
  const NamespaceView& anchor_;
};

}  // namespace

Status resolve(kernel::Kernel& kernel, const View& view, slice::Slice& slice) {
  const bool any = std::any_of(slice.link_ends.begin(), slice.link_ends.end(),
                               [&](const LinkEnd& end) { return is_flattened(slice, end); });
  const auto held = view.programs.find(slice.machine);
  if (!any || held == view.programs.end() || !view.spaces.contains(slice.machine)) return ok();
  return Resolver(kernel, view, slice, held->second).run();
}

}  // namespace vinet::machine
