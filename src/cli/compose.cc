// One of the two files that know that the machine is local and the kernel is Linux; the other is
// daemon.cc.
#include "cli/compose.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "capture/source.h"
#include "cli/daemon_calls.h"
#include "cli/fleet_part.h"
#include "cli/start_daemon.h"
#include "cli/store_choice.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "control/daemon_fleets.h"
#include "control/sqlite_store.h"
#include "fleet/view.h"
#include "kernel/linux.h"
#include "machine/local.h"
#include "machine/packet_taps.h"
#include "machine/run_log.h"
#include "member/store.h"
#include "pki/identity.h"
#include "rpc/client.h"
#include "rpc/endpoint.h"
#include "rpc/socket.h"

namespace vinet::cli {
namespace {

using control::World;

class LocalWorld final : public World {
 public:
  LocalWorld(const std::string& root, std::shared_ptr<control::Store> store)
      : kernel_(kernel::open_linux(root)),
        machine_(machine::make_local(*kernel_, root)),
        store_(std::move(store)),
        controller_(*machine_, *store_, control::no_fleets(),
                    [root] { return member::held_owners(root); }) {}
  /// A daemon's, which speaks to machines of fleets.
  LocalWorld(const std::string& root, std::shared_ptr<control::Store> store, FleetPart& part)
      : kernel_(kernel::open_linux(root)),
        here_(machine::make_local(*kernel_, root)),
        machine_(fleet::make_view(*here_, part.daemon().fleet)),
        store_(std::move(store)),
        fleets_(std::in_place, part.daemon(), *machine_, *store_),
        controller_(*machine_, *store_, *fleets_, [root] { return member::held_owners(root); }) {}

  machine::Machine& machine() override { return *machine_; }
  control::Controller& controller() override { return controller_; }
  const std::string& state_directory() const override { return store_->directory(); }

 private:
  std::unique_ptr<kernel::Kernel> kernel_;
  std::unique_ptr<machine::Machine> here_, machine_;
  std::shared_ptr<control::Store> store_;
  std::optional<control::DaemonFleets> fleets_;
  control::LocalController controller_;
};

/// A process held by a descriptor, so that its number cannot become another's.
Fd hold_process(int fd_of_connection) {
  const Result<rpc::Peer> peer = rpc::peer_of(fd_of_connection);
  if (!peer) return Fd();
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, peer->pid, 0)));
}

class RemoteWorld final : public World {
 public:
  RemoteWorld(Fd process, std::unique_ptr<rpc::Client> client, std::string state_directory,
              std::string elsewhere = "")
      : daemon_(std::move(process)),
        state_directory_(std::move(state_directory)),
        elsewhere_(std::move(elsewhere)),
        client_(std::move(client)) {}

  /// A daemon that ends leaves nothing behind: the verb ends after it.
  ~RemoteWorld() override {
    const bool ends = client_->daemon_ends();
    client_.reset();
    if (!ends || !daemon_) return;
    pollfd gone{daemon_.get(), POLLIN, 0};
    constexpr int kPatienceMs = 10'000;
    ::poll(&gone, 1, kPatienceMs);
  }

  machine::Machine& machine() override { return client_->machine(); }
  control::Controller& controller() override { return client_->controller(); }
  const std::string& state_directory() const override { return state_directory_; }
  /// Where the daemon is that controls, if it is another.
  const std::string& elsewhere() const { return elsewhere_; }

 private:
  Fd daemon_;
  std::string state_directory_, elsewhere_;
  std::unique_ptr<rpc::Client> client_;
};

/// The world behind the daemon that answers at this socket. One that was just killed, or is about
/// to end, is waited for until its socket is gone. Errors: not_found if none does.
Result<std::unique_ptr<RemoteWorld>> connect_world(const std::string& state_directory) {
  constexpr int kTries = 100;
  constexpr std::chrono::milliseconds kPause{50};
  const std::string path = rpc::socket_of(state_directory);
  for (int tried = 0;; ++tried) {
    ASSIGN_OR_RETURN(Fd connected, rpc::connect(path));
    Fd process = hold_process(connected.get());
    std::unique_ptr<rpc::Client> client = rpc::Client::over(std::move(connected));
    Result<rpc::DaemonStatus> status = client->status();
    if (status && !status->ending) {
      return std::make_unique<RemoteWorld>(std::move(process), std::move(client), state_directory,
                                           status->controller);
    }
    if (!status && status.error().code == Errc::kFailedPrecondition) {
      return Error{status.error().code, path + ": " + status.error().message};
    }
    if (tried == kTries) {
      if (status) return Error{Errc::kUnavailable, "the daemon at " + path + " does not end"};
      return std::move(status).error();
    }
    std::this_thread::sleep_for(kPause);
  }
}

/// Nothing that runs, nothing half done, and nothing held for fleets: there is nothing for a daemon
/// to keep.
bool is_idle(const std::string& root, const control::Store& store) {
  const auto held = member::held_owners(root);
  return store.empty() && held && held->empty();
}

int refuse_without_root(const std::string& verb) {
  return fail(
      kExitUnable,
      fmt::format(
          "`vinet {0}` needs root, because it works on network namespaces and BPF programs: "
          "sudo vinet {0} ...  (fmt, check, plan, version and help need no root; with a daemon "
          "that serves your group, the others need none either)",
          verb));
}

}  // namespace

std::unique_ptr<World> local_world(const std::string& root) {
  auto store = open_store(root, {});
  if (!store) store = std::shared_ptr<control::Store>(std::make_shared<control::SqliteStore>(root));
  return std::make_unique<LocalWorld>(root, *std::move(store));
}

control::OpenWorld shared_worlds(const std::string& root, std::shared_ptr<control::Store> store,
                                 FleetPart& part) {
  return [root, store = std::move(store), &part] {
    return std::make_unique<LocalWorld>(root, store, part);
  };
}

Result<std::string> hosts_of_held(const std::string& root, const std::string& node) {
  ASSIGN_OR_RETURN(const std::set<std::string> owners, member::held_owners(root));
  const bool known = owners.contains(node.substr(0, node.find('.')));
  ASSIGN_OR_RETURN(const member::Records records,
                   known ? member::held_records(root) : member::Records());
  for (const auto& [owner, record] : records) {
    const std::vector<std::string>& names = record->holding.namespaces;
    const bool has = std::find(names.begin(), names.end(), node) != names.end();
    if (has && record->holding.internet) return record->holding.hosts_text;
  }
  return Error{Errc::kNotFound, fmt::format("no node '{}' is held here", node), 0};
}

Result<int> open_log(const std::string& root, const std::string& node) {
  return machine::open_run_log(root, node);
}

std::unique_ptr<capture::PacketSource> open_taps(const std::string& root,
                                                 const std::vector<capture::Tap>& taps,
                                                 uint32_t snap_bytes) {
  // The doors go at once, with the namespaces that they hold.
  const std::unique_ptr<kernel::Kernel> kernel = kernel::open_linux(root);
  return machine::open_packet_taps(kernel->namespaces(), root, taps, snap_bytes);
}

namespace {

/// Only who controls changes anything. Where that is another daemon, the caller goes there, as who
/// they are: so nobody does there what they may not.
std::variant<std::unique_ptr<World>, int> follow(const Context& context, const std::string& verb,
                                                 const std::string& controller) {
  const std::string there = "the controller is at " + controller;
  if (!rpc::parse_endpoint(controller)) {
    return fail(kExitConflict, there +
                                   ", which cannot be called (`vinet daemon --listen`): go on "
                                   "at that computer");
  }
  const std::string directory = identity_of(context);
  const auto who = pki::Identity::load(directory);
  if (!who || (*who)->self().role == pki::Role::kMachine) {
    const std::string why =
        who ? directory + " is a machine's identity, which may not" : who.error().message;
    return fail(kExitConflict,
                fmt::format("{}; {}: `vinet --connect {} --identity DIR {} ...` with an identity "
                            "of yours (`vinet pki issue`), or go on at that computer",
                            there, why, controller, verb));
  }
  auto client = rpc::Client::dial(controller, *who);
  if (!client) return fail(std::move(client).error().within(there));
  return std::make_unique<RemoteWorld>(Fd(), *std::move(client), "");
}

}  // namespace

std::variant<std::unique_ptr<World>, int> open_world(const Context& context,
                                                     const std::string& verb, Purpose purpose) {
  const bool follows = purpose == Purpose::kChange || purpose == Purpose::kMake;
  if (!context.connect.empty()) {
    Result<std::unique_ptr<rpc::Client>> client = reach_daemon(context);
    if (!client) return fail(client.error());
    if (follows) {
      const Result<rpc::DaemonStatus> status = (*client)->status();
      if (!status) return fail(status.error());
      if (!status->controller.empty()) return follow(context, verb, status->controller);
    }
    return std::make_unique<RemoteWorld>(Fd(), *std::move(client), "");
  }
  const bool is_root = ::geteuid() == 0;
  auto opened = open_store(context.root, {});
  if (!opened) return fail(opened.error());
  const std::shared_ptr<control::Store> store = *std::move(opened);
  const auto has_fleets = [&store] {
    std::vector<std::string> damaged;
    return control::has_fleet(store->load_bases(damaged));
  };
  if (purpose == Purpose::kProve && is_root && !has_fleets()) {
    return std::make_unique<LocalWorld>(context.root, store);
  }
  auto connected = connect_world(store->directory());
  const bool changes = follows || purpose == Purpose::kRecover;
  if (connected && context.no_daemon && changes) {
    return fail(kExitConflict, fmt::format("--no-daemon: a daemon runs for {} and keeps what is "
                                           "there; leave the option out, or stop it first",
                                           store->directory()));
  }
  if (connected && !context.no_daemon) {
    if (const std::string elsewhere = (*connected)->elsewhere(); follows && !elsewhere.empty()) {
      return follow(context, verb, elsewhere);
    }
    return *std::move(connected);
  }
  if (!connected && connected.error().code != Errc::kNotFound && purpose != Purpose::kPlan) {
    return is_root ? fail(connected.error()) : refuse_without_root(verb);
  }
  if (!is_root && purpose != Purpose::kPlan) return refuse_without_root(verb);
  // One started here would want to control, and nobody could call it: it would listen nowhere.
  if (store->is_shared() && changes && !context.no_daemon) {
    return fail(kExitConflict,
                fmt::format("no daemon runs for {}, and its state is shared ({}): start it as "
                            "before (`vinet daemon --listen ...`), or ask another one (`vinet "
                            "--connect HOST:PORT {} ...`)",
                            store->directory(), store->file(), verb));
  }
  const bool local = context.no_daemon || purpose == Purpose::kPlan || store->is_shared() ||
                     (purpose != Purpose::kMake && is_idle(context.root, *store));
  if (local) return std::make_unique<LocalWorld>(context.root, store);
  if (const Result<Fd> started = start_daemon(context.root, store->directory()); !started) {
    return fail(started.error());
  }
  connected = connect_world(store->directory());
  if (!connected) return fail(connected.error());
  return *std::move(connected);
}

control::State current_state(World& world, std::vector<std::string>& damaged) {
  Result<control::State> state = world.controller().state(damaged);
  if (!state) {
    damaged.push_back(state.error().message);
    return {};
  }
  return *std::move(state);
}

}  // namespace vinet::cli
