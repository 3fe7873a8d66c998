// vinet version: which vinet this is.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/verb.h"

namespace vinet::cli {

Run declare_version(CLI::App& command, Context& context) {
  add_json(command, context);
  command.footer(
      "Examples:\n"
      "  vinet version\n"
      "  vinet version --json");
  return [&context] {
    if (context.json) {
      const nlohmann::json version = {{"name", "vinet"}, {"version", VINET_VERSION}};
      fmt::print("{}\n", version.dump(2));
    } else {
      fmt::print("vinet {}\n", VINET_VERSION);
    }
    return static_cast<int>(kExitOk);
  };
}

}  // namespace vinet::cli
