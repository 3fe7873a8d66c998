// Layers: what stands on what, of a description and what runs together, and so in which order it is
// planned.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/plan.h"

namespace vinet::plan {

class Layers {
 public:
  /// Both outlive it.
  Layers(const graph::Graph& graph, const Plan& running);

  /// Lower before upper, else as in the file. Besides the internets of the file there are those
  /// that only run: first those that are stood on, each before what stands on it, and at the end
  /// those that stand on one of the file.
  const std::vector<std::string>& order() const { return order_; }
  bool is_stood_on(size_t position) const { return position < first_upper_; }
  /// Null where the file does not describe it.
  const graph::Internet* described(const std::string& name) const;
  /// Described internets that stand on themselves, one of each cycle.
  const std::vector<const graph::Internet*>& cycles() const { return cycles_; }

  /// What an internet stands on; null if this is none.
  const std::string* below(const std::string& name) const;
  /// The base under an internet or base, all layers down.
  const std::string& bottom(const std::string& name) const;

 private:
  void add(const std::string& name);
  bool stands_on_described(const InternetPlan& internet) const;

  std::map<std::string, const InternetPlan*> running_;
  std::map<std::string, const graph::Internet*> described_;
  std::vector<std::string> order_;
  size_t first_upper_ = 0;
  std::set<std::string> begun_;
  std::vector<const graph::Internet*> cycles_;
};

}  // namespace vinet::plan
