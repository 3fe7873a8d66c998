// GraphML by expat, element by element.
#include "exchange/graphml.h"

#include <expat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "support/utf8.h"

namespace vinet::exchange {
namespace {

/// A name without its namespace prefix.
std::string_view local(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// `'text'`, cut where it is long, with nothing that deceives a terminal.
std::string shown(std::string_view text) {
  constexpr size_t kMost = 60;
  std::string out = "'";
  size_t characters = 0;
  while (!text.empty() && characters++ < kMost) out += printable(take_character(text));
  return out + (text.empty() ? "'" : "…'");
}

struct Key {
  std::string name;
  std::string element;  // `node`, `edge`, `graph`, `all`
  std::optional<std::string> standard;
};

/// An edge whose ends have not been looked up yet.
struct OpenEdge {
  GraphmlEdge edge;
  std::vector<std::string> ids;
};

class Reader {
 public:
  Reader(const Source& source, const GraphmlLimits& limits, Diagnostics& diagnostics)
      : source_(source),
        limits_(limits),
        diagnostics_(diagnostics),
        parser_(XML_ParserCreate(nullptr), &XML_ParserFree) {}

  std::optional<std::vector<GraphmlGraph>> read() {
    XML_Parser parser = parser_.get();
    if (parser == nullptr) {
      diagnostics_.error({}, "no memory to read XML");
      return std::nullopt;
    }
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &Reader::on_start, &Reader::on_end);
    XML_SetCharacterDataHandler(parser, &Reader::on_text);
    XML_SetEntityDeclHandler(parser, &Reader::on_entity);
    constexpr size_t kPiece = size_t{1} << 20;  // expat counts in int
    for (size_t at = 0;;) {
      const size_t size = std::min(kPiece, source_.text.size() - at);
      const bool last = at + size == source_.text.size();
      const auto status = XML_Parse(parser, source_.text.data() + at, static_cast<int>(size),
                                    last ? XML_TRUE : XML_FALSE);
      at += size;
      if (failed_) return std::nullopt;
      if (status != XML_STATUS_OK) {
        error(std::string("not well-formed XML: ") + XML_ErrorString(XML_GetErrorCode(parser)));
        return std::nullopt;
      }
      if (last) break;
    }
    if (graphs_.empty()) {
      error("there is no graph in this file", {});
      return std::nullopt;
    }
    for (size_t i = 0; i < graphs_.size(); ++i) finish(i);
    if (failed_) return std::nullopt;
    return std::move(graphs_);
  }

 private:
  using Attributes = std::map<std::string_view, std::string_view>;

  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    static_cast<Reader*>(self)->start(name, attributes);
  }
  static void on_end(void* self, const XML_Char*) { static_cast<Reader*>(self)->end(); }
  static void on_text(void* self, const XML_Char* text, int size) {
    static_cast<Reader*>(self)->add_text({text, static_cast<size_t>(size)});
  }
  static void on_entity(void* self, const XML_Char* name, int, const XML_Char*, int,
                        const XML_Char*, const XML_Char*, const XML_Char*, const XML_Char*) {
    static_cast<Reader*>(self)->error("entities of a file's own are not read: " + shown(name));
  }

  Span here() const {
    const XML_Index index = XML_GetCurrentByteIndex(parser_.get());
    const int count = std::max(1, XML_GetCurrentByteCount(parser_.get()));
    if (index < 0) return {};
    const size_t size = source_.text.size();
    const size_t begin = std::min(static_cast<size_t>(index), size == 0 ? 0 : size - 1);
    const size_t end = std::min(begin + static_cast<size_t>(count), size);
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }
  void error(const std::string& message) { error(message, here()); }
  void error(const std::string& message, Span span) {
    if (!failed_) diagnostics_.error(span, message);
    failed_ = true;
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  void start(std::string_view name, const XML_Char** list) {
    if (failed_) return;
    if (static_cast<int>(path_.size()) >= limits_.depth) {
      return error("elements are nested more than " + std::to_string(limits_.depth) + " deep");
    }
    const std::string_view element = local(name);
    if (path_.empty() && element != "graphml") {
      return error("this is no GraphML: its outermost element is " + shown(element) +
                   ", not 'graphml'");
    }
    Attributes attributes;
    for (; *list != nullptr; list += 2) attributes[list[0]] = list[1];
    path_.push_back(kind(element, attributes));
  }

  /// What an element is, once it has been taken in.
  enum class Kind {
    kGraphml,
    kKey,
    kDefault,
    kGraph,
    kNode,
    kEdge,
    kEndpoint,
    kData,
    kLabel,
    kOther
  };

  Kind kind(std::string_view element, const Attributes& attributes) {
    const Kind parent = path_.empty() ? Kind::kOther : path_.back();
    if (path_.empty()) return Kind::kGraphml;
    if (element == "key" && parent == Kind::kGraphml) return start_key(attributes);
    if (element == "default" && parent == Kind::kKey) return start_text(Kind::kDefault);
    if (element == "graph" && (parent == Kind::kGraphml || parent == Kind::kNode)) {
      return start_graph(attributes);
    }
    if (element == "node" && parent == Kind::kGraph) return start_node(attributes);
    if ((element == "edge" || element == "hyperedge") && parent == Kind::kGraph) {
      return start_edge(element == "hyperedge", attributes);
    }
    if (element == "endpoint" && parent == Kind::kEdge) return start_endpoint(attributes);
    if (element == "data" &&
        (parent == Kind::kGraph || parent == Kind::kNode || parent == Kind::kEdge)) {
      return start_data(attributes);
    }
    if ((element == "NodeLabel" || element == "EdgeLabel") && in_data()) {
      return start_text(Kind::kLabel);
    }
    return Kind::kOther;
  }

  bool in_data() const { return std::find(path_.begin(), path_.end(), Kind::kData) != path_.end(); }

  static std::string value(const Attributes& attributes, std::string_view name) {
    const auto at = attributes.find(name);
    return at == attributes.end() ? std::string() : std::string(at->second);
  }

  Kind start_key(const Attributes& attributes) {
    key_id_ = value(attributes, "id");
    Key key{value(attributes, "attr.name"), value(attributes, "for"), std::nullopt};
    if (key.name.empty()) key.name = key_id_;
    if (key.element.empty()) key.element = "all";
    keys_[key_id_] = std::move(key);
    return Kind::kKey;
  }

  Kind start_text(Kind kind) {
    text_.clear();
    return kind;
  }

  Kind start_graph(const Attributes& attributes) {
    if (std::find(path_.begin(), path_.end(), Kind::kGraph) == path_.end()) {
      graphs_.emplace_back().id = value(attributes, "id");
      open_edges_.emplace_back();
      ids_.emplace_back();
    }  // else a nested graph: its nodes and edges are the outer one's, what it says is its node's
    return Kind::kGraph;
  }

  Kind start_node(const Attributes& attributes) {
    if (++nodes_ > limits_.nodes) {
      error("more than " + std::to_string(limits_.nodes) + " nodes");
      return Kind::kOther;
    }
    GraphmlGraph& graph = graphs_.back();
    GraphmlNode node;
    node.id = value(attributes, "id");
    node.span = here();
    const auto index = static_cast<uint32_t>(graph.nodes.size());
    if (attributes.count("id") != 0 && !ids_.back().emplace(node.id, index).second) {
      error("two nodes have the id " + shown(node.id));
    }
    for (const auto& [name, text] : attributes) {
      if (name != "id") add_data(node.data, name, text);
    }
    open_nodes_.push_back(index);
    graph.nodes.push_back(std::move(node));
    return Kind::kNode;
  }

  Kind start_edge(bool hyper, const Attributes& attributes) {
    if (++edges_ > limits_.edges) {
      error("more than " + std::to_string(limits_.edges) + " edges");
      return Kind::kOther;
    }
    OpenEdge open;
    open.edge.hyper = hyper;
    open.edge.span = here();
    for (const char* end : {"source", "target"}) {
      if (hyper) break;
      if (attributes.count(end) == 0) error(std::string("this edge has no ") + end);
      open.ids.push_back(value(attributes, end));
    }
    for (const auto& [name, text] : attributes) {
      if (hyper || (name != "source" && name != "target")) add_data(open.edge.data, name, text);
    }
    open_edges_.back().push_back(std::move(open));
    return Kind::kEdge;
  }

  Kind start_endpoint(const Attributes& attributes) {
    OpenEdge& open = open_edges_.back().back();
    if (attributes.count("node") == 0) error("this endpoint has no node");
    open.ids.push_back(value(attributes, "node"));
    if (++edges_ > limits_.edges) error("more than " + std::to_string(limits_.edges) + " edges");
    return Kind::kEndpoint;
  }

  Kind start_data(const Attributes& attributes) {
    key_id_ = value(attributes, "key");
    return start_text(Kind::kData);
  }

  /// What the innermost open graph, node or edge says.
  GraphmlData& owner() {
    for (auto at = path_.rbegin(); at != path_.rend(); ++at) {
      if (*at == Kind::kEdge) return open_edges_.back().back().edge.data;
      if (*at == Kind::kNode) return graphs_.back().nodes[open_nodes_.back()].data;
      if (*at == Kind::kGraph) break;
    }
    return open_nodes_.empty() ? graphs_.back().data
                               : graphs_.back().nodes[open_nodes_.back()].data;
  }

  void add_data(GraphmlData& data, std::string_view name, std::string_view text) {
    if (++data_ > limits_.data) {
      return error("more than " + std::to_string(limits_.data) + " texts");
    }
    data.emplace_back(name, text);
  }

  void end() {
    if (failed_ || path_.empty()) return;
    const Kind kind = path_.back();
    path_.pop_back();
    if (kind == Kind::kDefault) {
      keys_[key_id_].standard = text_;
    } else if (kind == Kind::kData) {
      const auto key = keys_.find(key_id_);
      const std::string name = key == keys_.end() ? key_id_ : key->second.name;
      const bool blank = text_.find_first_not_of(" \t\r\n") == std::string::npos;
      if (!has_elements_ || !blank) add_data(owner(), name, text_);
      has_elements_ = false;
    } else if (kind == Kind::kLabel) {
      add_data(owner(), "label", text_);
      text_.clear();
      has_elements_ = true;
    } else if (kind == Kind::kNode) {
      open_nodes_.pop_back();
    } else if (kind == Kind::kOther && in_data()) {
      has_elements_ = true;
    }
  }

  void add_text(std::string_view text) {
    if (failed_ || path_.empty()) return;
    const Kind kind = path_.back();
    if (kind == Kind::kData || kind == Kind::kLabel || kind == Kind::kDefault) text_ += text;
  }

  /// Looks up the ends of edges, and gives everything the defaults that it does not override.
  void finish(size_t index) {
    GraphmlGraph& graph = graphs_[index];
    for (OpenEdge& open : open_edges_[index]) {
      for (const std::string& id : open.ids) {
        const auto node = ids_[index].find(id);
        if (node == ids_[index].end()) {
          return error("this edge ends at node " + shown(id) + ", which is not there",
                       open.edge.span);
        }
        open.edge.ends.push_back(node->second);
      }
      graph.edges.push_back(std::move(open.edge));
    }
    add_defaults("graph", graph.data);
    for (GraphmlNode& node : graph.nodes) add_defaults("node", node.data);
    for (GraphmlEdge& edge : graph.edges)
      add_defaults(edge.hyper ? "hyperedge" : "edge", edge.data);
  }

  void add_defaults(std::string_view element, GraphmlData& data) {
    for (const auto& [id, key] : keys_) {
      if (failed_ || !key.standard || (key.element != element && key.element != "all")) continue;
      const bool given = std::any_of(data.begin(), data.end(),
                                     [&](const auto& one) { return one.first == key.name; });
      if (!given) add_data(data, key.name, *key.standard);
    }
  }

  const Source& source_;
  const GraphmlLimits& limits_;
  Diagnostics& diagnostics_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  bool failed_ = false;
  std::vector<Kind> path_;
  std::map<std::string, Key> keys_;
  std::string key_id_;         // of the key or data that is open
  std::string text_;           // of the data that is open, so far
  bool has_elements_ = false;  // in the data that is open
  std::vector<GraphmlGraph> graphs_;
  std::vector<std::vector<OpenEdge>> open_edges_;               // of each graph
  std::vector<std::unordered_map<std::string, uint32_t>> ids_;  // of each graph
  std::vector<uint32_t> open_nodes_;
  size_t nodes_ = 0, edges_ = 0, data_ = 0;
};

}  // namespace

std::optional<std::vector<GraphmlGraph>> read_graphml(const Source& source,
                                                      const GraphmlLimits& limits,
                                                      Diagnostics& diagnostics) {
  return Reader(source, limits, diagnostics).read();
}

}  // namespace vinet::exchange
