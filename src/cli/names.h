// Names: `fig11`, `lab`, `fig11.A`, `fig11.A-B`, `lab.X` to what runs under them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/state.h"
#include "support/result.h"

namespace vinet::cli {

/// What a name stands for. Pointers into the State that was asked.
struct Object {
  enum class Kind { kBase, kMachine, kBaseLink, kInternet, kNode, kLink };
  Kind kind = Kind::kBase;
  const plan::BasePlan* base = nullptr;          ///< always: under all layers of an internet
  const plan::InternetPlan* internet = nullptr;  ///< of an internet, node or link
  const plan::InternetPlan* lower = nullptr;     ///< that the internet stands on, if on one
  size_t index = 0;                              ///< of the machine, base link, node or link
};

std::string to_string(Object::Kind kind);
std::string with_article(Object::Kind kind);  ///< `a node`, `an internet`
std::string name_of(const Object& object);    ///< in full: `fig11.A`
/// What a node of the object's internet stands on, in full: `lab.X`, or `lower.a`.
std::string place_of(const Object& object, const plan::NodePlan& node);

/// All that runs: bases with machines and links, then internets with nodes and links, lower ones
/// first, each in the plan's order.
std::vector<Object> objects_in(const control::State& state);

/// The object of that name.
/// Errors: not_found, with the nearest name that there is.
Result<Object> find_object(const control::State& state, const std::string& name);

/// Does the name belong to what these words of the command line mean? A word is a pattern
/// (support/glob.h) for whole names, or a name, which means all below it too. No words mean all.
bool selects(const std::vector<std::string>& words, const std::string& name);

/// What a word means: of a pattern, all that match; of a name, that object; of a part's name, all
/// in the part. In the order of objects_in(). Errors: not_found, so that there always is something.
Result<std::vector<Object>> find_objects(const control::State& state, const std::string& word);

/// The node of that name, or the only one that matches a pattern; another kind of object is
/// not_found
/// ("lab is a base, not a node"). Errors: not_found, also if several match.
Result<Object> find_node(const control::State& state, const std::string& name);

/// The node of the internet that has the address as identity or on an interface.
const plan::NodePlan* node_with(const plan::InternetPlan& internet, const net::IpAddress& address);

}  // namespace vinet::cli
