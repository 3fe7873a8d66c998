// forge: packets of a link as strangers on the base could forge them, each with what must become of
// it.
//
//   forge GROUP device=DEV mac=MAC base=SRC,DST link=SRC,DST other=SRC,DST inner=SRC,DST
//         inner6=SRC,DST near=ADDRESS from=NUMBER [upper=SRC,DST sibling=SRC,DST]
//
// `link` is a link whose far end is at the base destination, `other` one of another internet
// between the same machines, `near` an address of the receiving machine that is not its base
// address. `upper` and `sibling` are links of two internets on the internet of `link`, both with an
// end on the node that `link` leads to. Every packet inside is an echo reply (nobody answers it)
// that carries kMark and the packet's number. Prints a line a packet:
//
//   NUMBER WHERE REASON BYTES WHAT
//
// WHERE: whose counter moves (`link`, `other`, `upper`, `sibling`, `machine`), or `none`. REASON: a
// drop reason; `delivered` (BYTES inside); or `passes`. The last packet of a group is always an
// exact copy: what came before it is through when it arrives. The plain model
// (tests/support/model.cc) must agree about each packet, or forge fails.
#include "forge.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>

#include "support/model.h"

namespace {

using vinet::model::Bytes;
using vinet::model::put16;
using vinet::model::put32;

[[noreturn]] void refuse(const std::string& what) {
  std::fprintf(stderr, "forge: %s\n", what.c_str());
  std::exit(2);
}
[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

constexpr uint32_t kStranger = 0xcb007109;  // 203.0.113.9: of no one here
// Backsides, as the model calls them; `upper` and `sibling` stand on node kLink.
constexpr uint32_t kLink = 1, kOther = 2, kUpper = 3, kSibling = 4;
constexpr std::array<const char*, 5> kNames = {"", "link", "other", "upper", "sibling"};
constexpr size_t kBase = 20, kInner = 40;  // where the headers end

struct Pair {
  uint32_t src = 0, dst = 0;
};

/// What is given on the command line.
struct Scene {
  std::map<std::string, std::string> given;
  Pair base, link, other, inner, upper, sibling;
  uint32_t near = 0;
  std::array<uint8_t, 32> inner6{};
  std::array<uint8_t, 12> macs{};  // destination, then the device's own is not needed: zero
  vinet::model::Machine model;
};
Scene g_scene;
int g_socket = -1;
uint32_t g_number = 0;

uint32_t ipv4_of(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) refuse(text + ": not an address");
  return ntohl(address.s_addr);
}
Pair pair_of(const std::string& text) {
  const size_t comma = text.find(',');
  if (comma == std::string::npos) refuse(text + ": not two addresses");
  return {ipv4_of(text.substr(0, comma)), ipv4_of(text.substr(comma + 1))};
}

// --- packets
// --------------------------------------------------------------------------------------------------------

Bytes mark() {
  Bytes data(forge::kMark, forge::kMark + forge::kMarkBytes);
  data.resize(data.size() + 4);
  put32(data, data.size() - 4, g_number);
  return data;
}

void mend(Bytes& p, size_t at, size_t bytes = 20) {
  put16(p, at + 10, 0);
  put16(p, at + 10, vinet::model::checksum(p, at, bytes));
}

/// An IPv4 header before `payload`.
Bytes header(const Pair& addresses, uint8_t protocol, const Bytes& payload) {
  Bytes p(20);
  p[0] = 0x45;
  put16(p, 2, static_cast<uint16_t>(20 + payload.size()));
  p[6] = 0x40;
  p[8] = 64;
  p[9] = protocol;
  put32(p, 12, addresses.src);
  put32(p, 16, addresses.dst);
  mend(p, 0);
  p.insert(p.end(), payload.begin(), payload.end());
  return p;
}

Bytes inner4() {
  Bytes icmp = {0, 0, 0, 0, 'v', 'i', 0, 1};
  const Bytes data = mark();
  icmp.insert(icmp.end(), data.begin(), data.end());
  put16(icmp, 2, vinet::model::checksum(icmp, 0, icmp.size()));
  return header(g_scene.inner, 1, icmp);
}

Bytes inner6() {
  Bytes icmp = {129, 0, 0, 0, 'v', 'i', 0, 1};
  const Bytes data = mark();
  icmp.insert(icmp.end(), data.begin(), data.end());
  Bytes pseudo(g_scene.inner6.begin(), g_scene.inner6.end());
  pseudo.insert(pseudo.end(), {0, 0, 0, static_cast<uint8_t>(icmp.size()), 0, 0, 0, 58});
  pseudo.insert(pseudo.end(), icmp.begin(), icmp.end());
  put16(icmp, 2, vinet::model::checksum(pseudo, 0, pseudo.size()));
  Bytes p = {0x60, 0, 0, 0, 0, static_cast<uint8_t>(icmp.size()), 58, 64};
  p.insert(p.end(), g_scene.inner6.begin(), g_scene.inner6.end());
  p.insert(p.end(), icmp.begin(), icmp.end());
  return p;
}

Bytes exact4() {
  return header(g_scene.base, 4, header(g_scene.link, 4, inner4()));
}
Bytes exact6() {
  return header(g_scene.base, 4, header(g_scene.link, 41, inner6()));
}

Bytes with(Bytes p, size_t at, uint8_t value, bool mended = true) {
  p[at] = value;
  if (mended) mend(p, at < kBase ? 0 : kBase);
  return p;
}
Bytes with16(Bytes p, size_t at, size_t value) {
  put16(p, at, static_cast<uint16_t>(value));
  mend(p, at < kBase ? 0 : kBase);
  return p;
}
Bytes cut(Bytes p, size_t bytes) {
  p.resize(bytes);
  return p;
}
Bytes joined(Bytes p, const Bytes& more) {
  p.insert(p.end(), more.begin(), more.end());
  return p;
}

// --- what must become of them
// ---------------------------------------------------------------------------------------

struct Fate {
  const char* where;  // link, other, machine, none
  const char* reason;
};
constexpr Fate kPasses{"none", "passes"};
constexpr Fate kNotOurs{"machine", "not_ours"};
constexpr Fate kMalformed{"link", "malformed"};
constexpr Fate kUnknown{"link", "unknown_key"};
constexpr Fate kDelivered{"link", "delivered"};

const char* reason_name(int reason) {
  static const char* const kNames[] = {
#define FORGE_NAME(name, text) text,
      VI_REASONS(FORGE_NAME)
#undef FORGE_NAME
  };
  return kNames[reason];
}

struct Agreed {
  std::string where, reason;
  size_t bytes = 0;
};
Agreed ask_model(const Bytes& packet) {
  const auto name = [](uint32_t backside) { return kNames.at(backside); };
  const auto said = vinet::model::decapsulate(g_scene.model, packet);
  if (const auto* passed = std::get_if<vinet::model::Passed>(&said))
    return {passed->counted ? "machine" : "none", passed->counted ? "not_ours" : "passes"};
  if (const auto* dropped = std::get_if<vinet::model::Dropped>(&said))
    return {name(dropped->backside), reason_name(dropped->reason)};
  if (std::holds_alternative<vinet::model::Answered>(said)) return {"none", "answered"};
  if (std::holds_alternative<vinet::model::Heard>(said)) return {"none", "heard"};
  const auto& delivered = std::get<vinet::model::Delivered>(said);
  return {name(delivered.backside), "delivered", delivered.packet.size()};
}

void send_frame(const Bytes& frame) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(g_scene.given["device"].c_str()));
  while (sendto(g_socket, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&to),
                sizeof to) < 0)
    if (errno != ENOBUFS) die("sendto " + g_scene.given["device"]);
}

/// Sends the packet behind an Ethernet header (to `mac`, or where it should go) and tells its fate.
void tell(const Bytes& packet, const Fate& fate, size_t bytes, const std::string& what,
          const Bytes& ethernet = {}) {
  Bytes frame(g_scene.macs.begin(), g_scene.macs.end());
  frame.insert(frame.end(), {8, 0});
  if (!ethernet.empty()) frame = ethernet;
  send_frame(joined(frame, packet));
  std::printf("%u %s %s %zu %s\n", g_number, fate.where, fate.reason, bytes, what.c_str());
  ++g_number;
}

/// One packet to the machine, the model agreeing.
void one(const Bytes& packet, const Fate& fate, const std::string& what) {
  const Agreed model = ask_model(packet);
  if (model.where != fate.where || model.reason != fate.reason)
    refuse("the model does not agree about '" + what + "': " + model.where + " " + model.reason);
  tell(packet, fate, model.bytes, what);
}

// --- groups
// ---------------------------------------------------------------------------------------------------------

void exact() {
  one(exact4(), kDelivered, "exact copy");
  one(exact6(), kDelivered, "exact copy, IPv6 inside");
  one(header(g_scene.base, 4, header(g_scene.other, 4, inner4())), {"other", "delivered"},
      "exact copy of another's");
  one(joined(exact4(), Bytes(7, 0xee)), kDelivered, "padding behind");
}

/// Each field of the key right or wrong in several ways, in all combinations.
void keys() {
  const Pair base = g_scene.base, link = g_scene.link, other = g_scene.other;
  for (const uint32_t base_src : {base.src, kStranger, base.dst, uint32_t{0}})
    for (const uint32_t base_dst : {base.dst, kStranger, g_scene.near})
      for (const uint32_t link_src : {link.src, kStranger, other.src, link.dst, base.src})
        for (const uint32_t link_dst : {link.dst, kStranger, other.dst, link.src, base.dst}) {
          const bool to_link = link_dst == link.dst, to_other = link_dst == other.dst;
          const bool pair = to_link ? link_src == link.src : to_other && link_src == other.src;
          Fate fate{to_other ? "other" : "link",
                    base_src == base.src && pair ? "delivered" : "unknown_key"};
          if (base_dst != base.dst)
            fate = kPasses;
          else if (!to_link && !to_other)
            fate = kNotOurs;
          char what[100];
          std::snprintf(what, sizeof what, "base %08x > %08x, link %08x > %08x", base_src, base_dst,
                        link_src, link_dst);
          one(header({base_src, base_dst}, 4, header({link_src, link_dst}, 4, inner4())), fate,
              what);
        }
}

/// A header missing, or one too many.
void headers() {
  const Pair base = g_scene.base, link = g_scene.link;
  one(header(base, 4, {}), kNotOurs, "base header alone");
  one(header(base, 4, inner4()), kNotOurs, "no link header");
  one(header(base, 41, inner6()), kPasses, "no link header, IPv6 inside");
  one(header(link, 4, inner4()), kPasses, "no base header");
  one(inner4(), kPasses, "no header at all");
  one(header(base, 4, header(link, 4, {})), kMalformed, "nothing inside");
  one(header(base, 4, header(base, 4, header(link, 4, inner4()))), kNotOurs, "base header twice");
  for (const Pair& extra :
       {Pair{kStranger, kStranger}, Pair{link.src, kStranger}, Pair{link.dst, link.src}})
    one(header(base, 4, header(extra, 4, header(link, 4, inner4()))), kNotOurs,
        "one header too many");
  one(header(base, 4, header({kStranger, link.dst}, 4, header(link, 4, inner4()))), kUnknown,
      "one too many, to the link");
  // Its key is right, so that it is the link's: but what is inside is a packet like any other, and
  // stays closed.
  one(header(base, 4, header(link, 4, header(link, 4, inner4()))), kDelivered, "link header twice");
}

void cuts() {
  for (const bool six : {false, true}) {
    const Bytes whole = six ? exact6() : exact4();
    const size_t headers = kInner + (six ? 40 : 20);
    for (size_t bytes = 1; bytes < whole.size(); ++bytes) {
      const Bytes p = six ? exact6() : exact4();
      const Fate fate = bytes < 20 ? kPasses : bytes < kInner ? kNotOurs : kMalformed;
      const std::string what = "cut after " + std::to_string(bytes) + " bytes";
      one(cut(p, bytes), fate, what);
      if (bytes < 20 || bytes >= headers) continue;
      Bytes owning = with16(cut(p, bytes), 2, bytes);
      if (bytes >= kInner) owning = with16(owning, kBase + 2, bytes - 20);
      one(owning, fate, what + ", and saying so");
    }
  }
}

void checksums() {
  for (const size_t at : {size_t{0}, kBase})
    for (int bit = 0; bit < 16; ++bit) {
      Bytes p = exact4();
      p[at + 10 + static_cast<size_t>(bit / 8)] ^= static_cast<uint8_t>(1 << bit % 8);
      one(p, kMalformed, std::string("bit of the checksum, header ") + (at == 0 ? "base" : "link"));
    }
  for (const size_t at : {size_t{10}, size_t{30}})
    for (const uint8_t byte : {0x00, 0xff}) {
      Bytes p = exact4();
      p[at] = p[at + 1] = byte;
      one(p, kMalformed, "checksum all zeros or ones");
    }
}

/// All 16 header lengths and versions of base and link header, and versions inside.
void lengths_of_headers() {
  for (uint8_t ihl = 0; ihl < 16; ++ihl) {
    if (ihl == 5) continue;
    const auto byte = static_cast<uint8_t>(0x40 | ihl);
    const std::string what = "header length " + std::to_string(ihl);
    one(with(exact4(), 0, byte), kNotOurs, "base " + what);  // the address is looked for elsewhere
    one(with(exact4(), 0, byte, false), kNotOurs, "base " + what + ", wrong checksum");
    one(with(exact4(), kBase, byte), kMalformed, "link " + what);
    if (ihl < 5) continue;
    for (const bool stranger : {false, true}) {
      Bytes p = stranger
                    ? header(g_scene.base, 4, header({g_scene.link.src, kStranger}, 4, inner4()))
                    : exact4();
      p.insert(p.begin() + 20, 4 * (ihl - 5U), 1);  // no-operation
      p[0] = byte;
      put16(p, 2, static_cast<uint16_t>(p.size()));
      mend(p, 0, 4U * ihl);
      one(p, stranger ? kNotOurs : kMalformed,
          "base " + what + " with options" + (stranger ? ", not for us" : ""));
    }
  }
  for (uint8_t version = 0; version < 16; ++version) {
    const auto byte = static_cast<uint8_t>(version << 4 | 5);
    const std::string what = "version " + std::to_string(version);
    if (version != 4) {
      one(with(exact4(), 0, byte), kMalformed, "base " + what);
      one(with(exact4(), kBase, byte), kMalformed, "link " + what);
      one(with(exact4(), kInner, byte, false), kMalformed, "inner " + what);
    }
    if (version != 6)
      one(with(exact6(), kInner, byte, false), kMalformed, "inner " + what + " for IPv6");
  }
}

void lengths() {
  for (const int by : {-65, -64, -40, -2, -1, 1, 2, 1000, 60'000}) {
    const std::string what = "length " + std::to_string(by);
    const size_t size = exact4().size();
    const auto total = static_cast<size_t>(static_cast<int>(size) + by);
    const Bytes base = with16(exact4(), 2, total);
    one(base, kMalformed, "base " + what);
    one(with16(exact4(), kBase + 2, total - 20), kMalformed, "link " + what);
    if (by > 0)
      one(with16(with16(exact4(), 2, total), kBase + 2, total - 20), kMalformed, "both " + what);
  }
  for (const size_t total : {0, 1, 19, 20, 21, 39, 40}) {
    one(with16(exact4(), 2, total), kMalformed, "base length " + std::to_string(total));
    one(with16(exact4(), kBase + 2, total), kMalformed, "link length " + std::to_string(total));
  }
}

void protocols() {
  for (int protocol = 0; protocol < 256; ++protocol) {
    const auto byte = static_cast<uint8_t>(protocol);
    const std::string what = "protocol " + std::to_string(protocol);
    if (protocol != 4) one(with(exact4(), 9, byte), kPasses, "base " + what);
    if (protocol != 4) one(with(exact4(), kBase + 9, byte), kMalformed, "link " + what);
    if (protocol != 41)
      one(with(exact6(), kBase + 9, byte), kMalformed, "link " + what + ", IPv6 inside");
  }
}

/// Bytes `from` to `to` behind the base header of a packet, as a fragment with this identification.
Bytes fragment(const Bytes& whole, size_t from, size_t to, uint16_t id) {
  Bytes p(whole.begin(), whole.begin() + 20);
  p.insert(p.end(), whole.begin() + 20 + static_cast<long>(from),
           whole.begin() + 20 + static_cast<long>(to));
  put16(p, 2, static_cast<uint16_t>(p.size()));
  put16(p, 4, id);
  put16(p, 6, static_cast<uint16_t>((20 + to < whole.size() ? 0x2000 : 0) | from / 8));
  mend(p, 0);
  return p;
}

/// Fragments of one packet, sent one after the other, and all that becomes of them.
void parts(const std::vector<Bytes>& fragments, const std::vector<Fate>& fates, size_t bytes,
           const std::string& what) {
  Bytes ethernet(g_scene.macs.begin(), g_scene.macs.end());
  ethernet.insert(ethernet.end(), {8, 0});
  for (const Bytes& one : fragments) send_frame(joined(ethernet, one));
  for (const Fate& fate : fates)
    std::printf("%u %s %s %zu %s\n", g_number, fate.where, fate.reason, bytes, what.c_str());
  ++g_number;
}

/// Fragments of base packets: alone, of headers, overlapping, out of order, of wrong packets.
void fragments() {
  constexpr Fate kFragment{"link", "fragment"};
  const auto id = [] { return static_cast<uint16_t>(0x8000 + g_number); };
  const auto piece = [&](const Bytes& p, size_t from, size_t to) {
    return fragment(p, from, to, id());
  };
  const size_t end = exact4().size() - 20;
  const auto wrong = [](uint32_t link_src) {
    return header(g_scene.base, 4, header({link_src, g_scene.link.dst}, 4, inner4()));
  };

  parts({piece(exact4(), 0, 24)}, {kFragment}, 0, "the first alone");
  parts({piece(exact4(), 24, end)}, {kNotOurs}, 0, "the last alone");
  for (const size_t bytes : {8, 16})
    parts({piece(exact4(), 0, bytes)}, {kNotOurs}, 0, "the first ends within the link header");
  parts({piece(exact4(), 0, 8), piece(exact4(), 8, 16), piece(exact4(), 16, end)},
        {kNotOurs, kNotOurs, kNotOurs}, 0, "all, but the link header in three");
  parts({piece(wrong(kStranger), 0, 24)}, {kUnknown}, 0, "the first, with a wrong key");
  parts({piece(wrong(kStranger), 0, 24), piece(wrong(kStranger), 24, end)}, {kUnknown, kNotOurs}, 0,
        "all, with a wrong key");
  parts({fragment(with(exact4(), kBase + 10, 9, false), 0, 24, id())}, {kMalformed}, 0,
        "the first, with a wrong checksum in the link header");
  one(with(exact4(), kBase + 6, 0x20), kMalformed, "the link header says first fragment");
  one(with(exact4(), kBase + 7, 3), kMalformed, "the link header says later fragment");

  const size_t inside = inner4().size();
  parts({piece(exact4(), 0, 24), piece(exact4(), 24, 48), piece(exact4(), 48, end)}, {kDelivered},
        inside, "all, in order");
  parts({piece(exact4(), 0, 24), piece(exact4(), 48, end), piece(exact4(), 24, 48)}, {kDelivered},
        inside, "all, the last before the middle");
  parts({piece(exact4(), 24, end), piece(exact4(), 0, 24)}, {kNotOurs, kDelivered}, inside,
        "all, the last first");
  parts({piece(exact4(), 0, 24), piece(wrong(g_scene.other.src), 0, 24), piece(exact4(), 24, end)},
        {kUnknown, kDelivered}, inside, "a first with a wrong key between");
  // Another link's packet with the same identification, while this one waits for its rest: neither
  // gets the other's.
  const Bytes others = header(g_scene.base, 4, header(g_scene.other, 4, inner4()));
  parts({piece(exact4(), 0, 24), piece(others, 0, 24), piece(others, 24, end)},
        {kFragment, {"other", "fragment"}}, 0, "the rest from another link");
  // What overlaps another fragment makes the kernel forget all of them (RFC 5722, for IPv4 too).
  parts({piece(exact4(), 0, 24), piece(wrong(kStranger), 16, 40), piece(exact4(), 40, end)},
        {kFragment}, 0, "the second overlaps the link header");
  parts({piece(exact4(), 0, 40), piece(exact4(), 24, end)}, {kFragment}, 0,
        "the second overlaps the first");
  // The whole is a packet like any other.
  const Bytes longer = with16(exact4(), kBase + 2, exact4().size() - 19);
  parts({piece(longer, 0, 24), piece(longer, 24, end)}, {kMalformed}, 0,
        "all, the link header of a wrong length");
  Bytes from_another = fragment(exact4(), 24, end, id());
  put32(from_another, 12, kStranger);
  mend(from_another, 0);
  parts({piece(exact4(), 0, 24), from_another}, {kFragment, kNotOurs}, 0,
        "the rest from another source");
}

/// ICMP between the ends of a link: no node ever sees any; who has not all four addresses gets no
/// answer.
void echoes() {
  constexpr Fate kAnswered{"none", "answered"}, kHeard{"none", "heard"};
  const auto icmp = [](uint8_t type, uint8_t code, const Pair& base, const Pair& link) {
    Bytes message = {type, code, 0, 0, 'v', 'i', 0, 1};
    const Bytes data = mark();
    message.insert(message.end(), data.begin(), data.end());
    put16(message, 2, vinet::model::checksum(message, 0, message.size()));
    return header(base, 4, header(link, 1, message));
  };
  const Pair base = g_scene.base, link = g_scene.link;
  one(icmp(8, 0, base, link), kAnswered, "echo");
  one(icmp(0, 0, base, link), kHeard, "answer that nobody asked for");
  for (const uint8_t type : {3, 4, 5, 11, 12, 13, 17, 255})
    one(icmp(type, 0, base, link), kMalformed, "another type");
  one(icmp(8, 1, base, link), kMalformed, "echo with a code");
  one(cut(icmp(8, 0, base, link), 50), kMalformed, "echo that is cut");
  for (const uint8_t type : {8, 0, 3}) {
    one(icmp(type, 0, {kStranger, base.dst}, link), kUnknown, "from another machine");
    one(icmp(type, 0, base, {kStranger, link.dst}), kUnknown, "from another link address");
    one(icmp(type, 0, base, {g_scene.other.src, link.dst}), kUnknown,
        "from the other internet's link address");
    one(icmp(type, 0, base, {link.src, kStranger}), kNotOurs, "to no link");
  }
}

/// A layer higher: the header of a link between nodes of the internet, all its addresses right and
/// wrong, in the right link and in wrong ones.
void uppers() {
  const Pair base = g_scene.base, link = g_scene.link, upper = g_scene.upper,
             sibling = g_scene.sibling;
  const auto packet = [&](const Pair& below, const Pair& above) {
    return header(base, 4, header(below, 4, header(above, 4, inner4())));
  };
  for (const uint32_t src : {upper.src, sibling.src, kStranger, upper.dst, link.src, base.src})
    for (const uint32_t dst : {upper.dst, sibling.dst, kStranger, link.dst, base.dst}) {
      const bool to_upper = dst == upper.dst, to_sibling = dst == sibling.dst;
      const bool right = src == (to_upper ? upper.src : sibling.src);
      Fate fate = kDelivered;  // to the node below, whose kernel may do what it likes with it
      if (to_upper || to_sibling)
        fate = {to_upper ? "upper" : "sibling", right ? "delivered" : "unknown_key"};
      char what[100];
      std::snprintf(what, sizeof what, "upper %08x > %08x", src, dst);
      one(packet(link, {src, dst}), fate, what);
      one(packet({kStranger, link.dst}, {src, dst}), kUnknown, what + std::string(", wrong link"));
      one(packet(g_scene.other, {src, dst}), {"other", "delivered"},
          what + std::string(", in another's link"));
    }
  one(header(base, 4, header(upper, 4, inner4())), kNotOurs, "no link header");
  one(packet(link, link), kDelivered, "link header twice");
  one(header(base, 4, header(link, 4, header(upper, 4, header(upper, 4, inner4())))),
      {"upper", "delivered"}, "upper header twice");
  one(header(base, 4, header(link, 4, header(upper, 41, inner6()))), {"upper", "delivered"},
      "IPv6 inside");
  // What is wrong with that header, the model tells.
  constexpr size_t kAt = 40;
  const auto odd = [&](size_t at, unsigned value, bool mended, const std::string& what) {
    Bytes p = packet(link, upper);
    p[kAt + at] = static_cast<uint8_t>(value);
    if (mended) mend(p, kAt);
    const Agreed model = ask_model(p);
    tell(p, {model.where.c_str(), model.reason.c_str()}, model.bytes, what);
  };
  for (unsigned bit = 0; bit < 8; ++bit) odd(10, 1U << bit, false, "wrong checksum above");
  for (unsigned ihl = 0; ihl < 16; ++ihl) odd(0, 0x40 | ihl, true, "header length above");
  for (unsigned version = 0; version < 16; ++version)
    if (version != 4) odd(0, version << 4 | 5, true, "version above");
  for (unsigned protocol = 0; protocol < 256; ++protocol) odd(9, protocol, true, "protocol above");
  for (const unsigned bits : {0x20, 0x60, 0x80, 0x01, 0x21}) odd(6, bits, true, "fragment above");
  for (const unsigned size : {0, 19, 20, 39, 200}) odd(3, size, true, "length above");
}

/// "Fragmentation needed" (RFC 1191 §4) about packets that the machine is said to have sent: of the
/// link, of another key, and of kinds of which its own stack keeps such news.
void lies() {
  const Pair base = {g_scene.base.dst, g_scene.base.src},
             link = {g_scene.link.dst, g_scene.link.src};
  const auto error = [](uint16_t mtu_bytes, const Bytes& quoted) {
    Bytes message = {3, 4, 0, 0, 0, 0, 0, 0};
    put16(message, 6, mtu_bytes);
    message.insert(message.end(), quoted.begin(), quoted.end());
    put16(message, 2, vinet::model::checksum(message, 0, message.size()));
    return header(g_scene.base, 1, message);
  };
  const Bytes echo_reply = {0, 0, 0, 0, 'v', 'i', 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  for (const uint16_t mtu_bytes : {0, 1, 68, 552, 576, 1279, 1280, 1400, 1499, 65535}) {
    const std::string what = "MTU " + std::to_string(mtu_bytes);
    one(error(mtu_bytes, header(base, 4, header(link, 4, inner4()))), kPasses,
        what + ", of the link");
    one(error(mtu_bytes, header(base, 4, header({link.src, kStranger}, 4, inner4()))), kPasses,
        what + ", of no link");
    one(error(mtu_bytes, cut(header(base, 4, header(link, 4, inner4())), 28)), kPasses,
        what + ", quoting 28 bytes");
    one(error(mtu_bytes, header(base, 1, echo_reply)), kPasses, what + ", of an echo reply");
    one(error(mtu_bytes, header(base, 17, Bytes(8, 7))), kPasses, what + ", of UDP");
  }
}

/// Right packets in wrong frames: to another, to all, to many, with a VLAN tag, of another
/// EtherType.
void frames() {
  const auto ethernet = [](std::initializer_list<uint8_t> to, std::initializer_list<uint8_t> type) {
    Bytes frame(to);
    frame.insert(frame.end(), 6, 0);
    return joined(frame, type);
  };
  const std::array<uint8_t, 12>& m = g_scene.macs;
  for (const auto& to :
       {ethernet({2, 0, 0, 0, 0, 9}, {8, 0}), ethernet({255, 255, 255, 255, 255, 255}, {8, 0}),
        ethernet({1, 0, 0x5e, 0, 0, 1}, {8, 0}), ethernet({0x33, 0x33, 0, 0, 0, 1}, {8, 0})})
    tell(exact4(), kPasses, 0, "frame for another", to);
  for (const auto& type : {ethernet({m[0], m[1], m[2], m[3], m[4], m[5]}, {0x81, 0, 0, 1, 8, 0}),
                           ethernet({m[0], m[1], m[2], m[3], m[4], m[5]}, {0x88, 0xa8, 0, 1, 8, 0}),
                           ethernet({m[0], m[1], m[2], m[3], m[4], m[5]}, {0x86, 0xdd}),
                           ethernet({m[0], m[1], m[2], m[3], m[4], m[5]}, {8, 6}),
                           ethernet({m[0], m[1], m[2], m[3], m[4], m[5]}, {0x88, 0xcc}),
                           ethernet({m[0], m[1], m[2], m[3], m[4], m[5]}, {0, 0x40})})
    tell(exact4(), kPasses, 0, "frame of another type", type);
}

const std::map<std::string, std::function<void()>> kGroups = {
    {"exact", exact},         {"keys", keys},           {"headers", headers},
    {"cuts", cuts},           {"checksums", checksums}, {"header_lengths", lengths_of_headers},
    {"lengths", lengths},     {"protocols", protocols}, {"frames", frames},
    {"fragments", fragments}, {"echoes", echoes},       {"lies", lies},
    {"uppers", uppers},
};

void read_arguments(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) refuse(argument + ": not NAME=VALUE");
    g_scene.given[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  auto& given = g_scene.given;
  g_scene.base = pair_of(given["base"]);
  g_scene.link = pair_of(given["link"]);
  g_scene.other = pair_of(given["other"]);
  g_scene.inner = pair_of(given["inner"]);
  g_scene.near = ipv4_of(given["near"]);
  g_number = static_cast<uint32_t>(std::strtoul(given["from"].c_str(), nullptr, 10));
  const std::string& six = given["inner6"];
  const size_t comma = six.find(',');
  if (inet_pton(AF_INET6, six.substr(0, comma).c_str(), &g_scene.inner6[0]) != 1 ||
      inet_pton(AF_INET6, six.substr(comma + 1).c_str(), &g_scene.inner6[16]) != 1)
    refuse("inner6: not two addresses");
  std::array<unsigned, 6> mac{};
  if (std::sscanf(given["mac"].c_str(), "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3],
                  &mac[4], &mac[5]) != 6)
    refuse("mac: not an address");
  for (size_t i = 0; i < 6; ++i) g_scene.macs[i] = static_cast<uint8_t>(mac[i]);

  auto& model = g_scene.model;
  const Pair base = g_scene.base, link = g_scene.link, other = g_scene.other;
  model.base_address = base.dst;
  model.ends = {{{base.src, base.dst, link.src, link.dst}, kLink},
                {{base.src, base.dst, other.src, other.dst}, kOther}};
  model.own = {{link.dst, kLink}, {other.dst, kOther}};
  if (!given.contains("upper")) return;
  g_scene.upper = pair_of(given["upper"]);
  g_scene.sibling = pair_of(given["sibling"]);
  model.nodes = {{kLink, kLink}, {kOther, kOther}, {kUpper, kUpper}, {kSibling, kSibling}};
  for (const auto& [pair, backside] :
       {std::pair{g_scene.upper, kUpper}, std::pair{g_scene.sibling, kSibling}}) {
    model.uppers[{kLink, pair.src, pair.dst}] = backside;
    model.upper_own[{kLink, pair.dst}] = backside;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || !kGroups.contains(argv[1])) {
    std::string groups;
    for (const auto& [name, group] : kGroups) groups += " " + name;
    refuse("usage: forge GROUP NAME=VALUE... (see forge.cc); groups:" + groups);
  }
  read_arguments({argv + 2, argv + argc});
  g_socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (g_socket < 0) die("socket");
  cpu_set_t one_cpu;  // or packets of two CPUs overtake each other
  CPU_ZERO(&one_cpu);
  CPU_SET(static_cast<size_t>(sched_getcpu()), &one_cpu);
  if (sched_setaffinity(0, sizeof one_cpu, &one_cpu) != 0) die("sched_setaffinity");
  kGroups.at(argv[1])();
  one(exact4(), kDelivered, "exact copy, the last");
  return 0;
}
