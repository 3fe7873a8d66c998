// DaemonHost: the daemon, as its services see it.
#pragma once

#include <sys/eventfd.h>
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/fleet_part.h"
#include "cli/member_part.h"
#include "control/keeper.h"
#include "control/store.h"
#include "control/world.h"
#include "pki/identity.h"
#include "rpc/endpoint.h"
#include "rpc/host.h"
#include "support/fd.h"

namespace vinet::cli {

class DaemonHost final : public rpc::Host {
 public:
  using Tell = std::function<void(const std::string& kind, const std::string& object,
                                  const std::string& text)>;
  /// `starter`: the verb that started it in the background, which ends with the last internet; 0:
  /// it was started to stay.
  DaemonHost(std::string root, std::shared_ptr<control::Store> store, control::OpenWorld open,
             pid_t starter, Tell tell)
      : root_(std::move(root)),
        store_(std::move(store)),
        open_(std::move(open)),
        tell_(std::move(tell)),
        starter_(starter),
        ends_when_idle_(starter != 0) {}

  /// Before it is asked anything.
  void serve(control::Keeper& keeper, MemberPart& member, FleetPart& fleets,
             const std::string& identity_directory);
  void listen(const rpc::Endpoint& endpoint, std::shared_ptr<pki::Identity> identity);
  /// Readable once it ends by itself: who took down the last internet waits for that. -1 where
  /// there are no more descriptors; then `ends` is asked now and then.
  int ended_fd() const { return ended_.get(); }
  /// Does it end now? Looks at the state, so not too often.
  bool ends(bool asked);

  std::unique_ptr<control::World> open() override { return open_(); }
  std::unique_ptr<control::World> open_here() override;
  rpc::DaemonStatus status() override;
  std::vector<control::RunState> runs() override { return fleets_->with_runs(keeper_->runs()); }
  fleet::Member* member() override { return &member_->member(); }
  Result<rpc::Program> start_program(const rpc::ProgramRequest& request) override;
  bool begin_work() override;
  bool end_work() override;
  void tell(const std::string& kind, const std::string& object, const std::string& text) override {
    tell_(kind, object, text);
  }
  std::shared_ptr<pki::Identity> identity() override { return identity_; }

 private:
  std::string trouble();
  bool end_if_idle();

  const std::string root_;
  std::shared_ptr<control::Store> store_;
  control::OpenWorld open_;
  const Tell tell_;
  std::string listens_;
  std::shared_ptr<pki::Identity> identity_;
  const pid_t starter_;
  const bool ends_when_idle_;
  control::Keeper* keeper_ = nullptr;
  MemberPart* member_ = nullptr;
  FleetPart* fleets_ = nullptr;
  std::string identity_directory_;
  std::mutex mutex_;
  size_t at_work_ = 0;
  std::atomic<bool> ending_ = false;
  const Fd ended_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_work_ = begin_;
};

}  // namespace vinet::cli
