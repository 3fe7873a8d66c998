// A machine of a fleet that is a map, behind a wire that can be cut before a call or after it.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fleet/fleet.h"
#include "unit/control/fake_machine.h"

namespace vinet::control {

/// One daemon. Outlives the controllers that speak to it.
struct FakeDaemon {
  struct Kept {
    fleet::Holding holding;
    std::string store;
    uint64_t generation = 0;
  };
  struct Reserved {
    fleet::Order order;
    std::vector<fleet::Holding> puts;
    std::vector<std::string> removes;
  };
  bool away = false;
  bool untrusted = false;  ///< its certificate was revoked
  std::string refusal;     ///< of every prepare; empty: none
  net::Ipv4 address;
  std::map<std::string, Kept> held;
  std::optional<Reserved> reserved;
  uint64_t refused_old = 0;
  std::map<std::string, std::pair<uint64_t, std::string>> terms;  // by store: term, instance
};

/// The wire to it. `before` and `after` a call that changes something may say that it is cut.
class FakeMember final : public fleet::Member {
 public:
  using Cut = std::function<Status(const std::string& what)>;
  FakeMember(FakeDaemon& daemon, Cut before, Cut after)
      : daemon_(daemon), before_(std::move(before)), after_(std::move(after)) {}

  Result<fleet::MemberReport> report() override {
    TRY(reach());
    fleet::MemberReport report;
    report.facts.base_address = daemon_.address;
    for (const auto& [owner, kept] : daemon_.held) {
      report.held.push_back({owner, kept.store, kept.generation, fleet::digest_of(kept.holding), "",
                             kept.holding.lease_s});
    }
    if (daemon_.reserved) report.reservations = {daemon_.reserved->order.operation};
    report.refused_old = daemon_.refused_old;
    for (const auto& [store, seen] : daemon_.terms) report.terms[store] = seen.first;
    return report;
  }
  Status prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                 const std::vector<std::string>& removes, std::chrono::milliseconds) override {
    return call("prepare", order, [&]() -> Status {
      if (!daemon_.refusal.empty()) return Error{Errc::kResourceExhausted, daemon_.refusal};
      const auto is_base = [](const fleet::Holding& holding) { return !holding.internet; };
      const bool stands = std::any_of(puts.begin(), puts.end(), is_base) ||
                          std::any_of(daemon_.held.begin(), daemon_.held.end(),
                                      [&](const auto& one) { return is_base(one.second.holding); });
      if (!puts.empty() && !stands) {
        return Error{Errc::kFailedPrecondition, "the base is not held here"};
      }
      daemon_.reserved = FakeDaemon::Reserved{order, puts, removes};
      return ok();
    });
  }
  Result<machine::ApplyReport> commit(const fleet::Order& order, const machine::Options&) override {
    TRY(call("commit", order, [&]() -> Status {
      if (!daemon_.reserved || daemon_.reserved->order != order) {
        return Error{Errc::kFailedPrecondition, "reservation expired"};
      }
      const FakeDaemon::Reserved reserved = *daemon_.reserved;
      take(order, reserved.puts, reserved.removes);
      return ok();
    }));
    return machine::ApplyReport{};
  }
  Status abort(const fleet::Order& order) override {
    return call("abort", order, [&]() -> Status {
      if (daemon_.reserved && daemon_.reserved->order == order) daemon_.reserved.reset();
      return ok();
    });
  }
  Result<machine::ApplyReport> put(const fleet::Order& order,
                                   const std::vector<fleet::Holding>& holdings,
                                   const machine::Options&) override {
    TRY(call("put", order, [&]() -> Status {
      take(order, holdings, {});
      return ok();
    }));
    return machine::ApplyReport{};
  }
  Result<machine::ApplyReport> remove(const fleet::Order& order,
                                      const std::vector<std::string>& owners,
                                      const machine::Options&) override {
    TRY(call("remove", order, [&]() -> Status {
      take(order, {}, owners);
      return ok();
    }));
    return machine::ApplyReport{};
  }
  Status renew(const fleet::Order& order, const std::string& owner,
               std::optional<uint64_t> lease_s) override {
    return call("renew", order, [&]() -> Status {
      daemon_.held.at(owner).holding.lease_s = lease_s;
      return ok();
    });
  }
  Result<std::shared_ptr<machine::Machine>> machine() override {
    TRY(reach());
    return std::shared_ptr<machine::Machine>(&machine_, [](machine::Machine*) {});
  }

 private:
  Status reach() const {
    if (daemon_.away) return Error{Errc::kUnavailable, "no answer"};
    if (daemon_.untrusted) return Error{Errc::kPermissionDenied, "not trusted"};
    return ok();
  }
  template <typename Act>
  Status call(const std::string& what, const fleet::Order& order, Act act) {
    TRY(before_(what));
    TRY(reach());
    auto& [term, instance] =
        daemon_.terms.try_emplace(order.store, order.term, order.instance).first->second;
    if (order.term < term || (order.term == term && order.instance != instance)) {
      ++daemon_.refused_old;
      return Error{Errc::kFailedPrecondition, "another controller was here"};
    }
    term = order.term;
    instance = order.instance;
    TRY(act());
    return after_(what);
  }
  void take(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
            const std::vector<std::string>& removes) {
    // A late repetition changes nothing any more.
    daemon_.reserved.reset();
    for (const std::string& owner : removes) daemon_.held.erase(owner);
    for (const fleet::Holding& holding : puts) {
      daemon_.held[holding.owner] = {holding, order.store, order.generation};
    }
  }

  FakeDaemon& daemon_;
  Cut before_, after_;
  FakeMachine machine_;
};

}  // namespace vinet::control
