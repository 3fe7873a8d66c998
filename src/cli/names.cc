#include "cli/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/layers.h"
#include "support/diagnostics.h"
#include "support/glob.h"

namespace vinet::cli {

std::string to_string(Object::Kind kind) {
  switch (kind) {
    case Object::Kind::kBase:
      return "base";
    case Object::Kind::kMachine:
      return "machine";
    case Object::Kind::kBaseLink:
      return "base link";
    case Object::Kind::kInternet:
      return "internet";
    case Object::Kind::kNode:
      return "node";
    case Object::Kind::kLink:
      return "link";
  }
  return "";
}

std::string with_article(Object::Kind kind) {
  return (kind == Object::Kind::kInternet ? "an " : "a ") + to_string(kind);
}

std::string name_of(const Object& object) {
  switch (object.kind) {
    case Object::Kind::kBase:
      return object.base->name;
    case Object::Kind::kMachine:
      return object.base->name + "." + object.base->machines[object.index].name;
    case Object::Kind::kBaseLink:
      return object.base->name + "." + object.base->links[object.index].name;
    case Object::Kind::kInternet:
      return object.internet->name;
    case Object::Kind::kNode:
      return object.internet->name + "." + object.internet->nodes[object.index].name;
    case Object::Kind::kLink:
      return object.internet->name + "." + object.internet->links[object.index].name;
  }
  return "";
}

std::string place_of(const Object& object, const plan::NodePlan& node) {
  return object.lower != nullptr
             ? object.lower->name + "." + object.lower->nodes[node.machine.index].name
             : object.base->name + "." + object.base->machines[node.machine.index].name;
}

std::vector<Object> objects_in(const control::State& state) {
  std::vector<Object> objects;
  for (const auto& [name, intent] : state.bases) {
    const plan::BasePlan& base = intent.plan;
    objects.push_back({Object::Kind::kBase, &base, nullptr, nullptr, 0});
    for (size_t i = 0; i < base.machines.size(); ++i) {
      objects.push_back({Object::Kind::kMachine, &base, nullptr, nullptr, i});
    }
    for (size_t i = 0; i < base.links.size(); ++i) {
      objects.push_back({Object::Kind::kBaseLink, &base, nullptr, nullptr, i});
    }
  }
  for (const std::string& name : state.in_layers()) {
    const plan::InternetPlan& internet = state.internets.at(name).plan;
    const std::optional<Layers> layers = layers_of(state, internet);
    if (!layers) {
      continue;  // the file of something under it cannot be read, which has been said
    }
    const plan::InternetPlan* lower =
        layers->top() == 1 ? nullptr : &layers->internet(layers->top() - 1);
    const auto add = [&](Object::Kind kind, size_t index) {
      objects.push_back({kind, layers->base, &internet, lower, index});
    };
    add(Object::Kind::kInternet, 0);
    for (size_t i = 0; i < internet.nodes.size(); ++i) {
      add(Object::Kind::kNode, i);
    }
    for (size_t i = 0; i < internet.links.size(); ++i) {
      add(Object::Kind::kLink, i);
    }
  }
  return objects;
}

Result<Object> find_object(const control::State& state, const std::string& name) {
  std::vector<std::string> names;
  for (const Object& object : objects_in(state)) {
    names.push_back(name_of(object));
    if (names.back() == name) {
      return object;
    }
  }
  if (names.empty()) {
    return Error{Errc::kNotFound, fmt::format("there is no '{}': nothing is up", name)};
  }
  const std::string near = nearest(name, names);
  return Error{Errc::kNotFound,
               fmt::format("there is no '{}'{}", name,
                           near.empty() ? "; `vinet ls` lists what there is"
                                        : fmt::format("; did you mean '{}'?", near))};
}

bool selects(const std::vector<std::string>& words, const std::string& name) {
  return words.empty() || std::any_of(words.begin(), words.end(), [&](const std::string& word) {
           return is_glob(word) ? glob_match(word, name) : glob_covers(word, name);
         });
}

Result<std::vector<Object>> find_objects(const control::State& state, const std::string& word) {
  std::vector<Object> found;
  for (const Object& object : objects_in(state)) {
    const std::string name = name_of(object);
    if (name == word) {
      return std::vector<Object>{object};
    }
    if (selects({word}, name)) {
      found.push_back(object);
    }
  }
  if (!found.empty()) {
    return found;
  }
  if (is_glob(word)) {
    return Error{Errc::kNotFound, fmt::format("nothing that runs matches '{}'", word)};
  }
  return find_object(state, word).error();
}

namespace {

Result<Object> only_node(const control::State& state, const std::string& pattern) {
  std::vector<Object> nodes;
  ASSIGN_OR_RETURN(const std::vector<Object> found, find_objects(state, pattern));
  for (const Object& object : found) {
    if (object.kind == Object::Kind::kNode) {
      nodes.push_back(object);
    }
  }
  if (nodes.empty()) {
    return Error{Errc::kNotFound, fmt::format("no node matches '{}'", pattern)};
  }
  if (nodes.size() > 1) {
    return Error{Errc::kNotFound,
                 fmt::format("'{}' matches {} nodes, {} and {} among them; one is needed", pattern,
                             nodes.size(), name_of(nodes[0]), name_of(nodes[1]))};
  }
  return nodes.front();
}

}  // namespace

Result<Object> find_node(const control::State& state, const std::string& name) {
  if (is_glob(name)) {
    return only_node(state, name);
  }
  ASSIGN_OR_RETURN(const Object object, find_object(state, name));
  if (object.kind != Object::Kind::kNode) {
    return Error{Errc::kNotFound,
                 fmt::format("{} is {}, not a node", name, with_article(object.kind))};
  }
  return object;
}

const plan::NodePlan* node_with(const plan::InternetPlan& internet, const net::IpAddress& address) {
  for (const plan::NodePlan& node : internet.nodes) {
    const auto is = [&](const net::Ipv4& v4, const std::optional<net::Ipv6>& v6) {
      return address == net::IpAddress(v4) || (v6 && address == net::IpAddress(*v6));
    };
    if (is(node.identity, node.identity6)) {
      return &node;
    }
    for (const plan::Interface& interface : node.interfaces) {
      if (is(interface.address, interface.address6)) {
        return &node;
      }
    }
  }
  return nullptr;
}

}  // namespace vinet::cli
