#include "cli/carried.h"

#include "cli/ways_now.h"

namespace vinet::cli {

CarriedAt carried_by(const control::State& state, const std::vector<std::string>& uppers,
                     const std::vector<machine::LinkCounters>& counted,
                     const std::vector<slice::Slice>& observed) {
  constexpr uint64_t kHeaderBytes = 20;  // DESIGN §3
  using End = std::tuple<std::string, std::string, std::string>;
  std::map<End, const machine::LinkCounters*> by_end;
  for (const machine::LinkCounters& one : counted) {
    by_end[{one.owner, one.link, one.node}] = &one;
  }
  CarriedAt carried;
  for (const std::string& upper : uppers) {
    const auto intent = state.internets.find(upper);
    if (intent == state.internets.end()) continue;
    const std::optional<Layers> layers = layers_of(state, intent->second.plan);
    if (!layers) continue;
    for (const EndNow& end : ends_now(observed, *layers)) {
      const auto counters = by_end.find({upper, end.link, end.node});
      if (counters == by_end.end()) continue;
      const machine::LinkCounters& own = *counters->second;
      for (const HeaderNow& header : end.headers) {
        if (header.layer == 0 || header.layer == layers->top()) continue;
        const uint64_t more = kHeaderBytes * (layers->top() - header.layer);  // headers inside
        Carried& at = carried[{layers->name_of(header.layer), header.ends.link, header.ends.from}];
        at.tx_packets += own.tx_packets;
        at.tx_bytes += own.tx_bytes + more * own.tx_packets;
        at.rx_packets += own.rx_packets;
        at.rx_bytes += own.rx_bytes + more * own.rx_packets;
      }
    }
  }
  return carried;
}

}  // namespace vinet::cli
