// Graphs as GraphML.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "exchange/attribute_text.h"
#include "exchange/export.h"
#include "exchange/xml_text.h"
#include "support/units.h"

namespace vinet::exchange {
namespace {

/// Can data of that name say a note `KEY: …`? Not where import.cc reads something else from it.
bool is_note_key(std::string_view key) {
  for (const char* taken : {"id", "label", "key", "note", "Latitude", "Longitude", "LinkLabel",
                            "LinkSpeed", "LinkSpeedRaw", "LinkSpeedUnits"}) {
    if (key == taken) return false;
  }
  return !key.empty() && !key.starts_with(kOwnPrefix) &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

/// An annotation as the key and the text that import.cc makes it from.
std::pair<std::string, std::string> data_of(const graph::Annotation& annotation, bool is_link) {
  const auto& [key, text] = annotation;
  if (key == "label") return {is_link ? "LinkLabel" : "label", text};
  if (key == "latitude") return {"Latitude", text};
  if (key == "longitude") return {"Longitude", text};
  if (key == "bandwidth") {
    const auto rate = parse_rate(text);
    return {"LinkSpeedRaw", std::to_string(rate ? rate->bits_per_s : 0)};
  }
  const size_t colon = text.find(": ");
  if (colon != std::string::npos && is_note_key(std::string_view(text).substr(0, colon))) {
    return {text.substr(0, colon), text.substr(colon + 2)};
  }
  return {"note", text};
}

KeyedText all_data(KeyedText own, const graph::Annotations& annotations, bool is_link) {
  for (const graph::Annotation& one : annotations) own.push_back(data_of(one, is_link));
  return own;
}

/// Collects the body; keys are declared in front of it, when all are known.
class Writer {
 public:
  void add(const graph::Internet& internet) {
    body_ += fmt::format("  <graph id=\"{}\" edgedefault=\"undirected\">\n",
                         xml_text(internet.name, true));
    data("graph", "    ", all_data(own_attributes(internet), internet.annotations, false));
    for (const graph::Node& node : internet.nodes) {
      body_ += fmt::format("    <node id=\"{}\">\n", xml_text(node.name, true));
      data("node", "      ", all_data(own_attributes(node), node.annotations, false));
      body_ += "    </node>\n";
    }
    for (const graph::Link& link : internet.links) {
      body_ += fmt::format("    <edge source=\"{}\" target=\"{}\">\n",
                           xml_text(internet.nodes[link.a.node.index].name, true),
                           xml_text(internet.nodes[link.b.node.index].name, true));
      data("edge", "      ", all_data(own_attributes(link), link.annotations, true));
      body_ += "    </edge>\n";
    }
    body_ += "  </graph>\n";
  }

  std::string text() const {
    std::string text =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
    std::vector<std::string> keys(ids_.size());
    for (const auto& [key, id] : ids_) {
      const bool number = key.second == "Latitude" || key.second == "Longitude";
      keys[id] =
          fmt::format("  <key id=\"d{}\" for=\"{}\" attr.name=\"{}\" attr.type=\"{}\"/>\n", id,
                      key.first, xml_text(key.second, true), number ? "double" : "string");
    }
    for (const std::string& key : keys) text += key;
    return text + body_ + "</graphml>\n";
  }

 private:
  void data(const char* element, const char* indent, const KeyedText& all) {
    for (const auto& [key, value] : all) {
      const size_t id = ids_.try_emplace({element, key}, ids_.size()).first->second;
      body_ += fmt::format("{}<data key=\"d{}\">{}</data>\n", indent, id, xml_text(value));
    }
  }

  std::map<std::pair<std::string, std::string>, size_t> ids_;
  std::string body_;
};

}  // namespace

std::string to_graphml(const graph::Graph& graph) {
  Writer writer;
  for (const graph::Internet& internet : graph.internets) writer.add(internet);
  return writer.text();
}

}  // namespace vinet::exchange
