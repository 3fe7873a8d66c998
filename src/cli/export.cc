// vinet export: a description, or what runs, in the formats of others.
#include "exchange/export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/chosen.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string format;
  std::string word;
  std::string only;
  std::string image = "alpine:3";
  std::string output;
  InputOptions input;
};

/// Takes all internets but the one named out of the graph; false where there is none of that name.
bool keep_only(const std::string& name, graph::Graph& graph) {
  auto& internets = graph.internets;
  const auto other = [&](const graph::Internet& internet) { return internet.name != name; };
  internets.erase(std::remove_if(internets.begin(), internets.end(), other), internets.end());
  return !internets.empty();
}

int export_graph(const Context& context, const Options& options) {
  std::variant<graph::Graph, int> chosen = chosen_graph(context, options.word, options.input);
  if (const int* code = std::get_if<int>(&chosen)) {
    return *code;
  }
  graph::Graph& graph = std::get<graph::Graph>(chosen);
  if (!options.only.empty() && !keep_only(options.only, graph)) {
    return fail(kExitNotFound,
                fmt::format("there is no internet '{}' in {}", options.only, options.word));
  }
  std::string text;
  if (options.format == "dot") {
    text = exchange::to_dot(graph);
  } else if (options.format == "graphml") {
    text = exchange::to_graphml(graph);
  } else if (options.format == "json") {
    text = exchange::to_json(graph);
  } else {
    Result<std::string> topology = exchange::to_clab(graph, options.image);
    if (!topology) {
      return fail(kExitBadInput, topology.error().message + "; choose it with --only NAME");
    }
    text = *std::move(topology);
  }
  const Status written = write_output(options.output, text);
  return written ? kExitOk : fail(kExitFailed, written.error().message);
}

}  // namespace

Run declare_export(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("FORMAT", options->format, "dot, graphml, clab or json")
      ->required()
      ->check(CLI::IsMember({"dot", "graphml", "clab", "json"}))
      ->type_name("");
  command.add_option("WHAT", options->word, "a description (- is stdin), or an internet that runs")
      ->required()
      ->type_name("");
  add_output(command, options->output);
  command.add_option("--only", options->only, "only this internet of several")->type_name("NAME");
  command.add_option("--image", options->image, "clab: what the nodes run (default: alpine:3)")
      ->type_name("IMAGE");
  add_input_options(command, options->input);
  command.footer(
      "dot is for Graphviz, clab for containerlab. What is exported as graphml, `vinet import` "
      "reads back:\nnames, labels, notes and links; not addresses, places and programs.\n"
      "Needs no root for a description.\n\n"
      "Examples:\n"
      "  vinet export dot figure11.vinet | dot -Tsvg -o figure11.svg\n"
      "  vinet export graphml fig11 -o fig11.graphml\n"
      "  vinet export clab figure11.vinet -o fig11.clab.yml");
  return [&context, options] { return export_graph(context, *options); };
}

}  // namespace vinet::cli
