// Graph to text: the description that says the same without arrays, loops, conditions and shapes.
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "lang/lexer.h"
#include "support/units.h"

namespace vinet::graph {
namespace {

/// Collects `name = value` and prints them in brackets, or nothing.
class AttributeText {
 public:
  void add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? " [" : ", ") + name + " = " + value;
  }
  void add(const std::string& name, std::optional<uint32_t> value) {
    if (value) add(name, std::to_string(*value));
  }
  void add_addresses(const std::vector<net::IpAddress>& addresses, const std::string& end) {
    if (addresses.empty()) return;
    std::string value = net::to_string(addresses.front());
    for (size_t i = 1; i < addresses.size(); ++i) value += ", " + net::to_string(addresses[i]);
    if (addresses.size() > 1) value = "[" + value + "]";
    add("address", value + end);
  }
  /// `note`s become a list where there are several.
  void add(const Annotations& annotations) {
    std::vector<std::string> notes;
    for (const auto& [key, value] : annotations) {
      if (key == "note") {
        notes.push_back(lang::quoted(value));
      } else {
        add(key, key == "bandwidth" ? value : lang::quoted(value));
      }
    }
    if (notes.empty()) return;
    std::string list = notes.front();
    for (size_t i = 1; i < notes.size(); ++i) list += ", " + notes[i];
    add("note", notes.size() > 1 ? "[" + list + "]" : list);
  }
  std::string str() const { return text_.empty() ? "" : text_ + "]"; }

 private:
  std::string text_;
};

std::string on_off(bool on) {
  return on ? "on" : "off";
}

void print(const Base& base, std::string& text) {
  text += "base " + base.name + " {\n";
  for (const Machine& machine : base.machines) {
    AttributeText attributes;
    if (machine.mtu_bytes != Machine{}.mtu_bytes) attributes.add("mtu", machine.mtu_bytes);
    if (!machine.daemon.empty()) attributes.add("daemon", lang::quoted(machine.daemon));
    if (machine.address) attributes.add("address", net::to_string(*machine.address));
    text += "  machine " + machine.name + attributes.str() + "\n";
  }
  for (const BaseLink& link : base.links) {
    AttributeText attributes;
    attributes.add("mtu", link.mtu_bytes);
    if (link.rate_bps > 0) attributes.add("rate", to_string(Rate{link.rate_bps}));
    if (link.cost != 1) attributes.add("cost", link.cost);
    const std::string ends =
        base.machines[link.a.index].name + " -- " + base.machines[link.b.index].name;
    // A name after the ends holds a '-', which no name of the language does.
    const bool named = link.name.find('-') == std::string::npos;
    text += "  " + (named ? link.name + ": " : "") + ends + attributes.str() + "\n";
  }
  text += "}\n";
}

std::string line(const Node& node) {
  const bool is_router = node.kind == NodeKind::kRouter;
  AttributeText attributes;
  if (node.transit != is_router) attributes.add("transit", node.transit ? "yes" : "no");
  attributes.add_addresses(node.addresses, "");
  if (!node.run.empty()) attributes.add("run", lang::quoted(node.run));
  attributes.add(node.annotations);
  const std::string at = node.machine.empty() ? "" : " at " + node.machine;
  return (is_router ? "router " : "host ") + node.name + at + attributes.str();
}

std::string line(const Link& link, const Internet& internet) {
  const std::string& a = internet.nodes[link.a.node.index].name;
  const std::string& b = internet.nodes[link.b.node.index].name;
  AttributeText attributes;
  attributes.add("mtu", link.mtu_bytes);
  if (link.rate_bps > 0) attributes.add("rate", to_string(Rate{link.rate_bps}));
  if (link.delay_us > 0) attributes.add("delay", to_string(Duration{link.delay_us}));
  if (link.loss_ppb > 0) attributes.add("loss", to_string(Fraction{link.loss_ppb}));
  if (link.cost != 1) attributes.add("cost", link.cost);
  if (link.ipv6) attributes.add("ipv6", on_off(*link.ipv6));
  attributes.add_addresses(link.a.addresses, " at " + a);
  attributes.add_addresses(link.b.addresses, " at " + b);
  attributes.add(link.annotations);
  return (link.named ? link.name + ": " : "") + a + " -- " + b + attributes.str();
}

void print(const Internet& internet, std::string& text) {
  AttributeText attributes;
  if (internet.pool) attributes.add("pool", net::to_string(*internet.pool));
  if (internet.pool6) attributes.add("pool6", net::to_string(*internet.pool6));
  if (internet.reserve != Internet{}.reserve) attributes.add("reserve", internet.reserve);
  if (!internet.ipv6) attributes.add("ipv6", on_off(false));
  if (internet.sitn_strict) attributes.add("sitn", "strict");
  attributes.add("mtu", internet.mtu_bytes);
  if (internet.lease_s) attributes.add("lease", to_string(Duration{*internet.lease_s * 1'000'000}));
  if (internet.share_bps > 0) attributes.add("share", to_string(Rate{internet.share_bps}));
  if (!internet.flatten) attributes.add("flatten", "no");
  if (!internet.where.empty()) attributes.add("where", lang::quoted(internet.where));
  attributes.add(internet.annotations);
  text += "internet " + internet.name + " on " + internet.on + attributes.str() + " {\n";
  for (const Node& node : internet.nodes) text += "  " + line(node) + "\n";
  for (const Link& link : internet.links) text += "  " + line(link, internet) + "\n";
  text += "}\n";
}

}  // namespace

std::string to_string(const Graph& graph) {
  std::string text;
  for (const Base& base : graph.bases) {
    if (!text.empty()) text += "\n";
    print(base, text);
  }
  for (const Internet& internet : graph.internets) {
    if (!text.empty()) text += "\n";
    print(internet, text);
  }
  return text;
}

}  // namespace vinet::graph
