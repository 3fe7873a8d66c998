#include "capture/pcapng.h"

#include <algorithm>

namespace vinet::capture {
namespace {

enum Block : uint32_t {
  kSection = 0x0a0d0d0a,
  kInterface = 1,
  kNames = 4,
  kStatistics = 5,
  kPacket = 6,
};

constexpr uint16_t kEthernet = 1;  // LINKTYPE_ETHERNET
constexpr uint16_t kComment = 1;   // the same option in every block

constexpr size_t kMostText = 65'532;  // an option's length has 16 bits, and is padded to 4 bytes
constexpr size_t kNamesInABlock = 500;

void put16(uint16_t value, std::string& out) {
  out += static_cast<char>(value & 0xff);
  out += static_cast<char>(value >> 8);
}
void put32(uint32_t value, std::string& out) {
  put16(static_cast<uint16_t>(value & 0xffff), out);
  put16(static_cast<uint16_t>(value >> 16), out);
}
void put64(uint64_t value, std::string& out) {
  put32(static_cast<uint32_t>(value & 0xffffffff), out);
  put32(static_cast<uint32_t>(value >> 32), out);
}
/// Times lie with their upper half first, whatever the byte order.
void put_time(uint64_t time_ns, std::string& out) {
  put32(static_cast<uint32_t>(time_ns >> 32), out);
  put32(static_cast<uint32_t>(time_ns & 0xffffffff), out);
}
void pad(size_t begin, std::string& out) {
  while ((out.size() - begin) % 4 != 0) out += '\0';
}

/// At most `most` bytes of the text, no character of UTF-8 cut.
std::string_view shortened(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  while (most > 0 && continues(text[most])) --most;
  return text.substr(0, most);
}

/// A block under construction: its length is known, and written twice, at the end.
class BlockWriter {
 public:
  BlockWriter(Block type, std::string& out) : out_(out), begin_(out.size()) {
    put32(type, out_);
    put32(0, out_);
  }
  ~BlockWriter() {
    if (has_options_) put32(0, out_);  // opt_endofopt
    const auto length = static_cast<uint32_t>(out_.size() - begin_ + 4);
    put32(length, out_);
    std::string field;
    put32(length, field);
    out_.replace(begin_ + 4, 4, field);
  }
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;

  void option(uint16_t code, std::string_view value) {
    has_options_ = true;
    put16(code, out_);
    put16(static_cast<uint16_t>(value.size()), out_);
    const size_t begin = out_.size();
    out_ += value;
    pad(begin, out_);
  }
  void text(uint16_t code, std::string_view value) {
    if (!value.empty()) option(code, shortened(value, kMostText));
  }
  void number(uint16_t code, uint64_t value) {
    std::string bytes;
    put64(value, bytes);
    option(code, bytes);
  }
  void time(uint16_t code, uint64_t time_ns) {
    std::string bytes;
    put_time(time_ns, bytes);
    option(code, bytes);
  }

 private:
  std::string& out_;
  const size_t begin_;
  bool has_options_ = false;
};

void put_name(const NameRecord& record, std::string& out) {
  std::string value;
  const bool ipv6 = net::is_ipv6(record.address);
  if (ipv6) {
    for (const uint8_t byte : std::get<net::Ipv6>(record.address).bytes) {
      value += static_cast<char>(byte);
    }
  } else {
    const uint32_t bits = std::get<net::Ipv4>(record.address).bits;  // in network order
    for (int shift = 24; shift >= 0; shift -= 8) value += static_cast<char>(bits >> shift & 0xff);
  }
  value += shortened(record.name, kMostText - value.size() - 1);
  value += '\0';
  put16(ipv6 ? 2 : 1, out);
  put16(static_cast<uint16_t>(value.size()), out);
  const size_t begin = out.size();
  out += value;
  pad(begin, out);
}

}  // namespace

void put_section(const Section& section, std::string& out) {
  BlockWriter block(kSection, out);
  put32(0x1a2b3c4d, out);  // byte-order magic
  put16(1, out);           // version 1.0
  put16(0, out);
  put64(~uint64_t{0}, out);  // length of the section: not known
  block.text(kComment, section.comment);
  block.text(3, section.os);
  block.text(4, section.application);
}

void put_interface(const Interface& interface, std::string& out) {
  BlockWriter block(kInterface, out);
  put16(kEthernet, out);
  put16(0, out);
  put32(interface.snap_bytes, out);
  block.text(kComment, interface.comment);
  block.text(2, interface.name);
  block.text(3, interface.description);
  if (interface.mac) {
    const auto& bytes = interface.mac->bytes;
    block.option(6, std::string(bytes.begin(), bytes.end()));
  }
  if (interface.speed_bps != 0) block.number(8, interface.speed_bps);
  block.option(9, "\x09");  // if_tsresol: 10⁻⁹ s
  // The first byte says that it is a text of libpcap's.
  if (!interface.filter.empty()) {
    block.option(11, '\0' + std::string(shortened(interface.filter, kMostText - 1)));
  }
}

void put_names(const std::vector<NameRecord>& names, std::string& out) {
  for (size_t i = 0; i < names.size();) {
    const BlockWriter block(kNames, out);
    const size_t end = std::min(names.size(), i + kNamesInABlock);
    for (; i < end; ++i) put_name(names[i], out);
    put32(0, out);  // nrb_record_end
  }
}

void put_packet(const PacketInfo& info, std::string_view bytes, std::string& out) {
  BlockWriter block(kPacket, out);
  put32(info.interface, out);
  put_time(info.time_ns, out);
  put32(static_cast<uint32_t>(bytes.size()), out);
  put32(std::max(info.original_bytes, static_cast<uint32_t>(bytes.size())), out);
  const size_t begin = out.size();
  out += bytes;
  pad(begin, out);
  const auto flags = static_cast<uint32_t>(info.direction) | static_cast<uint32_t>(info.reception)
                                                                 << 2;
  if (flags != 0) {
    std::string value;
    put32(flags, value);
    block.option(2, value);
  }
}

void put_statistics(const Statistics& statistics, std::string& out) {
  BlockWriter block(kStatistics, out);
  put32(statistics.interface, out);
  put_time(statistics.end_ns, out);
  block.time(2, statistics.begin_ns);
  block.time(3, statistics.end_ns);
  block.number(4, statistics.received);
  block.number(7, statistics.dropped);
  block.number(8, statistics.stored);
}

}  // namespace vinet::capture
