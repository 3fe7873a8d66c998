// What the members of a route are called in JSON: the same in plans and in slices.
#pragma once

#include "net/objects.h"
#include "plan/json_archive.h"

namespace vinet::plan::json {

/// By argument-dependent lookup: the overload for what a list holds.
inline constexpr auto kFields = [](auto& archive, auto& thing) { fields(archive, thing); };

template <typename Archive, Is<net::NextHop> T>
void fields(Archive& archive, T& hop) {
  auto& [via, device] = hop;
  archive("via", via);
  archive("device", device);
}

template <typename Archive, Is<net::Route> T>
void fields(Archive& archive, T& route) {
  auto& [destination, metric, type, via, device, source, others] = route;
  archive("destination", destination);
  archive("metric", metric);
  archive("type", type);
  archive("via", via);
  archive("device", device);
  archive("source", source);
  archive.list_if_any("others", others, kFields);
}

}  // namespace vinet::plan::json
