// A controller over a fake machine and a real state directory, of which any call can be made to
// fail.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "control/controller.h"
#include "control/sqlite_store.h"
#include "unit/control/fake_machine.h"
#include "unit/control/scratch.h"

namespace vinet::control {

class ControllerTest : public ::testing::Test {
 protected:
  Result<std::vector<Outcome>> up(const std::string& text) {
    SqliteStore store(scratch.path());
    prepare(store);
    std::vector<std::string> damaged;
    const graph::Graph graph = graph_of(text, store.load_readable(damaged));
    diagnostics = Diagnostics();
    return LocalController(machine, store).up(graph, options, diagnostics);
  }
  Result<std::vector<Outcome>> down(const DownRequest& request) {
    SqliteStore store(scratch.path());
    prepare(store);
    return LocalController(machine, store).down(request, options);
  }
  Result<std::vector<Outcome>> down(const std::vector<std::string>& names) {
    DownRequest request;
    request.names = names;
    return down(request);
  }
  static DownRequest file(const std::vector<std::string>& bases,
                          const std::vector<std::string>& internets) {
    DownRequest request;
    request.files.push_back({bases, internets});
    return request;
  }
  static DownRequest everything() {
    DownRequest request;
    request.all = true;
    return request;
  }

  State state() {
    const Result<State> loaded = SqliteStore(scratch.path()).load();
    EXPECT_TRUE(loaded) << loaded.error().message;
    return *loaded;
  }
  std::vector<std::string> held() {
    std::vector<std::string> owners;
    for (const auto& [owner, slices] : machine.held) owners.push_back(owner);
    return owners;
  }
  bool state_directory_exists() { return std::filesystem::exists(scratch.path() + "/run/vinet"); }

  /// Calls of machine and store are numbered together; `fail_at` is the one that fails.
  void prepare(Store& store) {
    number = 0;
    const auto policy = [this](const std::string& what) -> Status {
      ++number;
      if (number == fail_at || (dead && number > fail_at && fail_at != 0)) {
        return Error{Errc::kInternal, "made to fail: " + what};
      }
      return ok();
    };
    machine.policy = fail_half ? std::function<Status(const std::string&)>() : policy;
    machine.after_half = fail_half ? policy : std::function<Status(const std::string&)>();
    store.set_policy([policy](uint64_t, const std::string& what) { return policy(what); });
  }
  void heal() {
    fail_at = 0;
    dead = fail_half = false;
  }

  Scratch scratch;
  FakeMachine machine;
  Options options;
  Diagnostics diagnostics;
  size_t number = 0;
  size_t fail_at = 0;
  bool dead =
      false;  ///< after the failing call all others fail too: the command is as good as killed
  bool fail_half = false;  ///< the machine's call fails after it has done half
};

inline std::vector<std::string> names_of(const Result<std::vector<Outcome>>& outcomes) {
  std::vector<std::string> names;
  if (!outcomes) return {"error: " + outcomes.error().message};
  for (const Outcome& outcome : *outcomes) names.push_back(outcome.name);
  return names;
}

}  // namespace vinet::control
