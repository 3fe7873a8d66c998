// Grounds: what internets are planned on, bases and internets alike, with the paths through them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "plan/base_paths.h"
#include "plan/plan.h"

namespace vinet::plan {

class Grounds {
 public:
  /// `plan` outlives it, and grows: what is asked for must be in it, whole, with all below it.
  explicit Grounds(const Plan& plan) : plan_(plan) {}

  /// The base of this name, or the internet as one (as_base.h); it must be there. Bases are not
  /// copied, so the answer holds until the plan's bases change.
  const BasePlan& base(const std::string& name);
  BasePaths& paths(const std::string& name);
  /// Null where it is a base.
  const InternetPlan* internet(const std::string& name) const;

 private:
  const Plan& plan_;
  std::map<std::string, BasePlan> internets_;
  std::map<std::string, BasePaths> paths_;
};

}  // namespace vinet::plan
