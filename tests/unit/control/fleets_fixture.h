// A controller over three machines of a fleet, each a map behind a wire: every call to one of them
// and to the store can be the controller's last, or have no effect, or no answer.
//
//     x (192.0.2.1) ---- y (192.0.2.2) ---- z (192.0.2.3)      A at x, B at y, D at z
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/daemon_fleets.h"
#include "control/sqlite_store.h"
#include "fleet/view.h"
#include "unit/control/fake_member.h"
#include "unit/control/scratch.h"

namespace vinet::control {

inline const std::string kFleet =
    "base fleet {\n  machine x [daemon = \"192.0.2.1:7411\"]\n"
    "  machine y [daemon = \"192.0.2.2:7411\"]\n  machine z [daemon = \"192.0.2.3:7411\"]\n}\n";
inline const std::string kOnFleet =
    "internet line on fleet {\n  host A at x\n  router B at y\n  host D at z\n  A -- B -- D\n}\n";
inline const std::string kOnTwo =
    "internet line on fleet {\n  host A at x\n  host B at y\n  A -- B\n}\n";

class FleetsTest : public ::testing::Test {
 protected:
  FleetsTest() {
    for (uint32_t i = 1; i <= 3; ++i) {
      FakeDaemon& daemon = daemons[fmt::format("192.0.2.{}:7411", i)];
      daemon.address = net::Ipv4{0xc0000200 + i};
    }
  }

  /// One daemon's life as a controller: a new one for each `World`.
  struct World {
    explicit World(FleetsTest& test)
        : store(test.scratch.path()),
          fleet([&test](const std::string& daemon) {
            return std::make_shared<FakeMember>(
                test.daemons[daemon],
                [&test, daemon](const std::string& what) {
                  return test.may_call(test.cut_after ? "" : what + " " + daemon);
                },
                [&test, daemon](const std::string& what) {
                  return test.may_call(test.cut_after ? what + " " + daemon : "");
                });
          }),
          view(fleet::make_view(test.machine, fleet)),
          fleets({fleet, session, remembered}, *view, store),
          controller(*view, store, fleets) {
      store.set_policy([&test](uint64_t, const std::string& what) { return test.may_call(what); });
    }
    SqliteStore store;
    fleet::Fleet fleet;
    Session session;
    Remembered remembered;
    std::unique_ptr<machine::Machine> view;
    DaemonFleets fleets;
    LocalController controller;
  };

  Status may_call(const std::string& what) {
    if (what.empty()) return ok();
    const std::lock_guard lock(mutex);  // machines are called side by side
    ++number;
    if (fail_at != 0 && (number == fail_at || (dead && number > fail_at))) {
      return Error{Errc::kUnavailable, "made to fail: " + what};
    }
    return ok();
  }
  void heal() {
    fail_at = 0;
    dead = false;
    number = 0;
  }

  Result<std::vector<Outcome>> up(const std::string& text) { return up(*world, text); }
  Result<std::vector<Outcome>> up(World& in, const std::string& text) {
    std::vector<std::string> damaged;
    const graph::Graph graph = graph_of(text, in.store.load_readable(damaged));
    diagnostics = Diagnostics();
    return in.controller.up(graph, options, diagnostics);
  }
  Result<std::vector<Outcome>> down(const std::vector<std::string>& names) {
    DownRequest request;
    request.names = names;
    return world->controller.down(request, options);
  }
  /// The controller's daemon is killed and started again.
  void restart() { world = std::make_unique<World>(*this); }
  void tend() {
    const auto mended = world->controller.tend_fleets(options);
    EXPECT_TRUE(mended) << mended.error().message;
  }

  /// `x: fleet line`, one line a machine that holds something.
  std::vector<std::string> held() const {
    std::vector<std::string> lines;
    for (const auto& [name, daemon] : daemons) {
      std::string line;
      for (const auto& [owner, kept] : daemon.held) line += " " + owner;
      if (!line.empty()) lines.push_back(name.substr(8, 1) + ":" + line);
    }
    return lines;
  }
  std::map<std::string, std::string> digests() const {
    std::map<std::string, std::string> all;
    for (const auto& [name, daemon] : daemons) {
      for (const auto& [owner, kept] : daemon.held) {
        all[name + " " + owner] = fleet::digest_of(kept.holding);
      }
    }
    return all;
  }
  State state() {
    const auto loaded = world->store.load();
    EXPECT_TRUE(loaded) << loaded.error().message;
    return *loaded;
  }

  std::mutex mutex;
  Scratch scratch;
  FakeMachine machine;
  std::map<std::string, FakeDaemon> daemons;
  Options options;
  Diagnostics diagnostics;
  size_t number = 0, fail_at = 0;
  bool dead = false;       ///< after the failing call all others fail too
  bool cut_after = false;  ///< calls to machines have their effect, and no answer comes
  std::unique_ptr<World> world = std::make_unique<World>(*this);
};

}  // namespace vinet::control
