// A machine of a fleet that notes what it is asked.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "fleet/member.h"
#include "unit/control/fake_machine.h"

namespace vinet::rpc {

/// Notes what it is asked, and answers what it is told to.
class ScriptedMember final : public fleet::Member {
 public:
  Result<fleet::MemberReport> report() override { return next_report; }
  Status prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                 const std::vector<std::string>& removes,
                 std::chrono::milliseconds patience) override {
    return note("prepare", order, puts, removes, std::to_string(patience.count()));
  }
  Result<machine::ApplyReport> commit(const fleet::Order& order,
                                      const machine::Options& options) override {
    return change("commit", order, {}, {}, options);
  }
  Status abort(const fleet::Order& order) override { return note("abort", order, {}, {}, ""); }
  Result<machine::ApplyReport> put(const fleet::Order& order,
                                   const std::vector<fleet::Holding>& holdings,
                                   const machine::Options& options) override {
    return change("put", order, holdings, {}, options);
  }
  Result<machine::ApplyReport> remove(const fleet::Order& order,
                                      const std::vector<std::string>& owners,
                                      const machine::Options& options) override {
    return change("remove", order, {}, owners, options);
  }
  Status renew(const fleet::Order& order, const std::string& owner,
               std::optional<uint64_t> lease_s) override {
    return note("renew", order, {}, {owner}, lease_s ? std::to_string(*lease_s) : "none");
  }
  Result<std::shared_ptr<machine::Machine>> machine() override {
    return std::shared_ptr<machine::Machine>(&machine_, [](auto*) {});
  }

  bool tells_progress = true;
  std::mutex mutex;  // of what follows
  fleet::MemberReport next_report;
  std::optional<Error> refusal;
  std::vector<std::string> asked;
  fleet::Order last_order;
  std::vector<fleet::Holding> last_puts;

 private:
  Status note(const std::string& what, const fleet::Order& order,
              const std::vector<fleet::Holding>& puts, const std::vector<std::string>& owners,
              const std::string& more) {
    const std::lock_guard lock(mutex);
    std::string line = what;
    for (const std::string& owner : owners) line += " " + owner;
    if (!more.empty()) line += " " + more;
    asked.push_back(line);
    last_order = order;
    last_puts = puts;
    if (refusal) return *refusal;
    return ok();
  }
  Result<machine::ApplyReport> change(const std::string& what, const fleet::Order& order,
                                      const std::vector<fleet::Holding>& puts,
                                      const std::vector<std::string>& owners,
                                      const machine::Options& options) {
    if (options.progress && tells_progress) options.progress("links", 3, 4);
    TRY(note(what, order, puts, owners, ""));
    machine::ApplyReport report;
    report.created = 7;
    report.changes = {"make namespace line.A"};
    return report;
  }
  control::FakeMachine machine_;
};

}  // namespace vinet::rpc
