// vinet import: a graph of others, as a description.
#include "exchange/import.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/input.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "exchange/identifier.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string path;
  std::string output;
  exchange::ImportOptions import;
};

int import_file(const Options& options) {
  if (!options.import.name.empty() &&
      !exchange::is_identifier(options.import.name, exchange::kMostInternetBytes)) {
    return fail(kExitUsage, fmt::format("--name {}: no name; names are letters, digits and _",
                                        options.import.name));
  }
  if (!exchange::is_identifier(options.import.base, exchange::kMostInternetBytes)) {
    return fail(kExitUsage, fmt::format("--on {}: no name; names are letters, digits and _",
                                        options.import.base));
  }
  const Result<Source> source = read_source(options.path);
  if (!source) {
    return fail_source(source.error());
  }
  Diagnostics diagnostics;
  const auto text = exchange::import_graphml_text(*source, options.import, diagnostics);
  if (const int code = print_diagnostics(*source, diagnostics); code != kExitOk) {
    return code;
  }
  if (const Status written = write_output(options.output, *text); !written) {
    return fail(kExitFailed, written.error().message);
  }
  return kExitOk;
}

}  // namespace

Run declare_import(CLI::App& command, Context&) {
  auto options = std::make_shared<Options>();
  command.add_option("FILE", options->path, "a GraphML file; - is stdin")
      ->required()
      ->type_name("");
  add_output(command, options->output);
  command.add_option("--name", options->import.name, "the internet's name (default: its label)")
      ->type_name("NAME");
  command.add_option("--on", options->import.base, "the base it stands on (default: lab)")
      ->type_name("BASE");
  command
      .add_option("--machines", options->import.machines,
                  "machines of that base, in a ring (default: 3); 0: the file does not declare it")
      ->check(CLI::Range(0U, 1000U))
      ->type_name("N");
  command.add_flag("--hosts", options->import.hosts, "add a host at each router");
  command.add_flag("--rates", options->import.rates, "make links as slow as their bandwidth says");
  command.add_flag("--delays", options->import.delays,
                   "make links as slow as light in fibre between their ends (needs netem)");
  command.footer(
      "Each node becomes a router, each edge a link. Names are made from labels; labels, "
      "coordinates, bandwidths\nand notes are kept as attributes that change nothing. Reads "
      "graphs of the Internet Topology Zoo, networkx and yEd.\nNeeds no root.\n\n"
      "Examples:\n"
      "  vinet import Abilene.graphml -o abilene.vinet && vinet up abilene.vinet\n"
      "  vinet import --machines 0 --on lab --rates Geant2012.graphml | vinet up -");
  return [options] { return import_file(*options); };
}

}  // namespace vinet::cli
