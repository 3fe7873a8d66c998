#include "cli/trace_tree.h"

#include <algorithm>

namespace vinet::cli {
namespace {

using Event = machine::ProbeStep::Event;
using Addresses = std::pair<net::Ipv4, net::Ipv4>;

class Builder {
 public:
  explicit Builder(const Layers& layers) : layers_(layers), open_(layers.top() + 1, false) {}

  void take(const machine::ProbeStep& step) {
    const size_t layer = step.owner.empty() ? 0 : layers_.layer_of(step.owner).value_or(top());
    switch (step.event) {
      case Event::kPush:
        return push(step, layer);
      case Event::kPop:
        return pop(step);
      case Event::kDeliver:
        return deliver(step, layer);
      case Event::kDrop:
        return drop(step, layer);
    }
  }

  std::vector<Hop> take_all() { return std::move(roots_); }

 private:
  size_t top() const { return layers_.top(); }

  /// Whose step it was; in full where that is no node of these layers.
  std::string node_of(const machine::ProbeStep& step) const {
    return layers_.layer_of(step.owner) ? step.node : step.owner + "." + step.node;
  }

  /// The header of a layer, counted from the innermost one.
  std::optional<Addresses> header_of(const machine::ProbeStep& step, size_t layer) const {
    const size_t inside = top() - layer;  // headers within it
    if (inside >= step.headers.size()) return std::nullopt;
    return step.headers[step.headers.size() - 1 - inside];
  }

  /// The last hop of the lowest open layer that is not below this one; null if none is open.
  Hop* open_hop(size_t layer) {
    Hop* hop = nullptr;
    for (std::vector<Hop>* hops = &roots_; !hops->empty(); hops = &hops->back().carried_by) {
      if (hops->back().layer < layer) break;
      if (open_[hops->back().layer]) hop = &hops->back();
    }
    return hop;
  }

  /// What is open up to this layer got no further.
  void close(size_t layer, Hop::End end) {
    for (size_t l = 0; l <= std::min(layer, top()); ++l) {
      if (!open_[l]) continue;
      if (Hop* hop = open_hop(l); hop != nullptr && hop->layer == l) hop->end = end;
      open_[l] = false;
    }
  }

  Hop& open(size_t layer, const machine::ProbeStep& step) {
    Hop* above = layer < top() ? open_hop(layer + 1) : nullptr;
    std::vector<Hop>& hops = above != nullptr ? above->carried_by : roots_;
    Hop& hop = hops.emplace_back();
    hop.layer = layer;
    hop.in = layers_.name_of(layer);
    hop.header = header_of(step, layer);
    hop.pushed_by = step.machine;
    hop.ttl = step.inner_ttl;
    hop.source = step.inner_source;
    hop.destination = step.inner_destination;
    if (hop.header) {
      const Layers::Ends ends = layers_.ends_of(layer, *hop.header, header_of(step, 0));
      hop.link = ends.link;
      hop.from = ends.from;
      hop.to = ends.to;
    }
    open_[layer] = true;
    return hop;
  }

  void push(const machine::ProbeStep& step, size_t layer) {
    close(layer, Hop::End::kLost);
    Hop& first = open(layer, step);
    if (layer > 0) first.from = node_of(step);
    if (first.link.empty()) first.link = step.link;
    if (first.to.empty()) first.to = layers_.far_end(layer, step.link, step.node);
    const size_t pushed = step.headers.size();
    const size_t lowest = pushed > top() ? 0 : top() + 1 - pushed;
    for (size_t l = layer; l > lowest; --l) open(l - 1, step);
    if (lowest == 0) open_hop(0)->out_of = step.base_device;
    place();
  }

  void pop(const machine::ProbeStep& step) {
    if (open_[0]) open_hop(0)->in_from = step.base_device;
  }

  void deliver(const machine::ProbeStep& step, size_t layer) {
    if (layer == 0) return;
    if (!open_[layer]) carry_inside(step, layer);
    close(layer - 1, Hop::End::kArrived);
    Hop* hop = open_hop(layer);
    hop->to = node_of(step);
    hop->end = Hop::End::kArrived;
    place();
    open_[layer] = false;
  }

  /// A hop of which nothing was on the packet: both ends in one machine.
  void carry_inside(const machine::ProbeStep& step, size_t layer) {
    const Hop* above = layer < top() ? open_hop(layer + 1) : nullptr;
    const bool is_next = above != nullptr && above->layer == layer + 1;
    std::string from;
    if (is_next && !above->carried_by.empty()) {
      from = above->carried_by.back().to;
    } else if (is_next) {
      from = layers_.under(above->layer, above->from);
    }
    Hop& hop = open(layer, step);
    hop.header = std::nullopt;
    hop.link = step.link;
    hop.from = from.empty() ? layers_.far_end(layer, step.link, step.node) : from;
  }

  void drop(const machine::ProbeStep& step, size_t layer) {
    Hop* hop = open_hop(layer);
    const bool is_its = hop != nullptr && hop->layer == layer;
    if (layer > 0 && !is_its) {  // by the program that should have sent it
      close(layer, Hop::End::kLost);
      Hop& fresh = open(layer, step);
      fresh.from = node_of(step);
      fresh.link = step.link;
      if (fresh.to.empty()) fresh.to = layers_.far_end(layer, step.link, step.node);
      hop = &fresh;
    } else if (hop == nullptr) {
      hop = &open(top(), step);
    }
    if (layer > 0) close(layer - 1, Hop::End::kArrived);
    hop->end = Hop::End::kDropped;
    hop->reason = step.reason;
    hop->dropped_at = step.machine;
    place();
    std::fill(open_.begin(), open_.end(), false);
  }

  /// Says where the ends of the open hops stand.
  void place() {
    for (std::vector<Hop>* hops = &roots_; !hops->empty(); hops = &hops->back().carried_by) {
      Hop& hop = hops->back();
      if (hop.layer == 0) return;
      hop.from_at = layers_.place_of(hop.layer, hop.from);
      hop.to_at = layers_.place_of(hop.layer, hop.to);
    }
  }

  const Layers& layers_;
  std::vector<Hop> roots_;
  std::vector<bool> open_;  // by layer
};

}  // namespace

std::vector<Hop> hops_of(const machine::ProbeReport& report, const Layers& layers, bool reply) {
  Builder builder(layers);
  for (const machine::ProbeStep& step : report.steps) {
    if (step.reply == reply) builder.take(step);
  }
  return builder.take_all();
}

const Hop* dropped_in(const std::vector<Hop>& hops) {
  for (const Hop& hop : hops) {
    if (hop.end == Hop::End::kDropped) return &hop;
    if (const Hop* inside = dropped_in(hop.carried_by)) return inside;
  }
  return nullptr;
}

}  // namespace vinet::cli
