// vinet recover: out of a state that was lost or damaged.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

int recover(const Context& context, const std::string& file) {
  auto opened = open_world(context, "recover", Purpose::kRecover);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  // The daemon's working directory is another.
  std::error_code unknown;
  const std::string path =
      file.empty() ? "" : std::filesystem::absolute(file, unknown).lexically_normal().string();
  ProgressLine progress;
  const auto lines = world->controller().recover(path, controller_options(progress, nullptr));
  progress.clear();
  if (!lines) {
    return fail(lines.error());
  }
  for (const std::string& line : *lines) {
    fmt::print("{}\n", line);
  }
  return kExitOk;
}

}  // namespace

Run declare_recover(CLI::App& command, Context& context) {
  auto file = std::make_shared<std::string>();
  command
      .add_option("FILE", *file,
                  "a copy of the state's database that you kept; it takes the state's place")
      ->type_name("");
  command.footer(
      "What cannot be read is put aside, under a new name beside the old one, and the copy that "
      "was "
      "made when\n"
      "the last command ended takes its place. Nothing in the kernel is touched. A FILE of yours "
      "is "
      "checked first; then\n"
      "it takes the state's place, whatever that is like, and the former state is put aside.\n"
      "What this computer holds as a machine of fleets has a store of its own: one that cannot be "
      "read is put aside,\n"
      "and the fleets' controllers say again what it held.\n\n"
      "Examples:\n"
      "  vinet recover\n"
      "  vinet recover /var/backups/vinet.db");
  return [&context, file] { return recover(context, *file); };
}

}  // namespace vinet::cli
