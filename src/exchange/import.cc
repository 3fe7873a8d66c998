// GraphML to graph::Internet.
#include "exchange/import.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "exchange/attribute_text.h"
#include "exchange/bandwidth.h"
#include "exchange/distance.h"
#include "exchange/graphml.h"
#include "exchange/identifier.h"
#include "graph/annotations.h"
#include "support/units.h"
#include "support/utf8.h"

namespace vinet::exchange {
namespace {

using graph::Annotations;
using graph::Internet;
using graph::Link;
using graph::LinkEnd;
using graph::Node;
using graph::NodeId;

/// The text as a string of the language can hold it: control characters but tab and line end become
/// blanks.
std::string clean(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character character = take_character(text);
    const bool control = character.code < 0x20 || (character.code >= 0x7f && character.code < 0xa0);
    const bool kept = !control || character.code == '\n' || character.code == '\t';
    out += character.valid && kept ? std::string(character.bytes) : " ";
  }
  return out;
}

void note(Annotations& annotations, std::string_view key, std::string_view text) {
  annotations.push_back({"note", key == "note" ? clean(text) : clean(key) + ": " + clean(text)});
}

const std::string* find(const GraphmlData& data, std::string_view key) {
  const auto at =
      std::find_if(data.begin(), data.end(), [&](const auto& one) { return one.first == key; });
  return at == data.end() ? nullptr : &at->second;
}

/// Adds an annotation that a thing has once; what comes second becomes a note.
void annotate(Annotations& annotations, std::string_view key, std::string_view source_key,
              std::string_view text) {
  if (std::any_of(annotations.begin(), annotations.end(),
                  [&](const auto& one) { return one.key == key; })) {
    return note(annotations, source_key, text);
  }
  annotations.push_back({std::string(key), clean(text)});
}

/// How fast an edge is, and which of its data that says in full. Of a graph that vinet exported,
/// only the key that it writes counts.
struct Speed {
  uint64_t bits_per_s = 0;
  std::set<std::string_view> said;
};

Speed speed_of(const GraphmlData& data, bool exported) {
  Speed speed;
  const std::string* raw = find(data, "LinkSpeedRaw");
  const std::string* number = find(data, "LinkSpeed");
  const std::string* unit = find(data, "LinkSpeedUnits");
  std::optional<uint64_t> written;
  if (number != nullptr) written = bandwidth_from(*number + (unit != nullptr ? *unit : ""));
  const std::optional<uint64_t> exact = raw != nullptr ? bits_per_second(*raw) : std::nullopt;
  if (exact) speed.said.insert("LinkSpeedRaw");
  if (written && (!exact || exact == written)) {
    speed.said.insert("LinkSpeed");
    speed.said.insert("LinkSpeedUnits");
  }
  speed.bits_per_s = exact ? *exact : written.value_or(0);
  for (const char* key : {"LinkLabel", "LinkType", "label"}) {
    const std::string* text = find(data, key);
    if (!exported && speed.bits_per_s == 0 && text != nullptr) {
      speed.bits_per_s = bandwidth_from(*text).value_or(0);
    }
  }
  return speed;
}

/// One graph on its way to an internet.
class Importer {
 public:
  Importer(const GraphmlGraph& graph, const ImportOptions& options, Diagnostics& diagnostics)
      : graph_(graph),
        options_(options),
        diagnostics_(diagnostics),
        exported_(find(graph.data, "vinet_name") != nullptr) {}

  Internet run(std::string name) {
    internet_.name = std::move(name);
    internet_.on = options_.base;
    describe();
    add_nodes();
    add_edges();
    name_links();
    if (options_.hosts) add_hosts();
    if (options_.rates) add_rates();
    if (options_.delays) add_delays();
    graph::sort_annotations(internet_.annotations);
    for (Node& node : internet_.nodes) graph::sort_annotations(node.annotations);
    for (Link& link : internet_.links) graph::sort_annotations(link.annotations);
    return std::move(internet_);
  }

 private:
  void describe() {
    for (const auto& [key, text] : graph_.data) {
      if (key == "vinet_name" || set_own(internet_, key, text)) continue;
      if (key == "label") {
        annotate(internet_.annotations, "label", key, text);
      } else {
        note(internet_.annotations, key, text);
      }
    }
  }

  // Own names first, so that no name made from a label takes one.
  void add_nodes() {
    std::vector<std::string> given(graph_.nodes.size());
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const std::string* own = find(graph_.nodes[i].data, "vinet_name");
      if (own != nullptr && is_identifier(*own) && names_.claim(*own)) given[i] = *own;
    }
    for (const GraphmlEdge& edge : graph_.edges) {
      const std::string* own = find(edge.data, "vinet_name");
      if (own != nullptr && is_identifier(*own) && names_.claim(*own)) own_links_.insert(&edge);
    }
    for (size_t i = 0; i < graph_.nodes.size(); ++i) add_node(graph_.nodes[i], given[i]);
  }

  void add_node(const GraphmlNode& from, const std::string& given) {
    Node node;
    node.kind = graph::NodeKind::kRouter;
    node.span = from.span;
    const std::string* label = find(from.data, "label");
    node.name = given;
    if (given.empty() && label != nullptr) node.name = identifier_from(*label);
    if (node.name.empty()) node.name = identifier_from("n" + from.id);
    if (given.empty()) node.name = names_.take(node.name);
    const std::string* kind = find(from.data, "vinet_kind");
    if (kind != nullptr && *kind == "host") node.kind = graph::NodeKind::kHost;
    node.transit = node.kind == graph::NodeKind::kRouter;
    const bool own = !given.empty();
    // The id of a node of ours is its name.
    if (!from.id.empty() && !(own && from.id == given)) note(node.annotations, "id", from.id);
    for (const auto& [key, text] : from.data) add_node_text(from, key, text, node);
    internet_.nodes.push_back(std::move(node));
  }

  void add_node_text(const GraphmlNode& from, const std::string& key, const std::string& text,
                     Node& node) {
    if (key == "vinet_name" && text == node.name) return;
    if (key == "vinet_kind" && (text == "host" || text == "router")) return;
    if (key == "id" && text == from.id) return;
    if (set_own(node, key, text)) return;
    if (key == "label") return annotate(node.annotations, "label", key, text);
    if (key == "Latitude" && graph::is_degrees(text, 90)) {
      return annotate(node.annotations, "latitude", key, text);
    }
    if (key == "Longitude" && graph::is_degrees(text, 180)) {
      return annotate(node.annotations, "longitude", key, text);
    }
    note(node.annotations, key, text);
  }

  void add_edges() {
    for (const GraphmlEdge& edge : graph_.edges) {
      std::set<uint32_t> ends(edge.ends.begin(), edge.ends.end());
      if (!edge.hyper && ends.size() == 2) {
        add_link(edge, edge.ends[0], edge.ends[1]);
      } else if (ends.size() == 2) {
        add_link(edge, *ends.begin(), *ends.rbegin());
      } else if (ends.size() > 2) {
        add_hyperedge(edge, ends);
      } else if (ends.size() == 1) {
        add_loop(edge, *ends.begin());
      } else {
        diagnostics_.warning(edge.span, "a hyperedge without ends is left out");
      }
    }
  }

  Link& add_link(const GraphmlEdge& edge, uint32_t a, uint32_t b) {
    Link link;
    link.span = edge.span;
    link.a.node = NodeId{a};
    link.b.node = NodeId{b};
    if (own_links_.count(&edge) != 0) {
      link.name = *find(edge.data, "vinet_name");
      link.named = true;
    }
    annotate_link(edge, link);
    internet_.links.push_back(std::move(link));
    return internet_.links.back();
  }

  void annotate_link(const GraphmlEdge& edge, Link& link) {
    const Speed speed = speed_of(edge.data, exported_);
    const std::string* label = find(edge.data, "LinkLabel");
    if (speed.bits_per_s > 0) {
      link.annotations.push_back({"bandwidth", to_string(Rate{speed.bits_per_s})});
    }
    for (const auto& [key, text] : edge.data) {
      if (key == "vinet_name" && link.named && text == link.name) continue;
      if (speed.said.count(key) != 0 || (key == "key" && text == "0")) continue;
      if (set_own(link, key, text)) continue;
      if (key == "LinkLabel" || (key == "label" && label == nullptr)) {
        annotate(link.annotations, "label", key, text);
      } else {
        note(link.annotations, key, text);
      }
    }
  }

  void add_hyperedge(const GraphmlEdge& edge, const std::set<uint32_t>& ends) {
    Node node;
    node.kind = graph::NodeKind::kRouter;
    node.transit = true;
    node.span = edge.span;
    const std::string* label = find(edge.data, "label");
    std::string name = label != nullptr ? identifier_from(*label) : "";
    node.name = names_.take(name.empty() ? "hyperedge" : name);
    for (const auto& [key, text] : edge.data) {
      if (key == "label") {
        annotate(node.annotations, "label", key, text);
      } else {
        note(node.annotations, key, text);
      }
    }
    note(node.annotations, "hyperedge", "1");
    const auto hub = static_cast<uint32_t>(internet_.nodes.size());
    internet_.nodes.push_back(std::move(node));
    for (const uint32_t end : ends) add_link({{}, false, {}, edge.span}, hub, end);
  }

  void add_loop(const GraphmlEdge& edge, uint32_t end) {
    Node& node = internet_.nodes[end];
    std::string text;
    for (const auto& [key, value] : edge.data) {
      if (key == "key" && value == "0") continue;
      text += (text.empty() ? "" : ", ") + key + "=" + value;
    }
    note(node.annotations, "loop", text);
    diagnostics_.warning(edge.span, "an edge from a node to itself is no link",
                         "kept as a note of '" + node.name + "'");
  }

  // Links of a pair that has several get names, but in a graph that vinet exported: there they have
  // them, or want none.
  void name_links() {
    std::map<std::pair<uint32_t, uint32_t>, size_t> pairs;
    const auto pair_of = [](const Link& link) {
      return std::minmax(link.a.node.index, link.b.node.index);
    };
    for (const Link& link : internet_.links) ++pairs[pair_of(link)];
    std::map<std::pair<uint32_t, uint32_t>, size_t> before;
    for (Link& link : internet_.links) {
      if (exported_ && link.named) continue;
      const size_t number = ++before[pair_of(link)];
      if (link.named) continue;
      const std::string& a = internet_.nodes[link.a.node.index].name;
      const std::string& b = internet_.nodes[link.b.node.index].name;
      link.name = a + "-" + b;
      if (exported_ && number > 1) link.name += ":" + std::to_string(number);
      if (exported_ || pairs[pair_of(link)] == 1) continue;
      link.name = names_.take(a.substr(0, kMostIdentifierBytes) + "_" +
                              b.substr(0, kMostIdentifierBytes) + "_" + std::to_string(number));
      link.named = true;
    }
  }

  void add_hosts() {
    const auto routers = static_cast<uint32_t>(internet_.nodes.size());
    for (uint32_t i = 0; i < routers; ++i) {
      if (internet_.nodes[i].kind != graph::NodeKind::kRouter) continue;
      Node host;
      host.name = names_.take(internet_.nodes[i].name.substr(0, kMostIdentifierBytes) + "_host");
      Link link;
      link.a.node = NodeId{static_cast<uint32_t>(internet_.nodes.size())};
      link.b.node = NodeId{i};
      link.name = host.name + "-" + internet_.nodes[i].name;
      internet_.nodes.push_back(std::move(host));
      internet_.links.push_back(std::move(link));
    }
  }

  void add_rates() {
    for (Link& link : internet_.links) {
      const auto bandwidth = parse_rate(graph::annotation(link.annotations, "bandwidth"));
      if (bandwidth && link.rate_bps == 0) link.rate_bps = bandwidth->bits_per_s;
    }
  }

  void add_delays() {
    for (Link& link : internet_.links) {
      const auto a = position_of(internet_.nodes[link.a.node.index].annotations);
      const auto b = position_of(internet_.nodes[link.b.node.index].annotations);
      if (a && b && link.delay_us == 0) link.delay_us = fibre_delay_us(*a, *b);
    }
  }

  const GraphmlGraph& graph_;
  const ImportOptions& options_;
  Diagnostics& diagnostics_;
  const bool exported_;
  Internet internet_;
  UniqueNames names_;                       // of nodes and named links
  std::set<const GraphmlEdge*> own_links_;  // whose own names are taken
};

/// The first that makes a name: what the user or our export says, the label, other keys, the id,
/// the name of the file.
std::string name_of(const GraphmlGraph& graph, const Source& source, const ImportOptions& options) {
  if (!options.name.empty()) return options.name;
  const std::string* own = find(graph.data, "vinet_name");
  if (own != nullptr && is_identifier(*own, kMostInternetBytes)) return *own;
  for (const char* key : {"label", "Network", "name"}) {
    const std::string* text = find(graph.data, key);
    const std::string name = text != nullptr ? identifier_from(*text) : "";
    if (!name.empty()) return name;
  }
  const std::string name = identifier_from(graph.id);
  if (!name.empty()) return name;
  std::string_view file = source.name;
  file.remove_prefix(file.rfind('/') == std::string_view::npos ? 0 : file.rfind('/') + 1);
  const std::string stem = identifier_from(file.substr(0, file.find('.')));
  return stem.empty() ? "imported" : stem;
}

}  // namespace

std::optional<std::vector<Internet>> import_graphml(const Source& source,
                                                    const ImportOptions& options,
                                                    Diagnostics& diagnostics) {
  const auto graphs = read_graphml(source, {}, diagnostics);
  if (!graphs) return std::nullopt;
  UniqueNames names;
  names.claim(options.base);
  std::vector<Internet> internets;
  for (const GraphmlGraph& graph : *graphs) {
    const std::string name = names.take(name_of(graph, source, options));
    internets.push_back(Importer(graph, options, diagnostics).run(name));
  }
  return internets;
}

}  // namespace vinet::exchange
