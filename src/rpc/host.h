// Host: what the services need of the daemon that they are in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "control/supervisor.h"
#include "control/world.h"
#include "fleet/member.h"
#include "pki/identity.h"
#include "rpc/program.h"

namespace vinet::rpc {

struct DaemonStatus {
  int pid = 0;
  std::string version;
  uint64_t uptime_s = 0;
  bool ends_when_idle = false;
  std::string trouble;           ///< why it only watches; empty: all is well
  bool ending = false;           ///< takes no more work
  std::string listens;           ///< where, over TLS; empty: nowhere
  std::string identity_trouble;  ///< what is wrong with its certificates; empty: nothing
  std::string controller;        ///< where the daemon is that controls, if that is another
};

/// All calls may come from any thread.
class Host {
 public:
  virtual ~Host() = default;
  /// A world for one call, so that calls do not wait for each other but where the state's lock says
  /// so.
  virtual std::unique_ptr<control::World> open() = 0;
  /// One whose machine is this computer alone.
  virtual std::unique_ptr<control::World> open_here() { return open(); }
  virtual DaemonStatus status() = 0;
  virtual std::vector<control::RunState> runs() = 0;
  /// This computer as a machine of fleets; null where it is none. Its `machine()` is for looks from
  /// any thread.
  virtual fleet::Member* member() { return nullptr; }
  /// Starts a program in a node. What is wrong with the node or the program, the program's error
  /// stream says, and its exit code, as those of `vinet exec`.
  virtual Result<Program> start_program(const ProgramRequest& request) = 0;

  /// Work may begin, unless the daemon is about to end.
  virtual bool begin_work() = 0;
  /// Work has ended; what runs may be another. True: nothing is left to do, and the daemon ends
  /// once this answer has been given.
  virtual bool end_work() = 0;

  /// Something that happened, for people: control::Event.
  virtual void tell(const std::string& /*kind*/, const std::string& /*object*/,
                    const std::string& /*text*/) {}
  /// Who the daemon is; nullptr where it does not listen.
  virtual std::shared_ptr<pki::Identity> identity() { return nullptr; }
};

}  // namespace vinet::rpc
