// State: what vinet remembers between two commands. Only intent; what the kernel holds is observed,
// never remembered.
//
// An operation is written down before the first kernel object of an `up` is made or of a `down` is
// removed, and erased as the last thing. While it is there, all that it names is half made or half
// removed. So there is one moment, the end of the operation's file, in which an `up` of several
// internets becomes valid.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace vinet::control {

/// A base that shall be there.
struct BaseIntent {
  plan::BasePlan plan;
  bool made_for_internet = false;       ///< made by an `up` for an internet: goes with the last one
  std::vector<std::string> namespaces;  ///< that its slices name
  uint64_t generation = 0;              ///< of a fleet: when it last changed (Store)
  /// Machines of a fleet that left it while they were away, and hold their share still: their names
  /// by their daemons. They are cleaned when they answer. A base of which nothing else is left goes
  /// with the last of them.
  std::map<std::string, std::string> leaving;
  bool only_leaving() const { return plan.fleet && plan.machines.empty(); }
  friend bool operator==(const BaseIntent&, const BaseIntent&) = default;
};

/// When a lease ends (lease.h): a moment of this boot, and of the calendar for after another one.
struct LeaseEnd {
  std::string boot;         ///< id of the boot
  uint64_t boottime_s = 0;  ///< CLOCK_BOOTTIME of that boot
  uint64_t wall_s = 0;      ///< since 1970
  friend bool operator==(const LeaseEnd&, const LeaseEnd&) = default;
};

/// An internet that shall be there.
struct InternetIntent {
  plan::InternetPlan plan;
  std::string digest;  ///< of its description (digest.h)
  std::vector<std::string> namespaces;
  std::optional<LeaseEnd> lease_end;
  std::string tenant;       ///< whose it is; empty: the operator's
  uint64_t generation = 0;  ///< on a fleet: when it last changed (Store)
  friend bool operator==(const InternetIntent&, const InternetIntent&) = default;
};

/// What an internet stands on, a base or an internet, as far as its plan speaks of it.
struct Ground {
  std::string name;
  std::vector<std::string> machines;  ///< of the base, or nodes of the internet, by their numbers
  friend bool operator==(const Ground&, const Ground&) = default;
};
Ground ground_of(const plan::BasePlan& base);
Ground ground_of(const plan::InternetPlan& lower);

/// What an internet was, with what it stood on.
struct OldInternet {
  InternetIntent intent;
  Ground ground;
  friend bool operator==(const OldInternet&, const OldInternet&) = default;
};

/// A command that makes, changes or removes something and has not ended.
struct Operation {
  enum class Kind { kUp, kDown };
  Kind kind = Kind::kUp;
  pid_t pid = 0;                       ///< whose it is, or was
  std::vector<std::string> bases;      ///< that it makes or removes
  std::vector<std::string> internets;  ///< likewise
  /// What an `up` changes, as it was before: that is what it goes back to.
  std::vector<BaseIntent> old_bases;
  std::vector<OldInternet> old_internets;
  std::string id;           ///< on a fleet: random, in every call to its machines
  bool decided = false;     ///< on a fleet: every machine is prepared, so it will be completed
  uint64_t generation = 0;  ///< on a fleet: of what it makes
  friend bool operator==(const Operation&, const Operation&) = default;
};

struct State {
  std::map<std::string, BaseIntent> bases;
  std::map<std::string, InternetIntent> internets;
  std::optional<Operation> operation;
  friend bool operator==(const State&, const State&) = default;

  bool empty() const { return bases.empty() && internets.empty() && !operation; }
  /// All plans: bases first, then internets, lower before upper.
  plan::Plan running() const;
  /// Names of the internets, lower before upper, else by name.
  std::vector<std::string> in_layers() const;
  /// Names of the internets that stand on a base or an internet, not on each other.
  std::vector<std::string> standing_on(const std::string& name) const;
  /// Likewise with those that stand on these, and so on: lower before upper.
  std::vector<std::string> all_standing_on(const std::string& name) const;
  /// Names of the internets below one, the nearest first.
  std::vector<std::string> below(const std::string& internet) const;
  /// What this plan stands on; nothing where the state does not know it.
  std::optional<Ground> ground_of(const plan::InternetPlan& internet) const;
};

/// Something that happened, for people to read.
struct Event {
  uint64_t id = 0;       ///< grows; given by the store
  uint64_t time_us = 0;  ///< of the calendar, since 1970
  std::string kind;      ///< `up`, `change`, `down`, `repair`, ...
  std::string object;    ///< `fig11`, `fig11.A`; may be empty
  std::string text;
  friend bool operator==(const Event&, const Event&) = default;
};

/// `up`, or `pending`, `changing` or `removing` where the operation that has not ended names it.
std::string phase_of_base(const State& state, const std::string& name);
std::string phase_of_internet(const State& state, const std::string& name);

}  // namespace vinet::control
