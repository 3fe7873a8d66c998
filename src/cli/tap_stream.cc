#include "cli/tap_stream.h"

#include <fmt/format.h>

namespace vinet::cli {
namespace {

constexpr size_t kHeadBytes = 5;
constexpr uint32_t kMostBytes = 1 << 20;  // no packet is longer

enum Kind : uint8_t { kHello = 1, kPacket, kRound, kEnded, kCounts };

template <typename Number>
void put(Number number, std::string& bytes) {
  for (size_t i = 0; i < sizeof number; ++i) {
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(number) >> 8 * i & 0xff));
  }
}

/// Reads numbers off the front; says at the end whether all were there.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <typename Number>
  Number take() {
    uint64_t number = 0;
    if (bytes_.size() < sizeof(Number)) {
      short_ = true;
      return 0;
    }
    for (size_t i = 0; i < sizeof(Number); ++i) {
      number |= uint64_t{static_cast<uint8_t>(bytes_[i])} << 8 * i;
    }
    bytes_.remove_prefix(sizeof(Number));
    return static_cast<Number>(number);
  }
  std::string rest() const { return std::string(bytes_); }
  bool was_short() const { return short_; }

 private:
  std::string_view bytes_;
  bool short_ = false;
};

struct Writer {
  std::string& bytes;
  uint8_t operator()(const TapHello& hello) const {
    put(hello.now_ns, bytes);
    bytes += hello.boot;
    return kHello;
  }
  uint8_t operator()(const capture::Packet& packet) const {
    put(packet.time_ns, bytes);
    put(packet.tap, bytes);
    put(packet.original_bytes, bytes);
    put(static_cast<uint8_t>(packet.direction), bytes);
    put(static_cast<uint8_t>(packet.reception), bytes);
    bytes += packet.bytes;
    return kPacket;
  }
  uint8_t operator()(const TapRound& round) const {
    put(round.complete_ns, bytes);
    return kRound;
  }
  uint8_t operator()(const capture::Round::End& end) const {
    put(end.tap, bytes);
    bytes += end.why;
    return kEnded;
  }
  uint8_t operator()(const TapCounts& counts) const {
    put(counts.tap, bytes);
    put(counts.counts.received, bytes);
    put(counts.counts.dropped, bytes);
    return kCounts;
  }
};

std::optional<TapRecord> record_of(uint8_t kind, Reader reader) {
  std::optional<TapRecord> record;
  if (kind == kHello) {
    TapHello hello;
    hello.now_ns = reader.take<uint64_t>();
    hello.boot = reader.rest();
    record = std::move(hello);
  } else if (kind == kPacket) {
    capture::Packet packet;
    packet.time_ns = reader.take<uint64_t>();
    packet.tap = reader.take<uint32_t>();
    packet.original_bytes = reader.take<uint32_t>();
    const auto direction = reader.take<uint8_t>();
    const auto reception = reader.take<uint8_t>();
    if (direction <= static_cast<uint8_t>(capture::Direction::kOut)) {
      packet.direction = static_cast<capture::Direction>(direction);
    }
    if (reception <= static_cast<uint8_t>(capture::Reception::kOther)) {
      packet.reception = static_cast<capture::Reception>(reception);
    }
    packet.bytes = reader.rest();
    record = std::move(packet);
  } else if (kind == kRound) {
    record = TapRound{reader.take<uint64_t>()};
  } else if (kind == kEnded) {
    capture::Round::End end;
    end.tap = reader.take<uint32_t>();
    end.why = reader.rest();
    record = std::move(end);
  } else if (kind == kCounts) {
    TapCounts counts;
    counts.tap = reader.take<uint32_t>();
    counts.counts.received = reader.take<uint64_t>();
    counts.counts.dropped = reader.take<uint64_t>();
    record = counts;
  }
  return reader.was_short() ? std::nullopt : record;
}

}  // namespace

void append(const TapRecord& record, std::string& bytes) {
  const size_t head = bytes.size();
  bytes.resize(head + kHeadBytes);
  const uint8_t kind = std::visit(Writer{bytes}, record);
  std::string length;
  put(static_cast<uint32_t>(bytes.size() - head - kHeadBytes), length);
  bytes[head] = static_cast<char>(kind);
  bytes.replace(head + 1, length.size(), length);
}

Result<std::optional<TapRecord>> take_record(std::string& bytes, size_t& at) {
  const std::string_view left = std::string_view(bytes).substr(at);
  if (left.size() < kHeadBytes) {
    bytes.erase(0, at);
    at = 0;
    return std::optional<TapRecord>();
  }
  Reader head(left);
  const auto kind = head.take<uint8_t>();
  const auto length = head.take<uint32_t>();
  if (length > kMostBytes) {
    return Error{Errc::kInvalidArgument, fmt::format("a record of {} bytes", length)};
  }
  if (left.size() < kHeadBytes + length) {
    bytes.erase(0, at);
    at = 0;
    return std::optional<TapRecord>();
  }
  auto record = record_of(kind, Reader(left.substr(kHeadBytes, length)));
  if (!record) {
    return Error{Errc::kInvalidArgument,
                 fmt::format("a record of kind {} with {} bytes", kind, length)};
  }
  at += kHeadBytes + length;
  return record;
}

}  // namespace vinet::cli
