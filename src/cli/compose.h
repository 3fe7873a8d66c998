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

/// The parts in this process, whatever else runs. Opens nothing yet, needs no right.
std::unique_ptr<control::World> local_world(const std::string& root);
/// Local worlds that share one store, for the daemon. Callable from any thread.
control::OpenWorld shared_worlds(const std::string& root, std::shared_ptr<control::Store> store,
                                 FleetPart& part);

/// Listens on devices of this computer, as root (machine/packet_taps.h).
std::unique_ptr<capture::PacketSource> open_taps(const std::string& root,
                                                 const std::vector<capture::Tap>& taps,
                                                 uint32_t snap_bytes);
/// What the hosts file of a node says that this computer holds. Root's. Errors: not_found.
Result<std::string> hosts_of_held(const std::string& root, const std::string& node);

/// A log to append to, for the program of a node: a descriptor, which the caller closes.
Result<int> open_log(const std::string& root, const std::string& node);

/// What the controller says shall be there. What cannot be read or reached is a line of `damaged`.
control::State current_state(control::World& world, std::vector<std::string>& damaged);

}  // namespace vinet::cli
