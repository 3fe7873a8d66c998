#include "member/refuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "member/layers.h"
#include "slice/slice_json.h"

namespace vinet::member {
namespace {

constexpr uint64_t kMiB = 1 << 20;

Error taken(const std::string& what) {
  return {Errc::kAlreadyExists, what, 0};
}
Error too_much(const std::string& what) {
  return {Errc::kResourceExhausted, what, 0};
}

/// `held` with what is reserved, and then with the wish: removals of others do not count before
/// they have happened.
Records with(Records held, const std::vector<const Wish*>& reserved) {
  for (const Wish* wish : reserved) {
    for (const RecordPtr& record : wish->puts) held[record->holding.owner] = record;
  }
  return held;
}
Records after(Records held, const Wish& wish) {
  for (const std::string& owner : wish.removes) held.erase(owner);
  for (const RecordPtr& record : wish.puts) held[record->holding.owner] = record;
  return held;
}

Status refuse_names(const Wish& wish, const Present& present) {
  const auto check = [&](const std::string& owner) -> Status {
    if (const auto held = present.held.find(owner);
        held != present.held.end() && held->second->store != wish.store) {
      return taken(fmt::format("'{}' is held here for another controller (store {})", owner,
                               held->second->store));
    }
    if (present.local.contains(owner)) {
      return taken(fmt::format("this computer's own controller runs something called '{}'", owner));
    }
    for (const Wish* other : present.reserved) {
      if (other->touches(owner)) {
        return taken(
            fmt::format("'{}' is reserved by another operation (store {})", owner, other->store));
      }
    }
    return ok();
  };
  for (const std::string& owner : wish.owners()) TRY(check(owner));
  return ok();
}

Status refuse_strangers(const Wish& wish, const Present& present,
                        const Surroundings& surroundings) {
  for (const RecordPtr& put : wish.puts) {
    const fleet::Holding& holding = put->holding;
    if (present.held.contains(holding.owner)) continue;
    const auto there = std::find_if(holding.namespaces.begin(), holding.namespaces.end(),
                                    surroundings.has_namespace);
    if (there == holding.namespaces.end()) continue;
    ASSIGN_OR_RETURN(const std::set<std::string> marked, present.marked());
    if (marked.contains(holding.owner)) continue;  // its own, of an earlier time
    return taken(fmt::format("a namespace {} is there and is not vinet's", *there));
  }
  return ok();
}

using Address = std::tuple<std::string, std::string, net::Ipv4>;  // anchor, node below, address

template <typename Use>
void each_link_address(const fleet::Holding& holding, const Use& use) {
  for (const slice::Slice& slice : holding.slices) {
    for (const slice::LinkEnd& end : slice.link_ends) {
      use(Address{slice.machine, end.on, end.link_source});
    }
  }
}

Status refuse_addresses(const Wish& wish, const Records& before) {
  std::map<Address, std::string> owners;
  for (const auto& [owner, record] : before) {
    if (wish.touches(owner)) continue;
    each_link_address(record->holding, [&, &name = owner](const Address& address) {
      owners.emplace(address, name);
    });
  }
  Status fine = ok();
  for (const RecordPtr& put : wish.puts) {
    each_link_address(put->holding, [&](const Address& address) {
      const auto [it, fresh] = owners.emplace(address, put->holding.owner);
      if (fresh || !fine) return;
      fine = taken(fmt::format("link address {} of '{}' is in use on {} by '{}'",
                               net::to_string(std::get<2>(address)), put->holding.owner,
                               std::get<0>(address), it->second));
    });
  }
  return fine;
}

const slice::Namespace* own_machine(const fleet::Holding& holding) {
  for (const slice::Slice& slice : holding.slices) {
    for (const slice::Namespace& space : slice.namespaces) {
      if (space.own) return &space;
    }
  }
  return nullptr;
}

/// This computer is one machine of one fleet, with an address that it has.
Status refuse_machine(const Wish& wish, const Records& now, const Surroundings& surroundings) {
  for (const RecordPtr& put : wish.puts) {
    const slice::Namespace* machine = own_machine(put->holding);
    if (machine == nullptr) continue;
    for (const auto& [owner, other] : now) {
      const slice::Namespace* also = own_machine(other->holding);
      if (also == nullptr || owner == put->holding.owner) continue;
      return taken(
          fmt::format("this computer is {} already; it can be a machine of one fleet", also->name));
    }
    for (const slice::Slice& slice : put->holding.slices) {
      if (slice.base_address == net::Ipv4() || surroundings.has_address(slice.base_address)) {
        continue;
      }
      return Error{Errc::kFailedPrecondition,
                   fmt::format("{} is to have base address {}, which this computer has not",
                               slice.machine, net::to_string(slice.base_address)),
                   0};
    }
  }
  return ok();
}

Status refuse_grounds(const Wish& wish, const Records& now) {
  for (const RecordPtr& put : wish.puts) {
    for (const std::string& owner : below(put->holding)) {
      if (now.contains(owner)) continue;
      return Error{
          Errc::kFailedPrecondition,
          fmt::format("'{}' stands on '{}', which is not held here", put->holding.owner, owner), 0};
    }
  }
  for (const auto& [owner, record] : now) {
    const std::set<std::string> lower = below(record->holding);
    for (const std::string& removed : wish.removes) {
      if (!lower.contains(removed) || now.contains(removed)) continue;
      return Error{Errc::kFailedPrecondition,
                   fmt::format("'{}' cannot be removed, '{}' stands on it", removed, owner), 0};
    }
  }
  return ok();
}

Status refuse_features(const Wish& wish, const plan::Features& features) {
  const auto lacks = [](const fleet::Holding& holding, const char* what, const char* module) {
    return Error{Errc::kUnimplemented,
                 fmt::format("'{}' has {}, for which this computer's kernel lacks {}",
                             holding.owner, what, module),
                 0};
  };
  for (const RecordPtr& put : wish.puts) {
    const fleet::Holding& holding = put->holding;
    for (const slice::Slice& slice : holding.slices) {
      for (const slice::Veth& veth : slice.veths) {
        for (const net::Device* device : {&veth.a, &veth.b}) {
          const net::Shaping& shaping = device->shaping;
          if (shaping.delay_us != 0 && !features.netem) {
            return lacks(holding, "links with 'delay'", "sch_netem");
          }
          if (shaping.rate_bps != 0 && !features.tbf) {
            return lacks(holding, "links with 'rate'", "sch_tbf");
          }
        }
      }
      if (!slice.shares.empty() && !features.htb) return lacks(holding, "a 'share'", "sch_htb");
    }
  }
  return ok();
}

std::map<std::string, uint64_t> link_ends_of(const Records& records) {
  std::map<std::string, uint64_t> ends;
  for (const auto& [owner, record] : records) {
    for (const slice::Slice& slice : record->holding.slices) {
      ends[slice.machine] += slice.link_ends.size();
    }
  }
  return ends;
}

}  // namespace

std::vector<std::string> Wish::owners() const {
  std::vector<std::string> all = removes;
  for (const RecordPtr& put : puts) all.push_back(put->holding.owner);
  return all;
}

bool Wish::touches(const std::string& owner) const {
  return std::count(removes.begin(), removes.end(), owner) != 0 ||
         std::any_of(puts.begin(), puts.end(),
                     [&](const RecordPtr& put) { return put->holding.owner == owner; });
}

Status check_form(const std::vector<fleet::Holding>& puts) {
  const auto bad = [](const std::string& why) { return Error{Errc::kInvalidArgument, why, 0}; };
  std::set<std::string> owners;
  for (const fleet::Holding& holding : puts) {
    const std::string& owner = holding.owner;
    if (owner.empty() || owner.find_first_of("./@: \n") != std::string::npos) {
      return bad(fmt::format("a holding of an owner called '{}'", owner));
    }
    if (!owners.insert(owner).second) return bad(fmt::format("'{}' twice in one order", owner));
    const std::set<std::string> named(holding.namespaces.begin(), holding.namespaces.end());
    for (const slice::Slice& slice : holding.slices) {
      if (slice.owner != owner) {
        return bad(fmt::format("'{}' with a slice of '{}'", owner, slice.owner));
      }
      for (const slice::Namespace& space : slice.namespaces) {
        if (owner_of(space.name) != owner || !named.contains(space.name)) {
          return bad(fmt::format("'{}' with a namespace {}", owner, space.name));
        }
      }
    }
    for (const slice::Slice& slice : holding.slices) {
      for (const slice::Veth& veth : slice.veths) {
        for (const std::string& netns : {veth.a_namespace, veth.b_namespace}) {
          if (netns == slice.machine || named.contains(netns)) continue;
          return bad(fmt::format("'{}' with a device in {}", owner, netns));
        }
      }
    }
    for (const auto& [node, command] : holding.runs) {
      if (named.contains(node)) continue;
      return bad(fmt::format("'{}' runs a program in {}, which it has not", owner, node));
    }
  }
  return ok();
}

Status refuse_taken(const Wish& wish, const Present& present, const Surroundings& surroundings) {
  TRY(refuse_names(wish, present));
  TRY(refuse_features(wish, present.features));
  const Records before = with(present.held, present.reserved);
  const Records now = after(before, wish);
  TRY(refuse_machine(wish, now, surroundings));
  TRY(refuse_grounds(wish, now));
  TRY(refuse_addresses(wish, before));
  return refuse_strangers(wish, present, surroundings);
}

Status refuse_too_much(const Wish& wish, const Present& present, const Options& options,
                       const Surroundings& surroundings) {
  const Records before = with(present.held, present.reserved);
  const Records now = after(before, wish);
  const Demand then = demand_of(before), wanted = demand_of(now), held = demand_of(present.held);
  if (options.most_nodes && wanted.nodes > *options.most_nodes && wanted.nodes > then.nodes) {
    return too_much(fmt::format("{} nodes are more than this machine takes: {} (--most-nodes)",
                                wanted.nodes, *options.most_nodes));
  }
  if (options.most_memory_bytes && wanted.memory_bytes > *options.most_memory_bytes &&
      wanted.memory_bytes > then.memory_bytes) {
    return too_much(
        fmt::format("about {} MiB are more than this machine gives: {} MiB "
                    "(--most-memory)",
                    wanted.memory_bytes / kMiB, *options.most_memory_bytes / kMiB));
  }
  // What is held has its memory already; what is reserved has not.
  if (wanted.memory_bytes > then.memory_bytes) {
    const uint64_t more = wanted.memory_bytes - std::min(held.memory_bytes, wanted.memory_bytes);
    const uint64_t free = surroundings.free_memory_bytes();
    if (more > free) {
      return too_much(fmt::format("about {} MiB of memory are needed, {} MiB are free", more / kMiB,
                                  free / kMiB));
    }
  }
  if (wanted.nodes > then.nodes) {
    const Room room = surroundings.network_namespaces();
    const uint64_t more = wanted.nodes - std::min(held.nodes, wanted.nodes);
    if (room.most != 0 && room.used + more > room.most) {
      return too_much(
          fmt::format("{} more network namespaces are needed, {} are there, and the "
                      "kernel allows {} (sysctl user.max_net_namespaces)",
                      more, room.used, room.most));
    }
  }
  const std::map<std::string, uint64_t> ends_before = link_ends_of(before);
  for (const auto& [machine, ends] : link_ends_of(now)) {
    const auto had = ends_before.find(machine);
    const bool grows = had == ends_before.end() || ends > had->second;
    if (options.most_link_ends == 0 || ends <= options.most_link_ends || !grows) continue;
    return too_much(
        fmt::format("machine {} can hold {} ends of links, and {} are wanted; put "
                    "nodes on further machines",
                    machine, options.most_link_ends, ends));
  }
  return ok();
}

}  // namespace vinet::member
