// What reads packets, under random bytes: the link layer's header walk and writer (bpf/vi_parse.h,
// vi_encap.h) against the plain model, ICMP messages that echo sockets get, records of the traced
// probe. Whatever is read: no crash, no byte beyond the end (each packet lies in memory of just its
// size), and what is accepted says what is there.
//
// faults.md F-111.
//
// The first byte chooses what the rest is, and whether headers get right checksums, lengths and
// keys first: no fuzzer guesses a checksum.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/headers.h"
#include "capture/pcapng.h"
#include "capture/sorter.h"
#include "fail.h"
#include "machine/icmp.h"
#include "machine/probe.h"
#include "support/model.h"
#include "vi_encap.h"

namespace {

using vinet::model::Bytes;
namespace model = vinet::model;

std::string hex(const Bytes& bytes) {
  std::string text;
  char two[3];
  for (const uint8_t byte : bytes) {
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

vi_header header_at(const uint8_t* bytes) {
  vi_header h;
  std::memcpy(&h, bytes, sizeof h);
  return h;
}

void mend_checksum(Bytes& p, size_t at) {
  if (p.size() < at + 20) return;
  model::put16(p, at + 10, 0);
  model::put16(p, at + 10, model::checksum(p, at, 20));
}

/// What the walk of vi_base says of a packet: a reason to drop it, or where its inside is.
struct Walked {
  vi_reason reason = VI_DROP_NONE;
  size_t headers = 2;  ///< base, link, and those of links on nodes
  uint32_t inner_bytes = 0;
  uint8_t version = 4;
  uint8_t ecn = 0;
};
Walked walk(const uint8_t* packet, size_t bytes, size_t layers) {
  Walked out;
  vi_walk state{};
  const vi_header base = header_at(packet), link = header_at(packet + 20);
  out.reason = vi_walk_base(&state, &base, static_cast<__u32>(bytes), 0);
  if (out.reason == VI_DROP_NONE) out.reason = vi_walk_next(&state, &link);
  while (out.reason == VI_DROP_NONE) {
    const size_t at = 20 * out.headers;
    out.inner_bytes = state.bytes - VI_HEADER_BYTES;
    out.version = state.protocol == VI_PROTO_IPV6 ? 6 : 4;
    out.ecn = state.ecn;
    if (bytes < at + 1 || !vi_inner_ok(out.version, packet[at], out.inner_bytes)) {
      out.reason = VI_DROP_MALFORMED;
      break;
    }
    if (out.version == 6 || out.headers >= 2 + layers ||
        (packet[at + 9] != 4 && packet[at + 9] != 41))
      break;
    const vi_header next = header_at(packet + at);
    out.reason = vi_walk_next(&state, &next);
    ++out.headers;
  }
  return out;
}

/// The bytes inside as vi_base hands them over, congestion marks moved inward; nothing if it drops
/// them.
Bytes inside(const uint8_t* packet, const Walked& walked) {
  const uint8_t* first = packet + 20 * walked.headers;
  Bytes inner(first, first + walked.inner_bytes);
  if (walked.ecn == VI_ECN_DROP) return {};
  const uint8_t before = vi_inner_tos(walked.version, inner[0], inner[1]) & VI_ECN_MASK;
  const uint8_t ecn = vi_ecn_decap(walked.ecn, before);
  if (ecn == VI_ECN_DROP) return {};
  if (ecn == before) return inner;
  if (walked.version == 6) {
    inner[1] = static_cast<uint8_t>((inner[1] & ~(VI_ECN_MASK << 4)) | ecn << 4);
    return inner;
  }
  __u16 old_word, new_word, check;
  std::memcpy(&old_word, &inner[0], 2);
  inner[1] = static_cast<uint8_t>((inner[1] & ~VI_ECN_MASK) | ecn);
  std::memcpy(&new_word, &inner[0], 2);
  std::memcpy(&check, &inner[10], 2);
  check = vi_check_update(check, old_word, new_word);
  std::memcpy(&inner[10], &check, 2);
  return inner;
}

/// A packet from the base to a machine that has a link with just its addresses, and on its node
/// links with just those of up to seven headers above.
void from_the_base(Bytes p, bool mended) {
  if (p.size() < 40) return;
  const size_t layers = p[5] % 8;  // of the identification
  if (mended) {
    const size_t padding = p[8] % 4;
    if (p.size() < 40 + padding || p.size() > 65'535) return;
    for (size_t i = 0, at = 0; i < 2 + layers && at + 20 <= p.size() - padding; ++i, at += 20) {
      const bool last = i == 1 + layers || at + 40 > p.size() - padding;
      p[at] = 0x45;
      p[at + 9] = last && p.size() > at + 20 && p[at + 20] >> 4 == 6 ? 41 : 4;
      p[at + 6] &= 0xc0;
      p[at + 7] = 0;
      model::put16(p, at + 2, static_cast<uint16_t>(p.size() - padding - at));
    }
  }
  if (mended || p[8] % 2 == 0) {
    for (size_t at = 0; at < 20 * (2 + layers); at += 20) mend_checksum(p, at);
  }
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[p.size()]);
  std::copy(p.begin(), p.end(), memory.get());
  const Walked got = walk(memory.get(), p.size(), layers);

  model::Machine machine;
  machine.base_address = model::get32(p, 16);
  machine.own[model::get32(p, 36)] = 1;
  machine
      .ends[{model::get32(p, 12), model::get32(p, 16), model::get32(p, 32), model::get32(p, 36)}] =
      1;
  machine.nodes[1] = 1;
  for (uint32_t i = 1; i <= layers && 40 + 20 * i <= p.size(); ++i) {
    const size_t at = 20 + 20 * size_t{i};
    machine.uppers[{i, model::get32(p, at + 12), model::get32(p, at + 16)}] = 1 + i;
    machine.nodes[1 + i] = 1 + i;
  }
  // Fragments and ICMP between the ends of a link are for no node: what becomes of them is not the
  // walk's to say.
  if ((model::get16(p, 6) & 0x3fff) != 0) {
    if (got.reason == VI_DROP_NONE) fail("a fragment is taken for a whole packet", hex(p), "");
    return;
  }
  if (p[29] == VI_PROTO_ICMP) return;
  const auto said = model::decapsulate(machine, p);
  if (const auto* delivered = std::get_if<model::Delivered>(&said)) {
    if (got.reason != VI_DROP_NONE)
      fail("the model delivers, the walk does not", hex(p), std::to_string(got.reason));
    const Bytes inner = inside(memory.get(), got);
    if (inner != delivered->packet)
      fail("another packet inside", hex(delivered->packet), hex(inner));
  } else if (const auto* dropped = std::get_if<model::Dropped>(&said)) {
    if (dropped->reason == VI_DROP_ECN) {
      if (got.reason != VI_DROP_NONE || !inside(memory.get(), got).empty())
        fail("congestion is lost", hex(p), "");
    } else if (got.reason != dropped->reason) {
      fail("another reason", hex(p), std::to_string(got.reason));
    }
  }
}

/// A packet of a node into a stack of headers, and the walk out of it again.
void into_a_link(const Bytes& data) {
  if (data.size() < 2) return;
  model::Link link{{}, 60'000, true};
  size_t at = 1;
  for (size_t i = 0; i < 1U + data[0] % 72 && at + 8 <= data.size(); ++i, at += 8)
    link.stack.push_back({model::get32(data, at), model::get32(data, at + 4)});
  const Bytes inner(data.begin() + static_cast<long>(at), data.end());
  if (link.stack.empty() || inner.empty()) return;
  const uint8_t version = inner[0] >> 4;
  const auto said = model::encapsulate(link, version == 6 ? 0x86dd : 0x0800, inner);
  const auto bytes = static_cast<uint32_t>(inner.size());
  const bool ok = (version == 4 || version == 6) && vi_inner_ok(version, inner[0], bytes);
  const auto* sent = std::get_if<model::Sent>(&said);
  if (ok != (sent != nullptr)) fail("the model does not agree whether it is IP", hex(inner), "");
  if (!ok) return;

  const auto count = static_cast<uint32_t>(link.stack.size());
  const uint32_t total = bytes + VI_HEADER_BYTES * count;
  const uint8_t tos = vi_inner_tos(version, inner[0], inner[1]);
  Bytes packet;
  for (uint32_t i = 0; i < count; ++i) {
    const auto be = [](uint32_t x) { return __builtin_bswap32(x); };
    vi_header form, out;
    vi_template(&form, i, be(link.stack[i].src), be(link.stack[i].dst));
    vi_write_header(&out, &form, vi_packet_sum(tos, static_cast<__u16>(total)), tos,
                    static_cast<__u16>(total - VI_HEADER_BYTES * i),
                    i + 1 == count && version == 6 ? VI_PROTO_IPV6 : VI_PROTO_IPV4);
    const auto* raw = reinterpret_cast<const uint8_t*>(&out);
    packet.insert(packet.end(), raw, raw + sizeof out);
  }
  packet.insert(packet.end(), inner.begin(), inner.end());
  if (packet != sent->packet) fail("another packet on the wire", hex(sent->packet), hex(packet));
}

/// An ICMP message that a raw socket of a node has got. What is understood is in its bytes.
void icmp(bool ipv6, const Bytes& data) {
  const vinet::net::IpAddress from = vinet::net::Ipv4{1};
  std::vector<uint8_t> bytes(data);
  bytes.shrink_to_fit();
  const auto message = vinet::machine::parse_icmp(ipv6, from, bytes);
  if (!message) return;
  uint8_t nonce[8];
  std::memcpy(nonce, &message->echo.nonce, sizeof nonce);
  if (std::search(data.begin(), data.end(), nonce, nonce + 8) == data.end())
    fail("a nonce that is not there", hex(data), std::to_string(message->echo.nonce));
  // What comes behind does not change what was understood, but for a task that was cut off.
  bytes.insert(bytes.end(), 40, 0xee);
  auto longer = vinet::machine::parse_icmp(ipv6, from, bytes);
  if (!longer) fail("longer is not understood", hex(data), "");
  if (message->echo.task == 0) longer->echo.task = 0;
  if (!(longer->echo == message->echo) || longer->kind != message->kind ||
      longer->mtu_bytes != message->mtu_bytes)
    fail("longer means something else", hex(data), std::to_string(longer->echo.nonce));
}

/// A record of the ring buffer, in words.
void record(const Bytes& data) {
  vi_record r{};
  if (data.empty()) return;
  std::memcpy(&r, data.data(), std::min(data.size(), sizeof r));
  const auto step = vinet::machine::step_from(r, "m", {});
  if (step.headers.size() > VI_MAX_HEADERS) fail("more headers than there can be", hex(data), "");
}

/// Frames of a base interface, each after its length in a byte: sorted by keys that some of them
/// carry, and written.
void captured(const Bytes& data) {
  namespace capture = vinet::capture;
  constexpr uint32_t kRest = 9;
  constexpr size_t kMost = 4;
  capture::Sorter sorter;
  capture::Reading reading;
  std::string out;
  size_t packets = 0;
  for (size_t at = 0, n = 0; at < data.size(); ++n) {
    const size_t end = std::min(data.size(), at + 1 + data[at]);
    const std::vector<char> memory(data.begin() + static_cast<long>(at) + 1,
                                   data.begin() + static_cast<long>(end));
    const std::string_view frame(memory.data(), memory.size());
    at = end;
    capture::read_headers(frame, kMost, reading);
    if (reading.headers.size() > kMost) fail("more headers than were asked for", hex(data), "");
    if (!reading.headers.empty() && frame.size() < 14 + 20 * reading.headers.size())
      fail("headers that are not there", hex(data), "");
    if (n % 3 == 0 && !reading.headers.empty())
      sorter.add(reading.headers, static_cast<uint32_t>(n % kRest));
    if (n % 5 == 4) sorter.set_rest(kRest);
    const auto interface = sorter.interface_of(frame);
    if (interface && *interface > kRest) fail("an interface that is not there", hex(data), "");
    capture::put_packet({interface.value_or(0), n, static_cast<uint32_t>(frame.size()),
                         capture::Direction::kIn, capture::Reception::kUnicast},
                        frame, out);
    ++packets;
  }
  size_t blocks = 0;
  for (size_t at = 0; at < out.size(); ++blocks) {
    uint32_t first = 0, last = 0;
    std::memcpy(&first, &out[at + 4], 4);
    if (first < 12 || first % 4 != 0 || at + first > out.size())
      fail("a block of no length", hex(data), "");
    std::memcpy(&last, &out[at + first - 4], 4);
    if (first != last) fail("a block of two lengths", hex(data), "");
    at += first;
  }
  if (blocks != packets) fail("not a block a packet", hex(data), std::to_string(blocks));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const Bytes rest(data + 1, data + size);
  switch (data[0] % 7) {
    case 0:
      from_the_base(rest, false);
      break;
    case 1:
      from_the_base(rest, true);
      break;
    case 2:
      into_a_link(rest);
      break;
    case 3:
      icmp(false, rest);
      break;
    case 4:
      icmp(true, rest);
      break;
    case 5:
      record(rest);
      break;
    default:
      captured(rest);
  }
  return 0;
}
