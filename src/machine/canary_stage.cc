// The stage of a canary: which nodes take part, where their backsides lie, and which ends make a
// link.
#include "machine/canary_tasks.h"
#include "slice/marks.h"

namespace vinet::machine {

namespace {

/// The bottom machine of each anchor.
std::map<std::string, std::string> bottoms_of(const CanaryRequest& request) {
  std::map<std::string, std::string> anchor_of;  // of each node
  std::set<std::string> machines;
  for (const slice::Slice& slice : request.internets) {
    for (const slice::Namespace& space : slice.namespaces) anchor_of[space.name] = slice.machine;
    if (slice.base_address.bits != 0) machines.insert(slice.machine);
  }
  std::map<std::string, std::string> bottoms;
  for (const slice::Slice& slice : request.internets) {
    std::string at = slice.machine;
    for (size_t i = 0; i <= anchor_of.size() && !machines.contains(at); ++i) {
      const auto below = anchor_of.find(at);
      if (below == anchor_of.end()) break;
      at = below->second;
    }
    bottoms[slice.machine] = at;
  }
  return bottoms;
}

/// The internets under each, by what the link ends stand on.
std::map<std::string, std::set<std::string>> below_each(const CanaryRequest& request) {
  std::map<std::string, std::string> lower;
  for (const slice::Slice& slice : request.internets) {
    for (const slice::LinkEnd& end : slice.link_ends) {
      if (!end.on.empty()) lower[slice.owner] = end.on.substr(0, end.on.find('.'));
    }
  }
  std::map<std::string, std::set<std::string>> below;
  for (const auto& [owner, next] : lower) {
    for (auto at = lower.find(owner); at != lower.end(); at = lower.find(at->second)) {
      if (!below[owner].insert(at->second).second) break;
    }
  }
  return below;
}

}  // namespace

CanaryStage make_stage(const CanaryRequest& request) {
  CanaryStage stage;
  stage.below = below_each(request);
  const std::map<std::string, std::string> bottoms = bottoms_of(request);
  const std::set<std::string> asked(request.owners.begin(), request.owners.end());
  std::set<std::string> machines;
  for (const slice::Slice& slice : request.internets) {
    if (asked.contains(slice.owner)) machines.insert(bottoms.at(slice.machine));
  }
  std::set<std::string> owners;
  for (const slice::Slice& slice : request.internets) {
    if (machines.contains(bottoms.at(slice.machine))) owners.insert(slice.owner);
  }
  std::map<std::string, size_t> by_name;
  for (const slice::Slice& slice : request.internets) {
    if (!owners.contains(slice.owner)) continue;
    if (slice.base_address.bits != 0) stage.machines[slice.machine] = slice.base_address;
    stage.anchors.insert(slice.machine);
    for (const slice::Namespace& space : slice.namespaces) {
      CanaryNode node;
      node.netns = space.name;
      node.owner = slice.owner;
      node.machine = bottoms.at(slice.machine);
      node.anchor = slice.machine;
      for (const auto& address : space.lo_addresses) node.addresses.push_back(address.local);
      by_name[space.name] = stage.nodes.size();
      stage.nodes.push_back(std::move(node));
    }
  }
  std::map<std::string, std::pair<size_t, size_t>> open;  // links of which one end was seen
  for (const slice::Slice& slice : request.internets) {
    if (!owners.contains(slice.owner)) continue;
    std::map<std::string, const slice::LinkEnd*> ends;
    for (const slice::LinkEnd& end : slice.link_ends) ends[end.backside] = &end;
    for (const slice::Veth& veth : slice.veths) {
      const auto mark = slice::parse_device_mark(veth.a.alias);
      const auto end = ends.find(veth.b.name);
      const auto at = by_name.find(veth.a_namespace);
      if (const auto under = by_name.find(veth.b_namespace); under != by_name.end()) {
        stage.nodes[under->second].backsides.insert(veth.b.name);
      }
      if (!mark || end == ends.end() || at == by_name.end()) continue;
      CanaryNode& node = stage.nodes[at->second];
      CanaryInterface interface;
      interface.device = veth.a.name;
      interface.link = mark->link;
      interface.addresses = veth.a.addresses;
      interface.end = end->second;
      interface.delay_us = veth.a.shaping.delay_us;
      interface.forwards = veth.a.forwarding;
      for (const auto& address : veth.a.addresses) node.addresses.push_back(address.local);
      const std::pair<size_t, size_t> here{at->second, node.interfaces.size()};
      node.interfaces.push_back(std::move(interface));
      const auto [other, is_first] = open.emplace(slice.owner + "." + mark->link, here);
      if (is_first) continue;
      const auto join = [&](const std::pair<size_t, size_t>& one,
                            const std::pair<size_t, size_t>& far) {
        CanaryInterface& joined = stage.nodes[one.first].interfaces[one.second];
        joined.peer_node = far.first;
        joined.peer_interface = far.second;
        joined.has_peer = true;
      };
      join(here, other->second);
      join(other->second, here);
    }
  }
  return stage;
}

}  // namespace vinet::machine
