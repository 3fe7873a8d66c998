#include "plan/grounds.h"

#include "plan/as_base.h"
#include "support/check.h"

namespace vinet::plan {

const BasePlan& Grounds::base(const std::string& name) {
  if (const BasePlan* base = plan_.find_base(name)) return *base;
  const auto known = internets_.find(name);
  if (known != internets_.end()) return known->second;
  const InternetPlan* internet = plan_.find_internet(name);
  VINET_CHECK(internet != nullptr);
  return internets_.emplace(name, as_base(*internet, &plan_)).first->second;
}

BasePaths& Grounds::paths(const std::string& name) {
  return paths_.try_emplace(name, base(name)).first->second;
}

const InternetPlan* Grounds::internet(const std::string& name) const {
  return plan_.find_base(name) != nullptr ? nullptr : plan_.find_internet(name);
}

}  // namespace vinet::plan
