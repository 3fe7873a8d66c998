// Recorder: packets in, bytes of a capture file out.
//
//   round --> TimeOrder --> Sorter of its tap --> pcapng
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "capture/layout.h"
#include "capture/pcapng.h"
#include "capture/sorter.h"
#include "capture/source.h"
#include "capture/time_order.h"

namespace vinet::capture {

class Recorder {
 public:
  struct Limits {
    uint32_t snap_bytes = 0;    ///< stored of a packet; 0: all
    uint64_t most_packets = 0;  ///< 0: any number
  };
  Recorder(const Layout& layout, const Limits& limits);

  /// The begin of the file: section, interfaces, names.
  void begin(const Section& section, uint64_t now_ns, std::string& out);
  /// The packets that are certain to be next.
  void take(Round round, std::string& out);
  /// All that is still held back, and the statistics. `counts`: of each tap.
  void end(const std::vector<PacketSource::Counts>& counts, uint64_t now_ns, std::string& out);

  /// As many packets are in the file as shall be.
  bool full() const { return limits_.most_packets != 0 && stored_ == limits_.most_packets; }
  /// Are packets held back for the sake of order?
  bool holds_back() const { return !order_.empty(); }

  uint64_t stored() const { return stored_; }
  uint64_t stored_bytes() const { return stored_bytes_; }  ///< of the packets as they were
  const std::vector<Statistics>& statistics() const { return statistics_; }  ///< by interface

 private:
  void put(const Packet& packet, std::string& out);

  const Layout& layout_;
  const Limits limits_;
  std::vector<Sorter> sorters_;  // by tap
  TimeOrder order_;
  std::vector<Statistics> statistics_;
  uint64_t stored_ = 0, stored_bytes_ = 0;
};

}  // namespace vinet::capture
