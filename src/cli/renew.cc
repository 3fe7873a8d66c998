// vinet renew: begins a lease anew.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/verb.h"
#include "support/units.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string name, lease;
};

int renew(const Context& context, const Options& options) {
  std::optional<uint64_t> lease_s;
  if (!options.lease.empty()) {
    const Result<Duration> lease = parse_duration(options.lease);
    if (!lease || lease->us < 1'000'000) {
      return fail(kExitUsage, fmt::format("--lease {}: not a duration of a second or more, as 8h",
                                          options.lease));
    }
    lease_s = lease->us / 1'000'000;
  }
  auto opened = open_world(context, "renew", Purpose::kChange);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  const Result<uint64_t> left_s = world->controller().renew(options.name, lease_s, {});
  if (!left_s) return fail(left_s.error());
  fmt::print("{}: its lease ends in {}\n", options.name, to_string(Duration{*left_s * 1'000'000}));
  return kExitOk;
}

}  // namespace

Run declare_renew(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("INTERNET", options->name, "an internet with a lease")
      ->required()
      ->type_name("");
  command.add_option("--lease", options->lease, "for so long; else as its description says")
      ->type_name("DURATION");
  command.footer(
      "An internet with `lease = 8h` is taken down 8 hours after it came up, unless this begins "
      "the 8 hours anew.\n\n"
      "Examples:\n"
      "  vinet renew demo\n"
      "  vinet renew demo --lease 2h");
  return [&context, options] { return renew(context, *options); };
}

}  // namespace vinet::cli
