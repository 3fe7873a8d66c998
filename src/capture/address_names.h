// What the addresses of a capture are called, in all layers: `fig11.A` an end address of node A,
// `fig11.A-B@A` a link address, `lab.X` a base address.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "capture/pcapng.h"
#include "plan/plan.h"

namespace vinet::capture {

class AddressNames {
 public:
  /// Once for each, however often it is asked for.
  void add(const plan::BasePlan& base);
  void add(const plan::InternetPlan& internet);

  /// Sorted. An address that several have (SITN) gets all their names: `one.A/two.A`.
  std::vector<NameRecord> records() const;

 private:
  std::set<const void*> added_;
  std::map<net::IpAddress, std::set<std::string>> names_;
};

}  // namespace vinet::capture
