// pcapng, written: the blocks of a capture file as bytes (draft-ietf-opsawg-pcapng). Little-endian;
// time in nanoseconds; link type Ethernet.
//
//   | section | interface 0 | interface 1 ... | names | packet | packet ... | statistics 0 ... |
//
// Each function adds one block to `out`. Texts that are longer than an option can hold are cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/ip.h"
#include "net/mac.h"

namespace vinet::capture {

/// Section Header Block. Empty texts are left out.
struct Section {
  std::string os, application, comment;
};
void put_section(const Section& section, std::string& out);

/// Interface Description Block. What is empty, or 0, is left out; the first block of a section is
/// interface 0.
struct Interface {
  std::string name, description;
  std::string filter;  ///< in the language of libpcap
  std::string comment;
  uint32_t snap_bytes = 0;  ///< of a packet, as many are stored at most; 0: all
  uint64_t speed_bps = 0;
  std::optional<net::Mac> mac;
  friend bool operator==(const Interface&, const Interface&) = default;
};
void put_interface(const Interface& interface, std::string& out);

/// What an address is called.
struct NameRecord {
  net::IpAddress address;
  std::string name;
  friend auto operator<=>(const NameRecord&, const NameRecord&) = default;
};
/// Name Resolution Blocks, as many as are needed; none for no names.
void put_names(const std::vector<NameRecord>& names, std::string& out);

enum class Direction : uint8_t { kUnknown = 0, kIn = 1, kOut = 2 };
/// Whose the frame is by its destination, as the interface sees it.
enum class Reception : uint8_t {
  kUnknown = 0,
  kUnicast = 1,
  kMulticast = 2,
  kBroadcast = 3,
  kOther = 4  ///< another's: seen because somebody listens
};

/// Enhanced Packet Block.
struct PacketInfo {
  uint32_t interface = 0;
  uint64_t time_ns = 0;  ///< since 1970
  uint32_t original_bytes = 0;
  Direction direction = Direction::kUnknown;
  Reception reception = Reception::kUnknown;
};
/// `bytes` may be the begin of the packet only.
void put_packet(const PacketInfo& info, std::string_view bytes, std::string& out);

/// Interface Statistics Block.
struct Statistics {
  uint32_t interface = 0;
  uint64_t begin_ns = 0, end_ns = 0;  ///< of the capture
  uint64_t stored = 0;                ///< packets in the file
  uint64_t received = 0;              ///< by the interface's socket, `dropped` among them
  uint64_t dropped = 0;               ///< by the kernel, since they were read too slowly
};
void put_statistics(const Statistics& statistics, std::string& out);

}  // namespace vinet::capture
