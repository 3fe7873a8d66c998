#include "cli/chosen.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/layers.h"
#include "cli/names.h"
#include "exchange/export.h"

namespace vinet::cli {

control::State readable_state(const Context& context) {
  auto opened = open_world(context, "plan", Purpose::kPlan);
  if (std::get_if<int>(&opened)) {
    return {};
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  control::State state = current_state(*world, damaged);
  for (const std::string& line : damaged) {
    fmt::print(stderr, "vinet: {}\n", line);
  }
  return state;
}

std::variant<plan::Plan, int> running_plan(const control::State& state, const std::string& name) {
  const Result<Object> object = find_object(state, name);
  if (!object) {
    return fail(object.error());
  }
  plan::Plan plan;
  plan.bases.push_back(*object->base);
  if (object->kind == Object::Kind::kInternet) {
    const std::optional<Layers> layers = layers_of(state, *object->internet);
    for (const plan::InternetPlan* layer : layers->internets) plan.internets.push_back(*layer);
  } else if (object->kind == Object::Kind::kBase) {
    for (const std::string& internet : state.all_standing_on(name)) {
      plan.internets.push_back(state.internets.at(internet).plan);
    }
  } else {
    return fail(kExitNotFound,
                fmt::format("{} is {}, not an internet or base", name, with_article(object->kind)));
  }
  return plan;
}

std::variant<graph::Graph, int> chosen_graph(const Context& context, const std::string& word,
                                             const InputOptions& options) {
  const control::State state = readable_state(context);
  if (is_file_word(word)) {
    std::variant<Description, int> read = read_description(word, options, state);
    if (const int* code = std::get_if<int>(&read)) {
      return *code;
    }
    return std::get<Description>(std::move(read)).graph;
  }
  const std::variant<plan::Plan, int> running = running_plan(state, word);
  if (const int* code = std::get_if<int>(&running)) {
    return *code;
  }
  return exchange::graph_of(std::get<plan::Plan>(running));
}

}  // namespace vinet::cli
