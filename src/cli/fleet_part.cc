#include "cli/fleet_part.h"

#include <thread>

#include "control/fleet_keeper.h"
#include "pki/identity.h"
#include "rpc/dialed_member.h"

namespace vinet::cli {
namespace {

/// Errors: unimplemented, as what else a computer lacks.
Status has_identity(const std::string& directory) {
  const auto identity = pki::Identity::load(directory);
  if (identity) return ok();
  return Error{Errc::kUnimplemented,
               "this daemon cannot speak to machines of fleets: " + identity.error().message +
                   " (`vinet pki issue NAME --role machine --out DIRECTORY` makes what belongs "
                   "there)",
               0};
}

control::RunState state_of(const fleet::RunReport& run) {
  using Is = control::RunState::Is;
  control::RunState state;
  state.node = run.node;
  state.command = run.command;
  for (const Is is : {Is::kStarting, Is::kRunning, Is::kFailing}) {
    if (run.state == to_string(is)) state.is = is;
  }
  state.pid = run.pid;
  state.starts = run.starts;
  state.last_end = run.last_end;
  state.next_try = std::chrono::milliseconds(run.next_try_ms);
  return state;
}

class Part final : public FleetPart {
 public:
  explicit Part(const std::string& identity_directory)
      : fleet_(
            [directory = identity_directory](const std::string& daemon) {
              return rpc::make_dialed_member([directory,
                                              daemon]() -> Result<std::shared_ptr<rpc::Client>> {
                ASSIGN_OR_RETURN(auto client, rpc::Client::dial(daemon, directory, kDialPatience));
                return std::shared_ptr<rpc::Client>(std::move(client));
              });
            },
            [directory = identity_directory] { return has_identity(directory); }) {}
  ~Part() override { stop(); }

  control::DaemonFleets::Daemon daemon() override { return {fleet_, session_, remembered_}; }

  std::vector<control::RunState> with_runs(std::vector<control::RunState> here) const override {
    for (const fleet::RunReport& run : fleet_.runs()) here.push_back(state_of(run));
    return here;
  }

  void start(control::OpenWorld open, std::function<bool()> may_act,
             control::Keeper::Tell tell) override {
    keeper_.emplace(std::move(open), std::move(may_act), std::move(tell));
    thread_ = std::thread([this] { keeper_->run(); });
  }
  void stop() override {
    if (!thread_.joinable()) return;
    keeper_->stop();
    thread_.join();
  }
  void wake() override {
    if (keeper_) keeper_->wake();
  }

 private:
  // A machine that is away is asked again and again, and whoever asks waits so long at most.
  static constexpr std::chrono::seconds kDialPatience{2};

  fleet::Fleet fleet_;
  control::Session session_;
  control::Remembered remembered_;
  std::optional<control::FleetKeeper> keeper_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<FleetPart> FleetPart::make(const std::string& identity_directory) {
  return std::make_unique<Part>(identity_directory);
}

}  // namespace vinet::cli
