#include "plan/layers.h"

#include <algorithm>

namespace vinet::plan {

Layers::Layers(const graph::Graph& graph, const Plan& running) {
  for (const InternetPlan& internet : running.internets) {
    running_.emplace(internet.name, &internet);
  }
  for (const graph::Internet& internet : graph.internets) {
    described_.emplace(internet.name, &internet);
  }
  for (const graph::Internet& internet : graph.internets) add(internet.name);
  first_upper_ = order_.size();
  for (const InternetPlan& internet : running.internets) {
    if (stands_on_described(internet)) add(internet.name);
  }
}

const graph::Internet* Layers::described(const std::string& name) const {
  const auto it = described_.find(name);
  return it == described_.end() ? nullptr : it->second;
}

const std::string* Layers::below(const std::string& name) const {
  if (const graph::Internet* internet = described(name)) return &internet->on;
  const auto internet = running_.find(name);
  return internet == running_.end() ? nullptr : &internet->second->base;
}

const std::string& Layers::bottom(const std::string& name) const {
  const std::string* at = &name;
  for (size_t layers = 0; layers <= described_.size() + running_.size(); ++layers) {
    const std::string* next = below(*at);
    if (next == nullptr) break;
    at = next;
  }
  return *at;
}

void Layers::add(const std::string& name) {
  std::vector<std::string> way;  // down
  for (const std::string* at = &name; at != nullptr && below(*at) != nullptr; at = below(*at)) {
    if (const auto seen = std::find(way.begin(), way.end(), *at); seen != way.end()) {
      const auto one =
          std::find_if(seen, way.end(), [&](const auto& x) { return described(x) != nullptr; });
      if (one != way.end()) cycles_.push_back(described(*one));
      break;
    }
    if (!begun_.insert(*at).second) break;
    way.push_back(*at);
  }
  order_.insert(order_.end(), way.rbegin(), way.rend());
}

bool Layers::stands_on_described(const InternetPlan& internet) const {
  const std::string* at = &internet.name;
  for (size_t layers = 0; at != nullptr && layers <= running_.size(); ++layers) {
    at = below(*at);
    if (at != nullptr && described(*at) != nullptr) return true;
  }
  return false;
}

}  // namespace vinet::plan
