// vinet fmt: files in their canonical form.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "cli/input.h"
#include "cli/verb.h"
#include "lang/ast_json.h"
#include "lang/formatter.h"
#include "lang/parser.h"

namespace vinet::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  bool check = false;
  bool write = false;
  bool from_json = false;
};

enum class Form { kText, kJson };

/// Replaces a file as a whole: written beside it, with its mode, then renamed. A link stays a link.
Status replace_file(const std::string& name, const std::string& text) {
  std::error_code error;
  const std::string path = std::filesystem::canonical(name, error).string();
  struct stat old {};
  if (error || ::stat(path.c_str(), &old) != 0) {
    return errno_error("rewrite " + name, error ? error.value() : errno);
  }
  std::string temporary = path + ".XXXXXX";
  const int fd = ::mkstemp(temporary.data());
  if (fd < 0) {
    return errno_error("make a file beside " + name, errno);
  }
  size_t done = 0;
  bool good = ::fchmod(fd, old.st_mode & 07777) == 0;
  while (good && done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    good = n > 0 || (n < 0 && errno == EINTR);
    done += n > 0 ? static_cast<size_t>(n) : 0;
  }
  good = good && ::fsync(fd) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0;
  const int cause = errno;
  ::close(fd);
  if (!good) {
    ::unlink(temporary.c_str());
    return errno_error("rewrite " + name, cause);
  }
  return ok();
}

int format_one(const std::string& path, const Options& options, Form form) {
  const Result<Source> source = read_source(path);
  if (!source) {
    return fail_source(source.error());
  }
  Diagnostics diagnostics;
  const std::optional<lang::File> file =
      options.from_json ? lang::from_json(*source, diagnostics) : lang::parse(*source, diagnostics);
  if (const int code = print_diagnostics(*source, diagnostics); code != kExitOk) {
    return code;
  }
  if (form == Form::kJson) {
    fmt::print("{}", lang::to_json(*file));
    return kExitOk;
  }
  const std::string formatted = lang::format(*file);
  if (options.check) {
    if (formatted != source->text) {
      fmt::print("{}: not in canonical form\n", source->name);
      return kExitFailed;
    }
    return kExitOk;
  }
  if (!options.write || path == "-") {
    fmt::print("{}", formatted);
    return kExitOk;
  }
  if (formatted != source->text) {
    if (const Status written = replace_file(path, formatted); !written) {
      return fail(kExitFailed, written.error().message);
    }
    fmt::print("{}: rewritten\n", source->name);
  }
  return kExitOk;
}

}  // namespace

Run declare_fmt(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("FILE", options->files, "description files; - is stdin")
      ->required()
      ->type_name("");
  CLI::Option* check = command.add_flag("--check", options->check,
                                        "print names of files that are not canonical, exit 1");
  CLI::Option* write =
      command.add_flag("-w,--write", options->write, "rewrite the files")->excludes(check);
  command.add_flag("--json", context.json, "print the file as JSON, with its comments")
      ->excludes(check)
      ->excludes(write);
  command.add_flag("--from-json", options->from_json, "the files are JSON, as --json prints it")
      ->excludes(check)
      ->excludes(write);
  command.footer(
      "Comments are kept. Formatting a formatted file changes nothing.\n\n"
      "Examples:\n"
      "  vinet fmt figure11.vinet           print it\n"
      "  vinet fmt -w *.vinet               rewrite them all\n"
      "  vinet fmt --check *.vinet          for a test\n"
      "  vinet fmt --json a.vinet | edit | vinet fmt --from-json -");
  return [&context, options] {
    const Form form = context.json ? Form::kJson : Form::kText;
    int worst = kExitOk;
    for (const std::string& path : options->files) {
      worst = std::max(worst, format_one(path, *options, form));
    }
    return worst;
  };
}

}  // namespace vinet::cli
