#include "slice/key_check.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "slice/marks.h"

namespace vinet::slice {
namespace {

/// One link end, with all that is known of it.
struct End {
  const Slice* slice = nullptr;
  const LinkEnd* end = nullptr;
  const Veth* veth = nullptr;
  DeviceMark mark;
};

/// On the wire: whose machine it comes to, and what it must carry. Above the first layer the
/// internet below carries it, whose addresses the link's are; base addresses are 0 there.
struct Key {
  std::string below;
  net::Ipv4 base_source, base_destination, link_source, link_destination;
  friend auto operator<=>(const Key&, const Key&) = default;
};

std::string below(const LinkEnd& end) {
  return end.on.substr(0, end.on.find('.'));
}
Key pushed_by(const LinkEnd& end) {
  return {below(end), end.base_source, end.base_destination, end.link_source, end.link_destination};
}
Key accepted_by(const LinkEnd& end) {
  return {below(end), end.base_destination, end.base_source, end.link_destination, end.link_source};
}

std::string to_string(const Key& key) {
  const std::string link = fmt::format("link {} -> {}", net::to_string(key.link_source),
                                       net::to_string(key.link_destination));
  if (!key.below.empty()) return link + " over " + key.below;
  return fmt::format("base {} -> {} {}", net::to_string(key.base_source),
                     net::to_string(key.base_destination), link);
}

class Check {
 public:
  explicit Check(const std::vector<Slice>& slices) {
    for (const Slice& slice : slices) collect(slice);
  }

  std::vector<KeyFault> run() {
    for (const End& end : ends_) {
      const auto [it, is_new] = by_key_.emplace(accepted_by(*end.end), &end);
      if (!is_new) {
        fault(end, fmt::format("its key, {}, is also that of {}", to_string(accepted_by(*end.end)),
                               name(*it->second)));
      }
      const std::string& at = end.end->on.empty() ? end.slice->machine : end.end->on;
      const auto own = own_.emplace(std::pair(at, end.end->link_source), &end);
      if (!own.second) {
        fault(end, fmt::format("link address {} is on {} also that of {}",
                               net::to_string(end.end->link_source), at, name(*own.first->second)));
      }
      if (end.end->on.empty() && end.end->base_source != end.slice->base_address) {
        fault(end, fmt::format("sends from {}, which is not the base address of {}",
                               net::to_string(end.end->base_source), end.slice->machine));
      }
    }
    for (const End& end : ends_) check_peer(end);
    return std::move(faults_);
  }

 private:
  void collect(const Slice& slice) {
    std::map<std::string, const Veth*> veths;
    for (const Veth& veth : slice.veths) {
      if (veth.role == VethRole::kLink) veths[veth.b.name] = &veth;
    }
    for (const LinkEnd& end : slice.link_ends) {
      const auto veth = veths.find(end.backside);
      if (veth == veths.end()) {
        faults_.push_back(
            {slice.owner, slice.machine + " " + end.backside, "a link end without a device"});
        continue;
      }
      const auto mark = parse_device_mark(veth->second->a.alias);
      ends_.push_back({&slice, &end, veth->second, mark.value_or(DeviceMark{})});
    }
  }

  static std::string name(const End& end) { return name_of_end(*end.veth); }
  void fault(const End& end, std::string what) {
    faults_.push_back({end.slice->owner, name(end), std::move(what)});
  }

  /// The end that would accept what this one pushes.
  void check_peer(const End& end) {
    const Key key = pushed_by(*end.end);
    const auto it = by_key_.find(key);
    if (it == by_key_.end()) {
      return fault(end, fmt::format("no end accepts what it sends: {}", to_string(key)));
    }
    const End& peer = *it->second;
    if (peer.mark.owner != end.mark.owner || peer.mark.link != end.mark.link ||
        peer.mark.at == end.mark.at) {
      return fault(end,
                   fmt::format("what it sends, {}, is accepted by {}", to_string(key), name(peer)));
    }
    const auto differ = [&](const char* what, auto mine, auto theirs) {
      if (mine == theirs || end.mark.at > peer.mark.at) return;  // once a link
      fault(end, fmt::format("{} {} here and {} at {}", what, mine, theirs, peer.mark.at));
    };
    differ("mtu", end.end->mtu_bytes, peer.end->mtu_bytes);
    differ("IPv6", end.end->ipv6 ? "on" : "off", peer.end->ipv6 ? "on" : "off");
    differ("one machine", end.end->local ? "yes" : "no", peer.end->local ? "yes" : "no");
    if (end.end->neighbour_mac != peer.veth->a.mac) {
      fault(end,
            fmt::format("takes its neighbour's MAC for {}, which is {}",
                        net::to_string(end.end->neighbour_mac), net::to_string(peer.veth->a.mac)));
    }
    if (end.veth->a.mtu_bytes != end.end->mtu_bytes || end.veth->b.mtu_bytes < end.end->mtu_bytes) {
      fault(end, fmt::format("mtu {} in the program, {} of the interface, {} of its backside",
                             end.end->mtu_bytes, end.veth->a.mtu_bytes, end.veth->b.mtu_bytes));
    }
    if (end.end->mac != end.veth->a.mac) {
      fault(end, fmt::format("MAC {} in the program, {} of the interface",
                             net::to_string(end.end->mac), net::to_string(end.veth->a.mac)));
    }
  }

  std::vector<End> ends_;
  std::map<Key, const End*> by_key_;
  std::map<std::pair<std::string, net::Ipv4>, const End*> own_;
  std::vector<KeyFault> faults_;
};

}  // namespace

std::string name_of_end(const Veth& veth) {
  const auto mark = parse_device_mark(veth.a.alias);
  if (!mark) return veth.a_namespace + ":" + veth.a.name;
  return fmt::format("{}.{} at {}", mark->owner, mark->link, mark->at);
}

std::vector<KeyFault> check_keys(const std::vector<Slice>& slices) {
  return Check(slices).run();
}

}  // namespace vinet::slice
