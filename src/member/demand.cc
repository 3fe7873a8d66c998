#include "member/demand.h"

namespace vinet::member {

Demand& Demand::operator+=(const Demand& other) {
  nodes += other.nodes;
  devices += other.devices;
  memory_bytes += other.memory_bytes;
  return *this;
}

Demand demand_of(const fleet::Holding& holding) {
  Demand demand;
  for (const slice::Slice& slice : holding.slices) {
    for (const slice::Namespace& space : slice.namespaces) demand.nodes += space.own ? 0 : 1;
    demand.devices += slice.veths.size();
  }
  demand.memory_bytes = demand.nodes * kNodeBytes + demand.devices * kLinkEndBytes;
  return demand;
}

Demand demand_of(const Records& records) {
  Demand demand;
  for (const auto& [owner, record] : records) demand += demand_of(record->holding);
  return demand;
}

}  // namespace vinet::member
