// A description as one canonical text, and its hash. Every field of graph.h but spans is in the
// text, each with its name, and what has its default is left out, so that a new attribute does not
// change the digests of old files.
#include "control/digest.h"

#include <fmt/format.h>

#include "net/ip.h"
#include "support/hash.h"

namespace vinet::control {
namespace {

class Text {
 public:
  void word(std::string_view name, std::string_view value) {
    // The length makes it unambiguous whatever the value holds.
    text_ += fmt::format("{}={}:{};", name, value.size(), value);
  }
  template <typename T>
  void number(std::string_view name, T value, T standard) {
    if (value != standard) {
      word(name, fmt::format("{}", value));
    }
  }
  template <typename T>
  void maybe(std::string_view name, const std::optional<T>& value) {
    if (value) {
      word(name, fmt::format("{}", *value));
    }
  }
  void maybe(std::string_view name, const std::optional<net::IpPrefix>& value) {
    if (value) {
      word(name, net::to_string(*value));
    }
  }
  void annotations(const graph::Annotations& annotations) {
    for (const graph::Annotation& annotation : annotations) {
      word(annotation.key, annotation.text);
    }
  }
  void addresses(const std::vector<net::IpAddress>& addresses) {
    for (const net::IpAddress& address : addresses) {
      word("address", net::to_string(address));
    }
  }
  std::string digest() const { return fmt::format("{:016x}", stable_hash(text_)); }

 private:
  std::string text_;
};

}  // namespace

std::string digest_of(const graph::Internet& internet) {
  Text text;
  text.word("internet", internet.name);
  text.word("on", internet.on);
  text.maybe("pool", internet.pool);
  text.maybe("pool6", internet.pool6);
  text.number("reserve", internet.reserve, 11U);
  text.number("ipv6", internet.ipv6, true);
  text.number("sitn", internet.sitn_strict, false);
  text.maybe("mtu", internet.mtu_bytes);
  text.maybe("lease", internet.lease_s);
  text.number<uint64_t>("share", internet.share_bps, 0);
  text.number("flatten", internet.flatten, true);
  if (!internet.where.empty()) {
    text.word("where", internet.where);
  }
  text.annotations(internet.annotations);
  for (const graph::Node& node : internet.nodes) {
    text.word(node.kind == graph::NodeKind::kHost ? "host" : "router", node.name);
    text.number("transit", node.transit, node.kind == graph::NodeKind::kRouter);
    text.word("at", node.machine);
    text.addresses(node.addresses);
    if (!node.run.empty()) {
      text.word("run", node.run);
    }
    text.annotations(node.annotations);
  }
  for (const graph::Link& link : internet.links) {
    text.word("link", link.name);
    text.word("a", std::to_string(link.a.node.index));
    text.addresses(link.a.addresses);
    text.word("b", std::to_string(link.b.node.index));
    text.addresses(link.b.addresses);
    text.maybe("mtu", link.mtu_bytes);
    text.number<uint64_t>("rate", link.rate_bps, 0);
    text.number<uint64_t>("delay", link.delay_us, 0);
    text.number("loss", link.loss_ppb, 0U);
    text.number("cost", link.cost, 1U);
    text.maybe("ipv6", link.ipv6);
    text.annotations(link.annotations);
  }
  return text.digest();
}

}  // namespace vinet::control
