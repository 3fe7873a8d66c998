#include "capture/recorder.h"

#include <limits>

namespace vinet::capture {
namespace {

/// A node receives a packet at the very time at which what it stands on did, since the kernel
/// stamps it once; and sends it before that does.
int rank_of(const Tap& tap, Direction direction) {
  const int layer = static_cast<int>(tap.layer);
  return direction == Direction::kOut ? -layer : layer;
}

}  // namespace

Recorder::Recorder(const Layout& layout, const Limits& limits)
    : layout_(layout), limits_(limits), sorters_(layout.taps.size()) {
  for (size_t i = 0; i < layout.taps.size(); ++i) {
    for (const Tap::Claim& claim : layout.taps[i].claims) {
      if (claim.under.empty()) {
        sorters_[i].add(claim.key, claim.interface);
      } else {
        sorters_[i].add_under(claim.key.front(), claim.under, claim.interface);
      }
    }
    if (layout.taps[i].rest) sorters_[i].set_rest(*layout.taps[i].rest);
  }
}

void Recorder::begin(const Section& section, uint64_t now_ns, std::string& out) {
  put_section(section, out);
  for (Interface interface : layout_.interfaces) {
    interface.snap_bytes = limits_.snap_bytes;
    put_interface(interface, out);
    Statistics statistics;
    statistics.interface = static_cast<uint32_t>(statistics_.size());
    statistics.begin_ns = now_ns;
    statistics_.push_back(statistics);
  }
  put_names(layout_.names, out);
}

void Recorder::take(Round round, std::string& out) {
  for (Packet& packet : round.packets) {
    const int rank = rank_of(layout_.taps[packet.tap], packet.direction);
    order_.push(std::move(packet), rank);
  }
  order_.release(round.complete_ns, [&](const Packet& packet) { put(packet, out); });
}

void Recorder::end(const std::vector<PacketSource::Counts>& counts, uint64_t now_ns,
                   std::string& out) {
  order_.release(std::numeric_limits<uint64_t>::max(),
                 [&](const Packet& packet) { put(packet, out); });
  const auto count = [&](uint32_t interface, const PacketSource::Counts& of_tap) {
    statistics_[interface].received = of_tap.received;
    statistics_[interface].dropped = of_tap.dropped;
  };
  for (size_t i = 0; i < layout_.taps.size(); ++i) {
    for (const Tap::Claim& claim : layout_.taps[i].claims) count(claim.interface, counts[i]);
    if (layout_.taps[i].rest) count(*layout_.taps[i].rest, counts[i]);
  }
  for (Statistics& statistics : statistics_) {
    statistics.end_ns = now_ns;
    put_statistics(statistics, out);
  }
}

void Recorder::put(const Packet& packet, std::string& out) {
  if (full()) return;
  const std::optional<uint32_t> interface = sorters_[packet.tap].interface_of(packet.bytes);
  if (!interface) return;
  std::string_view bytes = packet.bytes;
  if (limits_.snap_bytes != 0) bytes = bytes.substr(0, limits_.snap_bytes);
  put_packet(
      {*interface, packet.time_ns, packet.original_bytes, packet.direction, packet.reception},
      bytes, out);
  ++statistics_[*interface].stored;
  ++stored_;
  stored_bytes_ += packet.original_bytes;
}

}  // namespace vinet::capture
