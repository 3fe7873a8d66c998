// canary_work: a canary (canary.h) as work for computers: who judges it tells each what to do, step
// by step, and is told what came of it. So one canary may go over many computers.
//
//   who judges                     each computer
//   listen, count            ->    opens sockets; what its routes make of headers; drops so far
//   send, send, ...          ->    sends; what has arrived
//   (nothing)                ->    what has arrived
//   count, end               ->    drops by now; closes its sockets
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "machine/machine.h"
#include "net/ip.h"
#include "slice/slice.h"
#include "support/result.h"

namespace vinet::machine {

/// A packet that shall be sent.
struct CanarySend {
  uint32_t number = 0;
  std::string netns;   ///< of a node or a machine, which listens
  std::string device;  ///< a node's, past its routes
  net::Ipv4 to;        ///< of a machine: to wherever its routes lead to this
  std::vector<uint8_t> packet;
  friend bool operator==(const CanarySend&, const CanarySend&) = default;
};

/// A packet that has arrived.
struct CanaryHeard {
  uint32_t number = 0;
  std::string netns;
  std::string device;  ///< of a node: where it came in
  bool itself = true;  ///< not in a header, nor quoted by an error
  friend bool operator==(const CanaryHeard&, const CanaryHeard&) = default;
};

/// What is to be done now, in the order of the members.
struct CanaryWork {
  uint64_t nonce = 0;                        ///< which canary
  std::vector<slice::Slice> resolve;         ///< whose headers follow lower nodes' routes
  std::vector<std::string> nodes, machines;  ///< listen there from now on
  std::vector<CanarySend> send;
  std::vector<std::string> count;  ///< namespaces whose programs' drops are asked for
  bool end = false;                ///< it is over
};

/// What came of it.
struct CanaryNews {
  std::vector<slice::Slice> resolved;
  std::map<std::string, std::string> deaf;  ///< by namespace: why nobody can listen there
  std::vector<CanaryHeard> heard;           ///< since the last news
  std::map<uint32_t, std::string> refused;  ///< by number: why it was not sent
  std::map<std::string, std::map<int, uint64_t>> drops;  ///< by namespace, by vi_reason
  std::map<std::string, uint32_t> overrun;               ///< at the end: packets that had no room

  void add(CanaryNews other) {
    const auto append = [](auto& all, auto& some) {
      all.insert(all.end(), std::make_move_iterator(some.begin()),
                 std::make_move_iterator(some.end()));
    };
    append(resolved, other.resolved);
    append(heard, other.heard);
    deaf.merge(other.deaf);
    refused.merge(other.refused);
    drops.merge(other.drops);
    overrun.merge(other.overrun);
  }
};

/// Does work, wherever the namespaces that it names are. Errors: unimplemented where the kernel is
/// none.
using CanaryHands = std::function<Result<CanaryNews>(const CanaryWork&)>;

/// A Machine is one too where it can do this.
class CanaryPart {
 public:
  virtual ~CanaryPart() = default;
  /// This computer's part of a canary that is judged elsewhere. What it opens stays open for later
  /// work of the same nonce as long as this object lives.
  virtual Result<CanaryNews> canary_work(const CanaryWork& work) = 0;
  /// Judges here a canary that goes over many computers: `hands` lead to where each namespace is.
  /// Errors: unimplemented where it only passes work on.
  virtual Result<CanaryReport> canary_by(const CanaryHands& hands, const CanaryRequest& request,
                                         const Options& options) = 0;
};
/// Errors: unimplemented.
inline Result<CanaryPart*> canary_part(Machine& machine) {
  if (auto* part = dynamic_cast<CanaryPart*>(&machine)) return part;
  return Error{Errc::kUnimplemented, "this machine takes no part in canaries of others", 0};
}

}  // namespace vinet::machine
