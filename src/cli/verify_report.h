// What `vinet verify` found, and how it is told.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "machine/machine.h"
#include "plan/model_check.h"

namespace vinet::cli {

/// Of one base or internet.
struct Verified {
  std::string name;
  bool internet = false;
  size_t nodes = 0, links = 0;  ///< planned; of a base its machines
  plan::ModelReport model;      ///< faults of keys among them
  std::vector<machine::Finding> findings;
  machine::Compared compared;
  size_t faults() const;
};

struct VerifyReport {
  std::vector<std::string> faults;  ///< of no object: of the state, of leftovers
  std::vector<Verified> objects;
  std::optional<machine::CanaryReport> canary;  ///< where it was asked for
  size_t fault_count() const;
};

/// `most`: findings told of each object and weight, before `and 7 more`; 0: all.
std::string text_of(const VerifyReport& report, size_t most, bool colour);
nlohmann::json json_of(const VerifyReport& report);

}  // namespace vinet::cli
