// FakeHost: a daemon made of answers, for tests of who may ask.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rpc/host.h"
#include "unit/control/fake_machine.h"

namespace vinet::rpc {

class IdleController : public control::Controller {
 public:
  using Outcomes = Result<std::vector<control::Outcome>>;
  Outcomes up(const control::Description&, const control::Options&, Diagnostics&) override {
    return std::vector<control::Outcome>{};
  }
  Outcomes down(const control::DownRequest&, const control::Options&) override {
    return std::vector<control::Outcome>{};
  }
  Result<control::State> state(std::vector<std::string>&) override { return control::State(); }
  Result<control::State> bases(std::vector<std::string>&) override { return control::State(); }
  Result<std::vector<std::string>> leftovers() override { return std::vector<std::string>{}; }
  Outcomes repair(const control::Options&) override { return std::vector<control::Outcome>{}; }
  Result<std::vector<std::string>> tend_fleets(const control::Options&) override {
    return std::vector<std::string>{};
  }
  Result<std::vector<control::MachineState>> machines() override {
    return std::vector<control::MachineState>{};
  }
  Status drain(const std::string&, const std::string&, bool, const control::Options&) override {
    return ok();
  }
  Result<std::vector<std::string>> recover(const std::string&, const control::Options&) override {
    return std::vector<std::string>{};
  }
  Result<uint64_t> renew(const std::string&, std::optional<uint64_t>,
                         const control::Options&) override {
    return uint64_t{1};
  }
  Result<std::vector<control::Event>> events(uint64_t, uint64_t) override {
    return std::vector<control::Event>{};
  }
  Result<std::vector<control::RunState>> runs() override {
    return std::vector<control::RunState>{};
  }
};

class IdleWorld : public control::World {
 public:
  machine::Machine& machine() override { return machine_; }
  control::Controller& controller() override { return controller_; }
  const std::string& state_directory() const override { return directory_; }

 private:
  control::FakeMachine machine_;
  IdleController controller_;
  std::string directory_ = "/nowhere";
};

class FakeHost : public Host {
 public:
  std::unique_ptr<control::World> open() override { return std::make_unique<IdleWorld>(); }
  DaemonStatus status() override {
    DaemonStatus status;
    status.pid = 77;
    return status;
  }
  std::vector<control::RunState> runs() override { return {}; }
  Result<Program> start_program(const ProgramRequest&) override {
    return Error{Errc::kUnimplemented, "no programs here"};
  }
  bool begin_work() override { return true; }
  bool end_work() override { return false; }
};

}  // namespace vinet::rpc
