#include "cli/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>

#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "control/description.h"
#include "graph/expand.h"
#include "lang/parser.h"
#include "lang/program.h"
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

/// By what a file's text is known again: somebody who writes into it changes one of these.
bool same_text(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// What stands behind `include`: a file, never stdin.
Result<Source> read_included(const std::string& path) {
  ASSIGN_OR_RETURN(Source source, read_source(path == "-" ? "./-" : path));
  source.name = path;
  return source;
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
  // Never half of one text and half of another (faults.md F-102).
  constexpr int kTries = 5;
  for (int tried = 0; tried < kTries; ++tried) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat before {};
    struct stat after {};
    if (!file || ::fstat(file.get(), &before) != 0) {
      return errno_error("open " + path, errno);
    }
    ASSIGN_OR_RETURN(std::string text, read_descriptor(file.get(), path));
    if (::fstat(file.get(), &after) != 0) {
      return errno_error("read " + path, errno);
    }
    if (!S_ISREG(before.st_mode) || same_text(before, after)) {
      return Source{path, std::move(text)};
    }
  }
  return Error{Errc::kFailedPrecondition,
               fmt::format("{}: somebody writes into it while it is read", path)};
}

int fail_source(const Error& error) {
  if (error.code == Errc::kInvalidArgument) {
    return fail(kExitBadInput, error.message);
  }
  return fail(error.code == Errc::kFailedPrecondition ? kExitConflict : kExitNotFound,
              error.message);
}

int print_diagnostics(const Sources& sources, const Diagnostics& diagnostics) {
  if (!diagnostics.all().empty()) {
    std::fflush(stdout);
    fmt::print(stderr, "{}", render(sources, diagnostics, colours_on(STDERR_FILENO)));
  }
  return diagnostics.has_errors() ? kExitBadInput : kExitOk;
}

int print_diagnostics(const Source& source, const Diagnostics& diagnostics) {
  return diagnostics.all().empty() ? kExitOk : print_diagnostics(Sources(source), diagnostics);
}

void add_input_options(CLI::App& command, InputOptions& options) {
  command
      .add_option("--set", options.set,
                  "give a `let` at the top of the file another value; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  const auto limit = [&](const char* name, uint32_t& value, const char* help) {
    command.add_option(name, value, help)->type_name("N");
  };
  limit("--max-nodes", options.limits.nodes, "nodes, machines and parts that a file may have");
  limit("--max-links", options.limits.links, "links that a file may have");
  limit("--max-depth", options.limits.depth, "parts in parts that a file may have");
}

std::variant<Description, int> read_description(const std::string& path,
                                                const InputOptions& options,
                                                const control::State& running) {
  return read_description(path, options, [&running](bool) { return running; });
}

std::variant<Description, int> read_description(const std::string& path,
                                                const InputOptions& options,
                                                const Running& running) {
  const Result<graph::ExpandOptions> settings =
      control::expand_options(options.set, options.limits, {});
  if (!settings) {
    return fail(kExitUsage, settings.error().message);
  }
  Result<Source> source = read_source(path);
  if (!source) {
    return fail_source(source.error());
  }
  Diagnostics diagnostics;
  lang::Program program = lang::load(*std::move(source), read_included, diagnostics);
  std::optional<graph::Graph> graph;
  if (program.file) {
    control::State state = running(false);
    if (control::stands_on_others(*program.file, state)) state = running(true);
    const auto expand = control::expand_options(options.set, options.limits, state);
    VINET_CHECK(expand.has_value());  // as before
    graph = graph::expand(*program.file, *expand, diagnostics);
  }
  if (const int code = print_diagnostics(program.sources, diagnostics); code != kExitOk) {
    return code;
  }
  VINET_CHECK(graph.has_value());
  return Description{std::move(program.sources), *std::move(graph)};
}

std::variant<control::Named, int> read_names(const std::string& path) {
  Result<Source> source = read_source(path);
  if (!source) {
    return fail_source(source.error());
  }
  Diagnostics diagnostics;
  const lang::Program program = lang::load(*std::move(source), read_included, diagnostics);
  if (const int code = print_diagnostics(program.sources, diagnostics); code != kExitOk) {
    return code;
  }
  VINET_CHECK(program.file.has_value());
  control::Named named;
  for (const lang::Statement& statement : program.file->statements) {
    if (const auto* base = std::get_if<lang::BaseDecl>(&statement.kind)) {
      named.bases.push_back(base->name.text);
    } else if (const auto* internet = std::get_if<lang::InternetDecl>(&statement.kind)) {
      named.internets.push_back(internet->name.text);
    }
  }
  return named;
}

}  // namespace vinet::cli
