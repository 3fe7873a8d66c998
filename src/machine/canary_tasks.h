// Which canary packets are sent, from where, and where each may arrive. Pure: from slices alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machine/findings.h"
#include "vi_abi.h"

namespace vinet::machine {

enum class CanaryTry : uint8_t {
  kOwnLink,         ///< from one end of a link to the other
  kExactCopy,       ///< on the base, with the key of a link
  kOwnMachine,      ///< of a machine to itself: its listener works
  kWrongKey,        ///< on the base, one field of the key wrong
  kForeignAddress,  ///< from a node to an end address of another internet
  kForeignLayers,   ///< to a link or base address
  kForeignKey,      ///< IP-in-IP of its own, with the key of another internet
  kForgedBelow,     ///< from a node, with the key of a link that stands on a node of its internet
};
inline constexpr size_t kCanaryTries = 8;
const char* name_of(CanaryTry kind);
constexpr bool shall_arrive(CanaryTry kind) {
  return kind <= CanaryTry::kOwnMachine;
}

/// An interface of a node, one end of a link.
struct CanaryInterface {
  std::string device, link;
  std::vector<net::InterfaceAddress> addresses;
  const slice::LinkEnd* end = nullptr;
  uint64_t delay_us = 0;
  size_t peer_node = 0, peer_interface = 0;
  bool has_peer = false;
  bool forwards = false;  ///< what comes in here and is for others
};

struct CanaryNode {
  std::string netns, owner;
  std::string machine;  ///< the bottom machine, under all layers
  std::string anchor;   ///< where its backsides lie: the same, or a node of the internet below
  std::vector<net::IpAddress> addresses;  ///< end addresses, the identity first
  std::vector<CanaryInterface> interfaces;
  std::set<std::string> backsides;  ///< devices in it, of what stands on it and is not flattened
};

/// All that takes part: internets that are asked for, and those that share a machine with one.
struct CanaryStage {
  std::vector<CanaryNode> nodes;
  std::map<std::string, net::Ipv4> machines;           ///< bottom ones, with their base addresses
  std::set<std::string> anchors;                       ///< whose programs count
  std::map<std::string, std::set<std::string>> below;  ///< the internets under an internet
};

struct CanaryTask {
  CanaryTry kind = CanaryTry::kOwnLink;
  std::optional<size_t> from_node;  ///< else from `from_machine`
  size_t from_interface = 0;
  std::string from_machine;
  std::vector<std::pair<net::Ipv4, net::Ipv4>> headers;  ///< outermost first
  net::IpAddress source, destination;                    ///< of the packet inside
  std::optional<size_t> to_node;                         ///< where it shall arrive
  size_t to_interface = 0;
  std::string owner;       ///< whose it is to tell
  std::string what;        ///< `to end address 10.0.0.1 of two.B`
  std::string counted_at;  ///< machine whose programs count it as `reason`; empty: not foreseen
  vi_reason reason = VI_DROP_NONE;
};

struct CanaryTasks {
  std::vector<CanaryTask> tasks;
  std::vector<std::string> sampled;  ///< what is not tried in full
};

CanaryStage make_stage(const CanaryRequest& request);
/// `listened`: nodes that packets are looked for at, and sent from; a bit each.
CanaryTasks make_tasks(const CanaryRequest& request, const CanaryStage& stage,
                       const std::vector<bool>& listened);

}  // namespace vinet::machine
