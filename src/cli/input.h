// Input: description files, from a path or stdin, to Ast and Graph; mistakes are printed where they
// stand.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "control/controller.h"
#include "control/state.h"
#include "graph/graph.h"
#include "lang/ast.h"
#include "support/diagnostics.h"
#include "support/result.h"
#include "support/sources.h"

namespace CLI {
class App;
}

namespace vinet::cli {

/// Is this word of the command line a file: `-`, or with a '/' or the ending `.vinet`? Else it is a
/// name.
bool is_file_word(const std::string& word);

/// Reads a file, or stdin for `-`.
/// Errors: not_found, permission_denied, ... naming the file; invalid_argument for more than the
/// parser reads; failed_precondition where somebody writes into it again and again.
Result<Source> read_source(const std::string& path);

/// Says why a file could not be read, and returns the exit code: bad input, or not found.
int fail_source(const Error& error);

/// Prints diagnostics on stderr. Returns kExitBadInput if there are errors, else 0.
int print_diagnostics(const Sources& sources, const Diagnostics& diagnostics);
int print_diagnostics(const Source& source, const Diagnostics& diagnostics);

/// A description that has been read and expanded.
struct Description {
  Sources sources;  ///< the file, and what it includes
  graph::Graph graph;
};

/// What a description is expanded with.
struct InputOptions {
  std::vector<std::string> set;  ///< `NAME=VALUE`: values for lets at the top of the file
  graph::Limits limits;
};

/// `--set NAME=VALUE`, `--max-nodes N`, `--max-links N`, `--max-depth N`
void add_input_options(CLI::App& command, InputOptions& options);

/// Reads the file and what it includes, parses and expands; on failure everything has been said and
/// the exit code is returned. What runs says what `on lab` means in a file that does not declare
/// it.
std::variant<Description, int> read_description(const std::string& path,
                                                const InputOptions& options,
                                                const control::State& running);

/// Likewise, asking for what runs only as far as the file needs it: for the bases (false), or for
/// all (true).
using Running = std::function<control::State(bool all)>;
std::variant<Description, int> read_description(const std::string& path,
                                                const InputOptions& options,
                                                const Running& running);

/// Reads and parses only: the names of the bases and internets of a file, whether or not the rest
/// of it makes sense.
std::variant<control::Named, int> read_names(const std::string& path);

}  // namespace vinet::cli
