#include "cli/layers.h"

#include <algorithm>

namespace vinet::cli {
namespace {

template <typename T>
const T* named(const std::vector<T>& all, const std::string& name) {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const T& one) { return one.name == name; });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace

std::optional<size_t> Layers::layer_of(const std::string& owner) const {
  if (base->name == owner) return 0;
  for (size_t i = 0; i < internets.size(); ++i) {
    if (internets[i]->name == owner) return i + 1;
  }
  return std::nullopt;
}

const std::string& Layers::name_of(size_t layer) const {
  return layer == 0 ? base->name : internet(layer).name;
}

Layers::Ends Layers::ends_of(
    size_t layer, const std::pair<net::Ipv4, net::Ipv4>& header,
    const std::optional<std::pair<net::Ipv4, net::Ipv4>>& base_header) const {
  const auto& [source, destination] = header;
  Ends ends{"", net::to_string(source), net::to_string(destination)};
  if (layer == 0) {
    for (const plan::MachinePlan& machine : base->machines) {
      if (machine.base_address == source) ends.from = machine.name;
      if (machine.base_address == destination) ends.to = machine.name;
    }
    return ends;
  }
  const auto& nodes = internet(layer).nodes;
  for (const plan::LinkPlan& link : internet(layer).links) {
    for (const auto& [a, b] : {std::pair(&link.a, &link.b), std::pair(&link.b, &link.a)}) {
      if (a->link_address != source || b->link_address != destination) continue;
      if (layer == 1 && base_header &&
          (a->base_address != base_header->first || b->base_address != base_header->second)) {
        continue;
      }
      return {link.name, nodes[a->node.index].name, nodes[b->node.index].name};
    }
  }
  return ends;
}

std::string Layers::far_end(size_t layer, const std::string& link, const std::string& node) const {
  if (layer == 0) return "";
  const plan::LinkPlan* plan = named(internet(layer).links, link);
  if (plan == nullptr) return "";
  const auto& nodes = internet(layer).nodes;
  const std::string &a = nodes[plan->a.node.index].name, &b = nodes[plan->b.node.index].name;
  return node == a ? b : node == b ? a : "";
}

std::string Layers::under(size_t layer, const std::string& node) const {
  const plan::NodePlan* plan = layer == 0 ? nullptr : named(internet(layer).nodes, node);
  if (plan == nullptr) return "";
  return layer == 1 ? base->machines[plan->machine.index].name
                    : internet(layer - 1).nodes[plan->machine.index].name;
}

std::string Layers::place_of(size_t layer, const std::string& node) const {
  const std::string below = under(layer, node);
  return below.empty() ? "" : name_of(layer - 1) + "." + below;
}

std::vector<std::string> Layers::places_of(size_t layer, const std::string& node) const {
  std::vector<std::string> places;
  std::string at = node;
  for (; layer > 0; --layer) {
    at = under(layer, at);
    if (at.empty()) break;
    places.push_back(name_of(layer - 1) + "." + at);
  }
  return places;
}

std::optional<Layers> layers_of(const control::State& state, const plan::InternetPlan& internet) {
  Layers layers;
  const plan::InternetPlan* at = &internet;
  while (layers.base == nullptr) {
    // A state that was damaged might say that internets stand on each other.
    if (layers.internets.size() > state.internets.size()) return std::nullopt;
    layers.internets.push_back(at);
    if (const auto base = state.bases.find(at->base); base != state.bases.end()) {
      layers.base = &base->second.plan;
    } else if (const auto lower = state.internets.find(at->base); lower != state.internets.end()) {
      at = &lower->second.plan;
    } else {
      return std::nullopt;
    }
  }
  std::reverse(layers.internets.begin(), layers.internets.end());
  return layers;
}

}  // namespace vinet::cli
