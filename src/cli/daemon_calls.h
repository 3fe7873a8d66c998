// What verbs ask of a daemon itself, beside its Machine and its Controller: of this root's, or of
// that of --connect.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fleet/member.h"
#include "machine/machine.h"
#include "rpc/host.h"
#include "support/result.h"

namespace vinet::rpc {
class Client;
}  // namespace vinet::rpc

namespace vinet::cli {

struct Context;

/// A connection to it. Errors: not_found if none answers.
Result<std::unique_ptr<rpc::Client>> reach_daemon(const Context& context);

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

/// Has the daemon capture, for a caller who is not root: the file goes to `output`, what is said to
/// this process's stderr, and its signals to the capture.
Result<rpc::ProgramEnd> capture_by_daemon(const Context& context,
                                          const rpc::CaptureRequest& request, int output);

/// What this computer holds as a machine of fleets: by its daemon, else by its own file.
Result<std::vector<fleet::Held>> held_here(const Context& context);

}  // namespace vinet::cli
