#include "cli/counters.h"

namespace vinet::cli {

using nlohmann::json;

bool about(const Object& object, const machine::LinkCounters& counters) {
  switch (object.kind) {
    case Object::Kind::kBase:
      return true;  // only what stands on it has been counted
    case Object::Kind::kMachine:
      return counters.machine == name_of(object);
    case Object::Kind::kBaseLink:
      return false;
    case Object::Kind::kInternet:
      return counters.owner == object.internet->name;
    case Object::Kind::kNode:
      // As an anchor it counts what belongs to no link, too.
      return (counters.link.empty() && counters.machine == name_of(object)) ||
             (counters.owner == object.internet->name &&
              counters.node == object.internet->nodes[object.index].name);
    case Object::Kind::kLink:
      return counters.owner == object.internet->name &&
             counters.link == object.internet->links[object.index].name;
  }
  return false;
}

json json_of(const machine::LinkCounters& counters) {
  json drops = json::object();
  for (const auto& [reason, n] : counters.drops) {
    drops[reason] = n;
  }
  return {{"machine", counters.machine},
          {"internet", counters.owner},
          {"link", counters.link},
          {"node", counters.node},
          {"tx_packets", counters.tx_packets},
          {"tx_bytes", counters.tx_bytes},
          {"rx_packets", counters.rx_packets},
          {"rx_bytes", counters.rx_bytes},
          {"drops", drops}};
}

}  // namespace vinet::cli
