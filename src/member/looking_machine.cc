#include "member/looking_machine.h"

namespace vinet::member {
namespace {

using machine::Options;

class LookingMachine final : public machine::Machine {
 public:
  explicit LookingMachine(OpenMachine open) : open_(std::move(open)) {}

  Result<plan::Inventory> inventory() override { return open_()->inventory(); }
  std::vector<machine::Feature> features() override { return open_()->features(); }
  Result<std::vector<slice::Slice>> observe(const std::vector<std::string>& owners,
                                            const std::set<std::string>& only) override {
    return open_()->observe(owners, only);
  }
  Result<std::vector<std::string>> list_owners() override { return open_()->list_owners(); }
  Result<std::set<std::string>> strayed(const std::vector<slice::Slice>& want,
                                        const Options& options) override {
    return open_()->strayed(want, options);
  }
  Result<std::vector<machine::LinkCounters>> counters(
      const std::vector<std::string>& owners) override {
    return open_()->counters(owners);
  }
  Result<slice::PathsInForce> paths_in_force(const std::vector<std::string>& machines) override {
    return open_()->paths_in_force(machines);
  }
  Result<machine::LogText> read_log(const std::string& node, uint64_t offset) override {
    return open_()->read_log(node, offset);
  }
  Result<std::vector<std::optional<uint64_t>>> ping(const std::vector<machine::PingTask>& tasks,
                                                    const machine::PingOptions& how,
                                                    const Options& options) override {
    return open_()->ping(tasks, how, options);
  }
  using Machine::probe;
  Result<machine::ProbeReport> probe(const machine::PingTask& task, int ttl,
                                     std::chrono::milliseconds timeout, uint64_t nonce) override {
    return open_()->probe(task, ttl, timeout, nonce);
  }
  Result<uint64_t> watch_probe(uint64_t nonce) override { return open_()->watch_probe(nonce); }
  Result<std::vector<machine::ProbeStep>> take_probe_steps(uint64_t nonce) override {
    return open_()->take_probe_steps(nonce);
  }
  Result<machine::CheckReport> check(const machine::CheckRequest& request,
                                     const Options& options) override {
    return open_()->check(request, options);
  }
  Result<machine::CanaryReport> canary(const machine::CanaryRequest& request,
                                       const Options& options) override {
    return open_()->canary(request, options);
  }

  // What the machine does by itself, or by its orders only.
  Result<machine::ApplyReport> apply(const std::vector<slice::Slice>&, const Options&) override {
    return refused("apply");
  }
  Result<machine::ApplyReport> remove(const std::string&, const std::vector<std::string>&,
                                      const Options&) override {
    return refused("remove");
  }
  Result<std::vector<machine::PathReport>> take_path_reports(
      const std::vector<std::string>&) override {
    return refused("take path reports");
  }
  Status order_paths(const std::vector<machine::PathOrder>&) override {
    return refused("order paths");
  }
  void watch_routes(const std::set<std::string>&) override {}
  std::set<std::string> take_changed_routes() override { return {}; }
  Error exec(const machine::ExecRequest& request) override {
    return refused("become a program in " + request.node);
  }

 private:
  static Error refused(const std::string& attempt) {
    return {Errc::kUnimplemented, attempt + ": a machine of a fleet is told by orders", 0};
  }

  OpenMachine open_;
};

}  // namespace

std::unique_ptr<machine::Machine> make_looking_machine(OpenMachine open) {
  return std::make_unique<LookingMachine>(std::move(open));
}

}  // namespace vinet::member
