#include "rpc/tenant_host.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/tenant.h"

namespace vinet::rpc {
namespace {

class TenantHost final : public Host {
 public:
  TenantHost(Host& host, std::string tenant) : host_(host), tenant_(std::move(tenant)) {}

  std::unique_ptr<control::World> open() override {
    return control::make_tenant_world(host_.open(), tenant_);
  }

  DaemonStatus status() override {
    DaemonStatus status = host_.status();
    status.trouble = status.trouble.empty() ? "" : "the operator knows";
    status.identity_trouble.clear();
    return status;
  }

  std::vector<control::RunState> runs() override {
    std::vector<control::RunState> runs = host_.runs();
    const Result<control::State> seen = state();
    std::erase_if(runs, [&seen](const control::RunState& run) {
      return !seen || !control::has_node(*seen, run.node);
    });
    return runs;
  }

  /// A node by its whole name, no pattern: what a pattern fits is found out by somebody who sees
  /// all.
  Result<Program> start_program(const ProgramRequest& request) override {
    ASSIGN_OR_RETURN(const control::State seen, state());
    if (request.capture) {
      for (const std::string& name : request.capture->names) {
        if (!control::is_of_internet(seen, name)) return no_such(name);
      }
      if (request.capture->names.empty() || !request.capture->taps.empty()) return no_such("");
    } else if (!control::has_node(seen, request.node)) {
      return no_such(request.node);
    }
    return host_.start_program(request);
  }

  bool begin_work() override { return host_.begin_work(); }
  bool end_work() override { return host_.end_work(); }
  void tell(const std::string& kind, const std::string& object, const std::string& text) override {
    host_.tell(kind, object, text);
  }

 private:
  static Error no_such(const std::string& name) {
    return {Errc::kNotFound, fmt::format("there is no '{}'", name)};
  }
  Result<control::State> state() {
    std::vector<std::string> damaged;
    return open()->controller().state(damaged);
  }

  Host& host_;
  const std::string tenant_;
};

}  // namespace

std::unique_ptr<Host> make_tenant_host(Host& host, const std::string& tenant) {
  return std::make_unique<TenantHost>(host, tenant);
}

}  // namespace vinet::rpc
