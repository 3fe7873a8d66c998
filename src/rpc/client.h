// Client: a daemon seen as a Machine, a Controller and a Member.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "control/controller.h"
#include "fleet/member.h"
#include "machine/machine.h"
#include "pki/identity.h"
#include "rpc/exec_client.h"
#include "rpc/host.h"
#include "support/fd.h"
#include "support/result.h"

namespace vinet::rpc {

/// A connection to one daemon. Its machine and controller live as long as it does.
class Client {
 public:
  /// `connected`: from rpc::connect.
  static std::unique_ptr<Client> over(Fd connected);
  /// Over TLS, to `HOST:PORT`. Errors name the endpoint and the reason: unavailable (`no answer
  /// within 5 s`, `connect: ...`), permission_denied (`refused`; a certificate of the daemon's that
  /// has expired, was revoked, is of another authority or of another address).
  static Result<std::unique_ptr<Client>> dial(
      const std::string& endpoint, std::shared_ptr<pki::Identity> identity,
      std::chrono::milliseconds patience = std::chrono::seconds(5));
  /// The same as whoever the directory says (pki/identity.h).
  static Result<std::unique_ptr<Client>> dial(
      const std::string& endpoint, const std::string& identity_directory,
      std::chrono::milliseconds patience = std::chrono::seconds(5));
  virtual ~Client() = default;

  virtual control::Controller& controller() = 0;
  /// exec is unimplemented: this process cannot become a program of the daemon's. run() stands for
  /// it.
  virtual machine::Machine& machine() = 0;
  /// The daemon as a machine of fleets.
  virtual fleet::Member& member() = 0;
  virtual Result<DaemonStatus> status() = 0;
  /// Runs a program in a node, with the caller's streams; returns when it has ended and all that it
  /// printed has been written. SIGPIPE shall be ignored.
  virtual Result<ProgramEnd> run(const ProgramRequest& request, const CallerStreams& streams) = 0;
  /// Brings a list of revoked certificates. False: the daemon has it already.
  virtual Result<bool> put_revocations(const std::string& list) = 0;
  /// Whether the daemon said, with its last answer, that it ends now. Then it takes no more calls.
  virtual bool daemon_ends() const = 0;
  /// Of the machine at the other end, as its certificate says; empty over a unix socket.
  virtual std::string machine_name() const = 0;
};

}  // namespace vinet::rpc
