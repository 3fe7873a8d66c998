// A machine to run the programs in: a network namespace with real interfaces, routes and
// neighbours, so that the FIB answers as it would, and the maps of one load of the programs.
//
//   base      192.0.2.1/24, `lo` 198.51.100.1; 192.0.2.2 is a neighbour, 192.0.2.3 is not known yet
//   narrow    203.0.113.1/24, MTU 1000; 203.0.113.2 is a neighbour
//   backside1 .. backside8
//
//   198.51.100.2 via 192.0.2.2    198.51.100.3 via 192.0.2.3    198.51.100.4 via 203.0.113.2
//   198.51.100.5 has no route     198.51.100.6 is unreachable by a route that says so
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/model.h"
#include "vi_abi.h"

struct bpf_object;

namespace vinet::progrun {

using model::Bytes;

constexpr uint32_t address(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return static_cast<uint32_t>(a) << 24 | b << 16 | c << 8 | d;
}

constexpr uint32_t kBaseAddress = address(198, 51, 100, 1);
constexpr uint32_t kNear = address(198, 51, 100, 2);
constexpr uint32_t kNoNeighbour = address(198, 51, 100, 3);
constexpr uint32_t kBehindNarrow = address(198, 51, 100, 4);
constexpr uint32_t kNoRoute = address(198, 51, 100, 5);
constexpr uint32_t kUnreachable = address(198, 51, 100, 6);
constexpr int kBacksides = 8;

using Mac = std::array<uint8_t, 6>;
constexpr Mac kNextHopMac = {0x02, 0, 0, 0, 0, 0xa2};
constexpr Mac kNarrowHopMac = {0x02, 0, 0, 0, 0, 0xa4};

constexpr int kRedirect = 7;  ///< TC_ACT_REDIRECT
constexpr int kShot = 2;      ///< TC_ACT_SHOT
constexpr int kUnspec = -1;   ///< TC_ACT_UNSPEC

/// What a program made of a frame.
struct Outcome {
  int error = 0;  ///< errno of the run itself; the frame then never met the program
  int verdict = 0;
  Bytes frame;
  uint32_t priority = 0;  ///< of the packet afterwards; kOldPriority before
  uint32_t mark = 0;      ///< of the packet afterwards
};
inline constexpr uint32_t kOldPriority = 0xdeadbeef;

class Machine {
 public:
  /// The one machine of this process. Why there is none is in `refusal`.
  static Machine& instance();
  static const std::string& refusal();

  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Forgets all links, ends and counts.
  void reset();

  uint32_t backside(int n) const { return backsides_.at(n - 1); }  ///< ifindex, n from 1
  uint32_t base() const { return base_; }
  uint32_t narrow() const { return narrow_; }
  const Mac& base_mac() const { return base_mac_; }
  const Mac& narrow_mac() const { return narrow_mac_; }

  void add_link(uint32_t backside, const vi_link& link);
  void add_link(uint32_t backside, const model::Link& link);  ///< and its long stack, its sources
  void add_stack(uint32_t backside, const model::Link& link);
  void add_end(const model::Key& key, const vi_end& end);
  void add_end(const model::Upper& key, const vi_end& end);
  void add_own(uint32_t link_address, uint32_t backside);
  void add_own(uint64_t node, uint32_t link_address, uint32_t backside);
  void add_counters(uint32_t backside);
  void add_shape(uint32_t backside, const vi_shape_state& state);
  void set_probe(uint64_t nonce);
  void set_node(uint64_t node);  ///< the machine is this node, and has no base address
  void set_reassembly(uint32_t parts, uint32_t whole);
  void put_path(uint32_t far, const vi_path& path);
  vi_heard heard(uint32_t far) const;  ///< of a base path; zeros if nothing
  void forget_heard();
  /// As if the first fragment with this source and identification had come `ago_ns` ago.
  void age_part(uint32_t src, uint16_t id, uint64_t ago_ns);
  void remove_counters(uint32_t backside);

  /// Runs a program on a frame that came in on `ifindex`. A socket owns it.
  Outcome run(const char* program, uint32_t ifindex, const Bytes& frame, uint32_t gso_size = 0,
              uint32_t gso_segs = 0, uint32_t mark = 0);
  /// Nanoseconds of one run, mean of `repeat`.
  uint32_t time_ns(const char* program, uint32_t ifindex, const Bytes& frame, int repeat);

  /// The same for frames that the program changes: each run gets the frame as it was. What the
  /// kernel measured of the program alone; 0 where it does not.
  double run_ns(const char* program, uint32_t ifindex, const Bytes& frame, int times);

  vi_counters counters(uint32_t backside) const;  ///< summed over the CPUs
  std::vector<vi_record> take_records();

 private:
  Machine();
  std::string set_up();
  int map(const char* name) const;
  void clear(const char* name);

  bpf_object* object_ = nullptr;
  std::array<uint32_t, kBacksides> backsides_{};
  uint32_t base_ = 0;
  uint32_t narrow_ = 0;
  Mac base_mac_{};
  Mac narrow_mac_{};
  std::string refusal_;
};

/// A map value that pushes these headers, outermost first. Those of a long stack are not in it.
vi_link link_of(const model::Link& link);

/// The key as the programs hold it, in network byte order.
vi_key key_of(const model::Key& key);
vi_upper key_of(const model::Upper& key);

}  // namespace vinet::progrun
