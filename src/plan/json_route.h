// What the members of a route are called in JSON: the same in plans and in slices.
#pragma once

#include "net/objects.h"
#include "plan/json_archive.h"

namespace vinet::plan::json {

/// By argument-dependent lookup: the overload for what a list holds.
inline constexpr auto kFields = [](auto& archive, auto& thing) { fields(archive, thing); };

template <typename Archive, Is<net::Route> T>
void fields(Archive& archive, T& route) {
  archive("destination", route.destination);
  archive("metric", route.metric);
  archive("type", route.type);
  archive("via", route.via);
  archive("device", route.device);
  archive("source", route.source);
}

}  // namespace vinet::plan::json
