#include "cli/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>

#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "control/intend.h"
#include "graph/expand.h"
#include "lang/parser.h"
#include "support/check.h"
#include "support/fd.h"
#include "support/units.h"

namespace vinet::cli {
namespace {

Result<std::string> read_descriptor(int fd, const std::string& name) {
  std::string text;
  std::string buffer(size_t{1} << 16, '\0');
  while (text.size() <= lang::kMaxFileBytes) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return errno_error("read " + name, errno);
    }
    if (n == 0) {
      break;
    }
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  if (text.size() > lang::kMaxFileBytes) {
    return Error{Errc::kInvalidArgument, fmt::format("{}: larger than {}, the most that is read",
                                                     name, to_string(Size{lang::kMaxFileBytes}))};
  }
  return text;
}

}  // namespace

bool is_file_word(const std::string& word) {
  return word == "-" || word.find('/') != std::string::npos || word.ends_with(".vinet");
}

Result<Source> read_source(const std::string& path) {
  if (path == "-") {
    ASSIGN_OR_RETURN(std::string text, read_descriptor(STDIN_FILENO, "stdin"));
    return Source{"stdin", std::move(text)};
  }
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return errno_error("open " + path, errno);
  }
  ASSIGN_OR_RETURN(std::string text, read_descriptor(file.get(), path));
  return Source{path, std::move(text)};
}

int fail_source(const Error& error) {
  return fail(error.code == Errc::kInvalidArgument ? kExitBadInput : kExitNotFound, error.message);
}

int print_diagnostics(const Source& source, const Diagnostics& diagnostics) {
  if (!diagnostics.all().empty()) {
    std::fflush(stdout);
    fmt::print(stderr, "{}", render(source, diagnostics, colours_on(STDERR_FILENO)));
  }
  return diagnostics.has_errors() ? kExitBadInput : kExitOk;
}

void add_input_options(CLI::App& command, InputOptions& options) {
  command
      .add_option("--set", options.set,
                  "give a `let` at the top of the file another value; may be repeated")
      ->type_name("NAME=NUMBER")
      ->allow_extra_args(false);
}

std::variant<Description, int> read_description(const std::string& path,
                                                const InputOptions& options,
                                                const control::State& running) {
  graph::ExpandOptions expand;
  expand.running_bases = control::bases_as_graph(running);
  for (const std::string& setting : options.set) {
    const size_t equals = setting.find('=');
    int64_t value = 0;
    const char* begin = setting.data() + (equals == std::string::npos ? 0 : equals + 1);
    const char* end = setting.data() + setting.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (equals == std::string::npos || equals == 0 || error != std::errc() || stop != end) {
      return fail(kExitUsage, fmt::format("--set {}: must be NAME=NUMBER, as depth=16", setting));
    }
    expand.values[setting.substr(0, equals)] = value;
  }
  Result<Source> source = read_source(path);
  if (!source) {
    return fail_source(source.error());
  }
  Diagnostics diagnostics;
  std::optional<graph::Graph> graph;
  if (const std::optional<lang::File> file = lang::parse(*source, diagnostics)) {
    graph = graph::expand(*file, expand, diagnostics);
  }
  if (const int code = print_diagnostics(*source, diagnostics); code != kExitOk) {
    return code;
  }
  VINET_CHECK(graph.has_value());
  return Description{*std::move(source), *std::move(graph)};
}

std::variant<control::Named, int> read_names(const std::string& path) {
  const Result<Source> source = read_source(path);
  if (!source) {
    return fail_source(source.error());
  }
  Diagnostics diagnostics;
  const std::optional<lang::File> file = lang::parse(*source, diagnostics);
  if (const int code = print_diagnostics(*source, diagnostics); code != kExitOk) {
    return code;
  }
  VINET_CHECK(file.has_value());
  control::Named named;
  for (const lang::Statement& statement : file->statements) {
    if (const auto* base = std::get_if<lang::BaseDecl>(&statement.kind)) {
      named.bases.push_back(base->name.text);
    } else if (const auto* internet = std::get_if<lang::InternetDecl>(&statement.kind)) {
      named.internets.push_back(internet->name.text);
    }
  }
  return named;
}

}  // namespace vinet::cli
