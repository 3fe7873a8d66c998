// Machine: what the command line and the controller know of a kernel. Here it is implemented in
// this process; later over a wire, by the daemon of a computer, and by the controller of an
// internet that stands in for a router.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "machine/findings.h"
#include "net/ip.h"
#include "plan/inventory.h"
#include "slice/path_mtu.h"
#include "slice/slice.h"
#include "support/result.h"

namespace vinet::machine {

/// Told now and then how far a long call is. `total` may be 0 while unknown.
using Progress = std::function<void(const std::string& stage, size_t done, size_t total)>;

struct Options {
  Progress progress;
  /// Of `apply`: the namespaces of nodes that are looked at and changed; the others are as they
  /// shall be already, or are left to the next apply. Empty: all.
  std::set<std::string> only;
  /// Of `apply`: of nodes only those are looked at that are named after the owner, so that the cost
  /// does not grow with what runs beside it. A node of the owner under another name is not found.
  bool named_only = false;
  /// Of `apply`: what somebody did to base devices stays: down, or another MTU (machine/as_set.h).
  bool leave_base_devices = false;
  /// Of `apply`: namespaces of the owner that somebody may have half made, who was killed (a name
  /// without a namespace); those that are not wanted go.
  std::vector<std::string> half_made;
  std::function<bool()>
      stop;  ///< polled between kernel calls; true: undo and return Errc::kCancelled
};

struct ApplyReport {
  static constexpr size_t kMostNamed = 20;
  size_t created = 0, changed = 0, deleted = 0;  ///< kernel objects
  std::vector<std::string> changes;              ///< what was done, the first kMostNamed
  bool unchanged() const { return created + changed + deleted == 0; }
};

/// Counters of one link end, or of a machine where `link` is empty.
struct LinkCounters {
  std::string owner, link, node;  ///< `fig11`, `A-B`, `A`
  std::string machine;            ///< `lab.X`
  uint64_t tx_packets = 0, tx_bytes = 0, rx_packets = 0, rx_bytes = 0;
  std::vector<std::pair<std::string, uint64_t>> drops;  ///< reason, count; only what is not 0
};

/// A program to be run in a node (DESIGN §9).
struct ExecRequest {
  std::string node;        ///< `fig11.A`
  std::string hosts_text;  ///< what its /etc/hosts shall say: all names of its internet
  std::vector<std::string> argv;
};

/// A stretch of what a node's program printed.
struct LogText {
  std::string text;
  uint64_t next_offset = 0;  ///< where to read on
};

/// What is known of the base path from a machine to another.
struct PathReport {
  std::string machine;          ///< `lab.X`
  net::Ipv4 far;                ///< base address of the other machine
  uint32_t in_force_bytes = 0;  ///< largest base packet, as it was put in force; 0: as planned
  uint32_t reported_bytes = 0;  ///< the base said: no larger than this; 0: it said nothing
  uint64_t nonce = 0;           ///< of the echoes that were answered
  uint32_t answered_bytes = 0;  ///< the largest of these
};

/// What shall be done about such a path.
struct PathOrder {
  std::string machine;
  net::Ipv4 near, far;                      ///< base addresses
  net::Ipv4 link_source, link_destination;  ///< of a link on that path, which carries the echoes
  uint32_t in_force_bytes = 0;              ///< 0: as planned
  uint64_t nonce = 0;                       ///< of the echoes
  std::vector<uint32_t> sizes;              ///< of the echoes, base header included
};

/// An echo from a node to an address.
struct PingTask {
  std::string node;  ///< `fig11.A`
  net::IpAddress source, destination;
};
struct PingOptions {
  std::chrono::milliseconds timeout{2000};  ///< for each echo, after its last try
  int tries = 3;
};

/// One step of a probe, reported by the program that did it.
struct ProbeStep {
  enum class Event { kPush, kPop, kDeliver, kDrop };
  uint64_t time_ns = 0;
  Event event = Event::kPush;
  bool reply = false;   ///< of the echo reply's way back
  std::string machine;  ///< `lab.X`: whose program it was
  std::string owner, link,
      node;                 ///< whose backside it was, by its alias in the kernel; empty if none
  std::string base_device;  ///< way out of a push, way in of a pop; empty inside one machine
  std::string reason;       ///< of a drop
  int inner_ttl = 0;
  net::IpAddress inner_source, inner_destination;
  std::vector<std::pair<net::Ipv4, net::Ipv4>>
      headers;  ///< source, destination; outermost first, as on the packet
};

struct ProbeReport {
  std::vector<ProbeStep> steps;  ///< in order of time
  bool answered = false;
  uint64_t round_trip_us = 0;
  std::string error;  ///< an ICMP error that came back: `time exceeded from 10.0.0.17`
};

/// A fact about this computer: a kernel feature that vinet needs or uses.
struct Feature {
  std::string name;
  bool present = false;
  bool required = true;
  std::string detail;  ///< what its absence means
};

class Machine {
 public:
  virtual ~Machine() = default;

  /// Features, own prefixes; `running` is left empty (the controller knows it).
  virtual Result<plan::Inventory> inventory() = 0;
  virtual std::vector<Feature> features() = 0;

  /// What the kernel holds of these owners (bases or internets), one slice per machine that holds
  /// something. `only`: namespaces beside which none is looked at; empty: all.
  virtual Result<std::vector<slice::Slice>> observe(const std::vector<std::string>& owners,
                                                    const std::set<std::string>& only) = 0;
  Result<std::vector<slice::Slice>> observe(const std::vector<std::string>& owners) {
    return observe(owners, {});
  }
  /// Owners of everything that carries our mark.
  virtual Result<std::vector<std::string>> list_owners() = 0;

  /// Makes the kernel hold exactly `want` for the owner of these slices (all of one owner), and
  /// returns what it changed. Names that strangers have taken are refused before the first change.
  /// On error, or when `options.stop` says so, what this call made is undone before it returns.
  virtual Result<ApplyReport> apply(const std::vector<slice::Slice>& want,
                                    const Options& options) = 0;
  /// Of the owners of these slices (of all machines that they have), those for which `apply` would
  /// find something to do. Cost: one look, however many owners. Who cannot tell names them all.
  virtual Result<std::set<std::string>> strayed(const std::vector<slice::Slice>& want,
                                                const Options&) {
    std::set<std::string> owners;
    for (const slice::Slice& slice : want) owners.insert(slice.owner);
    return owners;
  }
  /// Removes all that carries the owner's mark, ends the processes in it, and returns when the
  /// kernel has let go. `names`: namespaces that the owner may have half made (empty files without
  /// a namespace).
  virtual Result<ApplyReport> remove(const std::string& owner,
                                     const std::vector<std::string>& names,
                                     const Options& options) = 0;

  virtual Result<std::vector<LinkCounters>> counters(const std::vector<std::string>& owners) = 0;

  /// What the programs of these machines have met on their base paths since the last call.
  virtual Result<std::vector<PathReport>> take_path_reports(
      const std::vector<std::string>& machines) = 0;
  /// Path MTUs that were put in force: only those of less than was planned.
  virtual Result<slice::PathsInForce> paths_in_force(const std::vector<std::string>& machines) = 0;
  /// Puts path MTUs in force, for the next `apply`, and sends echoes through links to try the
  /// paths.
  virtual Status order_paths(const std::vector<PathOrder>& orders) = 0;

  /// From now on changes of routes, addresses and devices in these namespaces are taken note of, in
  /// no others. Holds them: one whose name is removed ends only after the next call.
  virtual void watch_routes(const std::set<std::string>& namespaces) = 0;
  /// Those of them in which something has changed since the last call. Never waits; costs next to
  /// nothing while nothing has.
  virtual std::set<std::string> take_changed_routes() = 0;

  /// This process becomes the program; returns only on failure.
  virtual Error exec(const ExecRequest& request) = 0;
  /// What the program of a node (`run`) printed, from a byte on. Where the log has been shortened
  /// since, from its begin. Errors: not_found if it has printed nothing yet.
  virtual Result<LogText> read_log(const std::string& node, uint64_t offset) = 0;
  /// For each task: round trip in µs, or nothing if lost. No child process; all in flight at once,
  /// paced.
  virtual Result<std::vector<std::optional<uint64_t>>> ping(const std::vector<PingTask>& tasks,
                                                            const PingOptions& options,
                                                            const Options& progress) = 0;
  /// Sends one echo and watches it through the programs that handle it. `nonce`: what the echo
  /// carries, so that others can watch it too; 0: any.
  virtual Result<ProbeReport> probe(const PingTask& task, int ttl,
                                    std::chrono::milliseconds timeout, uint64_t nonce) = 0;
  Result<ProbeReport> probe(const PingTask& task, int ttl, std::chrono::milliseconds timeout) {
    return probe(task, ttl, timeout, 0);
  }
  /// From now on programs report steps of the echo that carries `nonce`, which starts elsewhere.
  /// Out: this machine's clock now, as in ProbeStep::time_ns.
  virtual Result<uint64_t> watch_probe(uint64_t nonce) = 0;
  /// What they have reported; they stop.
  virtual Result<std::vector<ProbeStep>> take_probe_steps(uint64_t nonce) = 0;

  /// Compares the kernel with what is wanted, changing nothing. What is missing or broken is a
  /// finding, no error.
  virtual Result<CheckReport> check(const CheckRequest& request, const Options& options) = 0;
  /// Sends packets that must arrive and packets that must not, in seconds, and leaves nothing
  /// behind.
  virtual Result<CanaryReport> canary(const CanaryRequest& request, const Options& options) = 0;
};

}  // namespace vinet::machine
