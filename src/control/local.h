// What the files of LocalController share.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "control/controller.h"
#include "control/lease.h"

namespace vinet::control {

/// The kernel's "no such device" is not the user's "no such internet": only what a user can act
/// upon keeps its code.
inline Error from_machine(Error error, const std::string& attempt) {
  switch (error.code) {
    case Errc::kCancelled:
    case Errc::kPermissionDenied:
    case Errc::kUnimplemented:
    case Errc::kAlreadyExists:
    case Errc::kResourceExhausted:
      break;
    default:
      error.code = Errc::kInternal;
  }
  return std::move(error).within(attempt);
}

inline machine::Options options_for(const std::string& name, const Options& options,
                                    bool stoppable) {
  machine::Options result;
  if (options.progress) {
    result.progress = [name, progress = options.progress](const std::string& stage, size_t done,
                                                          size_t total) {
      progress(name + ": " + stage, done, total);
    };
  }
  if (stoppable) {
    result.stop = options.stop;
  }
  return result;
}

inline void note(const Options& options, const std::string& line) {
  if (options.note) {
    options.note(line);
  }
}

inline bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

inline void add(std::vector<std::string>& names, const std::string& name) {
  if (!has(names, name)) {
    names.push_back(name);
  }
}

inline std::string list_of(const Operation& operation) {
  std::vector<std::string> names = operation.internets;
  for (const OldInternet& old : operation.old_internets) {
    add(names, old.intent.plan.name);
  }
  names.insert(names.end(), operation.bases.begin(), operation.bases.end());
  for (const BaseIntent& old : operation.old_bases) {
    add(names, old.plan.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

inline void add_event(Changes& changes, const Clocks& now, const std::string& kind,
                      const std::string& object, const std::string& text) {
  changes.events.push_back({0, now.wall_us, kind, object, text});
}

}  // namespace vinet::control
