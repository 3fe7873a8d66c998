#include "cli/daemon_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "cli/stand_in.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "control/sqlite_store.h"
#include "member/store.h"
#include "rpc/client.h"
#include "rpc/socket.h"

extern char** environ;

namespace vinet::cli {

std::string identity_of(const Context& context) {
  if (!context.identity.empty()) return context.identity;
  return (context.root == "/" ? "" : context.root) + "/etc/vinet";
}

Result<std::unique_ptr<rpc::Client>> reach_daemon(const Context& context) {
  if (!context.connect.empty()) return rpc::Client::dial(context.connect, identity_of(context));
  const control::SqliteStore store(context.root);
  ASSIGN_OR_RETURN(Fd connected, rpc::connect(rpc::socket_of(store.directory())));
  return rpc::Client::over(std::move(connected));
}

Result<std::vector<fleet::Held>> held_here(const Context& context) {
  if (const auto client = reach_daemon(context)) {
    ASSIGN_OR_RETURN(fleet::MemberReport report, (*client)->member().report());
    return std::move(report.held);
  } else if (!context.connect.empty()) {
    return client.error();
  }
  ASSIGN_OR_RETURN(const member::Records records, member::held_records(context.root));
  std::vector<fleet::Held> all;
  for (const auto& [owner, record] : records) {
    all.push_back({owner, record->store, record->generation, record->digest, "", {}});
  }
  return all;
}

Result<machine::ApplyReport> forget_here(const Context& context,
                                         const std::vector<std::string>& owners, bool recursive,
                                         const machine::Options& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Client> client, reach_daemon(context));
  return client->member().forget(owners, recursive, options);
}

Result<rpc::DaemonStatus> ask_daemon(const Context& context) {
  ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Client> client, reach_daemon(context));
  return client->status();
}

Result<bool> push_revocations(const Context& context, const std::string& daemon,
                              const std::string& list) {
  ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Client> client,
                   rpc::Client::dial(daemon, identity_of(context)));
  Result<bool> taken = client->put_revocations(list);
  if (!taken) return std::move(taken).error().within(daemon);
  return taken;
}

Result<rpc::ProgramEnd> run_by_daemon(const Context& context, const std::string& node,
                                      std::vector<std::string> words) {
  rpc::ProgramRequest request;
  request.node = node;
  request.words = std::move(words);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const size_t equals = variable.find('=');
    if (equals != std::string::npos && rpc::may_be_given(variable.substr(0, equals))) {
      request.environment.push_back(variable);
    }
  }
  std::error_code unknown;
  request.directory = std::filesystem::current_path(unknown).string();
  request.terminal = is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO);
  request.own_error = !is_terminal(STDERR_FILENO);
  const auto window = [] {
    const StandIn::Window size = StandIn::window();
    return rpc::WindowSize{size.rows, size.columns};
  };
  request.window = window();

  ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Client> client, reach_daemon(context));
  ASSIGN_OR_RETURN(const std::unique_ptr<StandIn> stand_in, StandIn::begin(request.terminal));
  rpc::CallerStreams streams;
  streams.signals = stand_in->signals();
  streams.window = window;
  streams.suspend = [&stand_in] { stand_in->suspend(); };
  return client->run(request, streams);
}

Result<rpc::ProgramEnd> capture_by_daemon(const Context& context,
                                          const rpc::CaptureRequest& request, int output) {
  ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Client> client, reach_daemon(context));
  ASSIGN_OR_RETURN(const std::unique_ptr<StandIn> stand_in, StandIn::begin(false));
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  rpc::ProgramRequest program;
  program.capture = request;
  rpc::CallerStreams streams;
  streams.input = nothing.get();
  streams.output = output;
  streams.ends_with_reader = true;
  streams.signals = stand_in->signals();
  streams.suspend = [&stand_in] { stand_in->suspend(); };
  return client->run(program, streams);
}

}  // namespace vinet::cli
