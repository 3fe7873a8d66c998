// The table of contents of this folder: which file does what a Machine is asked.
#include "machine/local.h"

#include <set>

#include "kernel/names.h"
#include "machine/apply.h"
#include "machine/base_path.h"
#include "machine/canary.h"
#include "machine/canary_posts.h"
#include "machine/check.h"
#include "machine/counters.h"
#include "machine/exec.h"
#include "machine/features.h"
#include "machine/observe.h"
#include "machine/ping.h"
#include "machine/probe.h"
#include "machine/remove.h"
#include "machine/run_log.h"
#include "machine/view.h"

namespace vinet::machine {
namespace {

class Local final : public Machine, public CanaryPart {
 public:
  Local(kernel::Kernel& kernel, std::string root) : kernel_(kernel), root_(std::move(root)) {}

  Result<plan::Inventory> inventory() override { return take_inventory(kernel_); }
  std::vector<Feature> features() override { return list_features(kernel_); }

  using Machine::observe;
  Result<std::vector<slice::Slice>> observe(const std::vector<std::string>& owners,
                                            const std::set<std::string>& only) override {
    Sight sight;
    sight.owners = {owners.begin(), owners.end()};
    sight.only = sight.anchors = only;
    ASSIGN_OR_RETURN(const View view, look(kernel_, sight));
    std::vector<slice::Slice> all;
    for (const std::string& owner : owners) {
      for (auto& [machine, slice] : slices_of(view, owner, only)) all.push_back(std::move(slice));
    }
    return all;
  }

  Result<std::vector<std::string>> list_owners() override {
    Sight sight;
    sight.details = false;
    ASSIGN_OR_RETURN(const View view, look(kernel_, sight));
    std::set<std::string> owners;
    for (const auto& [name, space] : view.spaces) owners.insert(space.mark.owner);
    for (const auto& [machine, those] : view.owners_by_machine())
      owners.insert(those.begin(), those.end());
    return std::vector<std::string>(owners.begin(), owners.end());
  }

  Result<std::set<std::string>> strayed(const std::vector<slice::Slice>& want,
                                        const Options& options) override {
    return machine::strayed(kernel_, want, options);
  }

  Result<ApplyReport> apply(const std::vector<slice::Slice>& want,
                            const Options& options) override {
    return machine::apply(kernel_, want, options);
  }

  Result<ApplyReport> remove(const std::string& owner, const std::vector<std::string>& names,
                             const Options& options) override {
    return machine::remove(kernel_, root_, owner, names, options);
  }

  Result<std::vector<LinkCounters>> counters(const std::vector<std::string>& owners) override {
    return read_counters(kernel_, owners);
  }

  Result<std::vector<PathReport>> take_path_reports(
      const std::vector<std::string>& machines) override {
    return machine::take_path_reports(kernel_, machines);
  }
  Result<slice::PathsInForce> paths_in_force(const std::vector<std::string>& machines) override {
    return machine::paths_in_force(kernel_, machines);
  }
  Status order_paths(const std::vector<PathOrder>& orders) override {
    return machine::order_paths(kernel_, orders);
  }

  void watch_routes(const std::set<std::string>& namespaces) override {
    kernel_.route_watch().watch(namespaces);
  }
  std::set<std::string> take_changed_routes() override {
    return kernel_.route_watch().take_changed();
  }

  Error exec(const ExecRequest& request) override { return machine::exec(kernel_, root_, request); }

  Result<LogText> read_log(const std::string& node, uint64_t offset) override {
    TRY(kernel::check_namespace_name(node));  // it becomes a part of a path
    return read_run_log(root_, node, offset);
  }

  Result<std::vector<std::optional<uint64_t>>> ping(const std::vector<PingTask>& tasks,
                                                    const PingOptions& options,
                                                    const Options& progress) override {
    return machine::ping(kernel_, tasks, options, progress);
  }

  using Machine::probe;
  Result<ProbeReport> probe(const PingTask& task, int ttl, std::chrono::milliseconds timeout,
                            uint64_t nonce) override {
    return machine::probe(kernel_, task, ttl, timeout, nonce);
  }
  Result<uint64_t> watch_probe(uint64_t nonce) override {
    return machine::watch_probe(kernel_, nonce);
  }
  Result<std::vector<ProbeStep>> take_probe_steps(uint64_t nonce) override {
    return machine::take_probe_steps(kernel_, nonce);
  }

  Result<CheckReport> check(const CheckRequest& request, const Options& options) override {
    return machine::check(kernel_, request, options);
  }

  Result<CanaryReport> canary(const CanaryRequest& request, const Options& options) override {
    CanaryPosts posts(kernel_);
    const CanaryHands hands = [&posts](const CanaryWork& work) { return posts.work(work); };
    return machine::canary(hands, request, options);
  }
  Result<CanaryReport> canary_by(const CanaryHands& hands, const CanaryRequest& request,
                                 const Options& options) override {
    return machine::canary(hands, request, options, true);
  }
  Result<CanaryNews> canary_work(const CanaryWork& work) override {
    if (!canary_ || canary_->first != work.nonce) {
      canary_ = std::make_unique<std::pair<uint64_t, CanaryPosts>>(work.nonce, kernel_);
    }
    return canary_->second.work(work);
  }

 private:
  kernel::Kernel& kernel_;
  std::string root_;
  std::unique_ptr<std::pair<uint64_t, CanaryPosts>> canary_;  // by nonce: the one under way
};

}  // namespace

std::unique_ptr<Machine> make_local(kernel::Kernel& kernel, const std::string& root) {
  return std::make_unique<Local>(kernel, root);
}

}  // namespace vinet::machine
