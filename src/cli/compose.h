// Compose: the parts of the program put together for one root: in this process, or behind a daemon.
//
//   verb --> World --> RemoteWorld --socket--> daemon --> LocalWorld      the usual way
//   verb --> World --> RemoteWorld --TLS--> daemon elsewhere              --connect
//   verb --> World --> LocalWorld                                         --no-daemon, or none
//   needed
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "control/controller.h"
#include "control/world.h"
#include "fleet/member.h"
#include "machine/machine.h"
#include "rpc/host.h"

namespace vinet::capture {
struct Tap;
class PacketSource;
}  // namespace vinet::capture

namespace vinet::cli {

class FleetPart;
struct Context;

/// What a verb is about to do with its world.
enum class Purpose {
  kPlan,     ///< nothing with the kernel: no rights needed, no daemon started
  kProve,    ///< look at what runs, in this process where it is root's: a daemon is not believed
  kLook,     ///< look at what runs: a daemon is started where something runs and none does
  kChange,   ///< take down, renew: likewise; never beside a daemon
  kMake,     ///< bring up: a daemon is started in any case; never beside one
  kRecover,  ///< as kChange, by this very daemon: not by another that controls
};

/// The world in which a verb works. On failure everything has been said and the exit code is
/// returned.
std::variant<std::unique_ptr<control::World>, int> open_world(const Context& context,
                                                              const std::string& verb,
                                                              Purpose purpose);

/// Where the controller's state is.
struct StoreChoice {
  /// `etcd://HOST:PORT[,...]/PREFIX`, or `sqlite`; empty: as the daemon of this root was told last.
  std::string address;
  std::string identity;  ///< directory of the certificate for TLS to etcd; empty: no TLS
  std::string endpoint;  ///< of a daemon that wants to lead; empty: only looks
};
/// The store of a root: a SQLite file in it, or an etcd.
Result<std::shared_ptr<control::Store>> open_store(const std::string& root, StoreChoice choice);
/// Makes it what this root has from now on, also after the daemon has ended.
Status remember_store(const std::string& root, const StoreChoice& choice);

/// The parts in this process, whatever else runs. Opens nothing yet, needs no right.
std::unique_ptr<control::World> local_world(const std::string& root);
/// Local worlds that share one store, for the daemon. Callable from any thread.
control::OpenWorld shared_worlds(const std::string& root, std::shared_ptr<control::Store> store,
                                 FleetPart& part);

/// Makes the daemon, as a machine of fleets, forget what it holds (fleet::Member::forget).
Result<machine::ApplyReport> forget_here(const Context& context,
                                         const std::vector<std::string>& owners, bool recursive,
                                         const machine::Options& options);

/// The directory that says who asks, or who this daemon is: --identity, or etc/vinet of the root.
std::string identity_of(const Context& context);
/// The daemon of this root, or of --connect, if one answers.
Result<rpc::DaemonStatus> ask_daemon(const Context& context);
/// Brings a list of revoked certificates to a daemon. False: it has it already.
Result<bool> push_revocations(const Context& context, const std::string& daemon,
                              const std::string& list);

/// Runs a program in a node through the daemon, for a caller who is not root: this process's
/// streams, terminal, signals and working directory are the program's until it has ended.
Result<rpc::ProgramEnd> run_by_daemon(const Context& context, const std::string& node,
                                      std::vector<std::string> words);

/// Listens on devices of this computer, as root (machine/packet_taps.h).
std::unique_ptr<capture::PacketSource> open_taps(const std::string& root,
                                                 const std::vector<capture::Tap>& taps,
                                                 uint32_t snap_bytes);
/// Has the daemon capture, for a caller who is not root: the file goes to `output`, what is said to
/// this process's stderr, and its signals to the capture.
Result<rpc::ProgramEnd> capture_by_daemon(const Context& context,
                                          const rpc::CaptureRequest& request, int output);

/// What this computer holds as a machine of fleets: by its daemon, else by its own file.
Result<std::vector<fleet::Held>> held_here(const Context& context);
/// What the hosts file of a node says that this computer holds. Root's. Errors: not_found.
Result<std::string> hosts_of_held(const std::string& root, const std::string& node);

/// A log to append to, for the program of a node: a descriptor, which the caller closes.
Result<int> open_log(const std::string& root, const std::string& node);

/// What the controller says shall be there. What cannot be read or reached is a line of `damaged`.
control::State current_state(control::World& world, std::vector<std::string>& damaged);

}  // namespace vinet::cli
