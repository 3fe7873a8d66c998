// vinet daemon: the controller and the machine of this computer, for as long as something runs.
#include <fmt/format.h>
#include <grp.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

#include "cli/compose.h"
#include "cli/daemon_calls.h"
#include "cli/daemon_host.h"
#include "cli/discovery_part.h"
#include "cli/fleet_part.h"
#include "cli/launcher.h"
#include "cli/member_part.h"
#include "cli/store_choice.h"
#include "cli/verb.h"
#include "control/keeper.h"
#include "control/lease.h"
#include "control/lock.h"
#include "control/sqlite_store.h"
#include "discovery/listener.h"
#include "rpc/server.h"
#include "rpc/socket.h"

namespace vinet::cli {
namespace {

constexpr int kReadyFd = 3;  // of a daemon in the background (start_daemon.cc)
constexpr char kLock[] = "daemon.lock";
constexpr int kIdlePollMs = 500;  // between looks whether anything is left to keep

struct Options {
  std::string group;
  std::string listen;                 ///< where, over TLS
  std::string store, store_identity;  ///< as of StoreChoice
  pid_t background = 0;               ///< the verb that starts it in the background
  bool discoverable = false;          ///< answers invitations
  std::string discovery_group;        ///< to this group; empty: the usual one
  MemberOptions member;
};

/// Tells systemd (sd_notify(3)); without it, nobody.
void notify(const char* state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un name{};
  if (path == nullptr || std::strlen(path) >= sizeof name.sun_path) return;
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path, std::strlen(path));  // the rest is 0
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  if (name.sun_path[0] == '@') name.sun_path[0] = '\0';
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd) {
    ::sendto(fd.get(), state, std::strlen(state), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&name), length);
  }
}

Result<std::optional<gid_t>> find_group(const std::string& name) {
  if (name.empty()) return std::optional<gid_t>();
  errno = 0;
  const group* entry = ::getgrnam(name.c_str());
  if (entry == nullptr) {
    return Error{Errc::kNotFound, fmt::format("there is no group called '{}'", name)};
  }
  return std::optional<gid_t>(entry->gr_gid);
}

/// SIGTERM and SIGINT as a descriptor, blocked in all threads that are made from now on.
Result<Fd> end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  if (::sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return errno_error("block signals", errno);
  Fd fd(::signalfd(-1, &signals, SFD_CLOEXEC));
  if (!fd) return errno_error("make a signal descriptor", errno);
  return fd;
}

/// How others are told where this daemon is: HOST:PORT where it can be called, else for people.
std::string endpoint_of(const std::string& directory, const std::string& listen) {
  char name[256] = "this computer";
  (void)::gethostname(name, sizeof name - 1);
  auto endpoint = rpc::parse_endpoint(listen);
  if (!endpoint) return fmt::format("{} ({})", name, rpc::socket_of(directory));
  if (endpoint->host == "0.0.0.0" || endpoint->host == "::") endpoint->host = name;
  return rpc::to_string(*endpoint);
}

/// Asks a daemon that a verb has started to end: what was started to stay takes its place, and
/// finds all as it is. False: there is none, or another kind.
bool ends_background_daemon(Context context) {
  context.connect.clear();
  const auto before = ask_daemon(context);
  if (!before || !before->ends_when_idle) return false;
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, before->pid, 0)));
  const auto now = ask_daemon(context);  // so the descriptor is no other's who got its number
  if (!process || !now || now->pid != before->pid) return false;
  return ::syscall(SYS_pidfd_send_signal, process.get(), SIGTERM, nullptr, 0) == 0;
}

/// Serves until it is asked to end, or has nothing to keep.
Status serve(const Context& context, const Options& options) {
  // Threads come and go; memory that each frees into an arena of its own would stay with the
  // daemon.
  ::mallopt(M_ARENA_MAX, 1);
  ASSIGN_OR_RETURN(const std::optional<gid_t> group, find_group(options.group));
  const std::string directory = control::SqliteStore(context.root).directory();
  ASSIGN_OR_RETURN(const Fd signals, end_signals());
  control::Lock::Wait wait;
  wait.at_most = options.background != 0 ? std::chrono::seconds(5) : std::chrono::seconds(0);
  if (options.background == 0 && ends_background_daemon(context)) {
    wait.at_most = std::chrono::seconds(10);
  }
  Result<control::Lock> lock = control::Lock::acquire(directory, wait, kLock);
  if (!lock) {
    Error error = std::move(lock).error();
    if (error.code != Errc::kFailedPrecondition) return error;
    return Error{error.code, fmt::format("a daemon runs already at {}: {}",
                                         rpc::socket_of(directory), error.message)};
  }
  const StoreChoice choice{options.store, options.store_identity,
                           endpoint_of(directory, options.listen)};
  ASSIGN_OR_RETURN(const std::shared_ptr<control::Store> store, open_store(context.root, choice));
  TRY(remember_store(context.root, choice));
  store->keep_when_empty(true);
  const std::string identity = identity_of(context);
  const std::unique_ptr<FleetPart> fleets = FleetPart::make(identity);
  const control::OpenWorld open = shared_worlds(context.root, store, *fleets);
  const auto tell = [&store](const std::string& kind, const std::string& object,
                             const std::string& text) {
    control::Changes changes;
    changes.events.push_back({0, control::read_clocks().wall_us, kind, object, text});
    (void)store->write(changes);  // a full disk must not end the daemon
  };
  DaemonHost host(context.root, store, open, options.background, tell);
  std::optional<rpc::Endpoint> endpoint;
  if (!options.listen.empty()) {
    ASSIGN_OR_RETURN(endpoint, rpc::parse_endpoint(options.listen));
    ::prctl(PR_SET_DUMPABLE, 0);  // a core file would hold the key (faults.md F-124)
    ASSIGN_OR_RETURN(std::shared_ptr<pki::Identity> loaded, pki::Identity::load(identity));
    // One that has expired says nothing, and may be replaced.
    if (loaded->trouble().empty() && loaded->self().role != pki::Role::kMachine) {
      return Error{Errc::kFailedPrecondition,
                   fmt::format("{}: the certificate is of {}; a daemon needs one of role machine",
                               identity, to_string(loaded->self()))};
    }
    host.listen(*endpoint, std::move(loaded));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<MemberPart> member,
                   MemberPart::make(context.root, options.member, store, tell));
  const std::unique_ptr<control::Launcher> launcher =
      make_launcher(context.root, [&](const std::string& node) {
        std::vector<std::string> damaged;
        return !member->may_hold(node) ||
               store->load_readable(damaged).internets.contains(node.substr(0, node.find('.')));
      });
  // Without its directory it knows nothing any more that it should act upon.
  const auto has_state = [&lock] { return lock->is_named(); };
  // Nor where another controls.
  const auto may_act = [&] { return lock->is_named() && store->may_write(); };
  control::Keeper keeper(open, *launcher, may_act, tell);
  host.serve(keeper, *member, *fleets, identity);
  member->start(has_state);
  fleets->start(open, may_act, tell);
  ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> server,
                   rpc::Server::start({rpc::socket_of(store->directory()), group, endpoint}, host));
  std::unique_ptr<discovery::Listener> willing;
  if (options.discoverable) {
    ASSIGN_OR_RETURN(willing, answer_invitations(
                                  options.discovery_group, options.listen, host.identity(),
                                  [&tell](const std::string& text) { tell("refused", "", text); }));
  }
  std::thread keeping([&keeper] { keeper.run(); });
  notify("READY=1");
  if (options.background != 0) ::close(kReadyFd);

  for (;;) {
    pollfd told[] = {{signals.get(), POLLIN, 0}, {host.ended_fd(), POLLIN, 0}};
    const bool signalled = ::poll(told, 2, kIdlePollMs) > 0 && told[0].revents != 0;
    if (!has_state() || host.ends(signalled)) break;
  }
  notify("STOPPING=1");
  willing.reset();
  server->close();
  member->stop();
  fleets->stop();
  keeper.stop();
  keeping.join();
  server->stop();
  store->keep_when_empty(false);
  if (has_state()) (void)store->tidy();
  // Where nothing is up, nothing is left, not even where nothing is.
  if (has_state() && store->empty()) (void)remember_store(context.root, {"sqlite", "", ""});
  lock->remove_on_release();
  return ok();
}

int daemon(const Context& context, const Options& options) {
  if (const int code = require_root("daemon"); code != kExitOk) return code;
  if (::chdir("/") != 0) return fail(errno_error("go to /", errno));
  const Status served = serve(context, options);
  if (served) return kExitOk;
  if (options.background != 0) {
    const std::string& why = served.error().message;
    const ssize_t written = ::write(kReadyFd, why.data(), why.size());
    return written < 0 ? kExitFailed : exit_code_of(served.error().code);
  }
  return fail(served.error());
}

}  // namespace

Run declare_daemon(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("--group", options->group, "whose members may use it, beside root")
      ->type_name("GROUP");
  command
      .add_option("--listen", options->listen,
                  "serve over TLS, too (default port: 7411), as who DIR/etc/vinet says")
      ->type_name("ADDRESS:PORT");
  CLI::Option* listen = command.get_option("--listen");
  command
      .add_flag("--discoverable", options->discoverable,
                "answer `vinet base discover` of operators and machines of the same authority")
      ->needs(listen);
  command
      .add_option("--discovery-group", options->discovery_group,
                  "the multicast group of their invitations (239.255.74.11)")
      ->needs("--discoverable")
      ->type_name("ADDRESS");
  command
      .add_option("--store", options->store,
                  "etcd://HOST:PORT[,HOST:PORT...]/PREFIX: keep the state there, shared with other "
                  "daemons of which one controls; sqlite: here")
      ->envname("VINET_STORE")
      ->type_name("STORE");
  command
      .add_option("--store-identity", options->store_identity,
                  "directory with ca.crt, cert.pem and key.pem for TLS to the etcd")
      ->envname("VINET_STORE_IDENTITY")
      ->type_name("DIR");
  declare_member_options(command, options->member);
  command.add_option("--background", options->background)->group("");  // for start_daemon.cc
  command.footer(
      "Serves at DIR/run/vinet/vinet.sock. It repairs what was removed by hand, ends what has "
      "outlived its lease, and keeps\n"
      "the programs of nodes (`run`) running. The first `vinet up` starts one in the background, "
      "which ends when nothing\n"
      "is up any more; one that was started by hand or by systemd stays. When it ends, what is up "
      "stays up.\n"
      "It is also a machine of fleets: what controllers elsewhere ask it to hold, within these "
      "limits, it keeps by itself.\n"
      "Of daemons that share an etcd one controls; verbs that are given to another go to that one, "
      "as who gives them.\n\n"
      "Examples:\n"
      "  vinet daemon --group netadmin\n"
      "  vinet daemon --listen 192.0.2.10 --discoverable --attribute role=router\n"
      "  vinet daemon --store etcd://10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379/lab\n"
      "  vinet daemon --most-nodes 500 --most-memory 2GiB");
  return [&context, options] { return daemon(context, *options); };
}

}  // namespace vinet::cli
