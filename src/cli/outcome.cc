#include "cli/outcome.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/terminal.h"

namespace vinet::cli {
namespace {

/// Nothing of what machines of fleets did: they do not say by internet.
std::string counts(const machine::ApplyReport& report) {
  if (report.unchanged()) return "";
  return fmt::format(" (made {}, changed {}, removed {})", report.created, report.changed,
                     report.deleted);
}

}  // namespace

std::string describe(const control::Outcome& outcome, bool colour) {
  switch (outcome.what) {
    case control::Outcome::What::kMade:
      return fmt::format("{}: {}", outcome.name, paint("up", Colour::kGreen, colour));
    case control::Outcome::What::kUnchanged:
      return fmt::format("{}: unchanged", outcome.name);
    case control::Outcome::What::kRepaired:
      return fmt::format("{}: {}{}", outcome.name, paint("repaired", Colour::kYellow, colour),
                         counts(outcome.report));
    case control::Outcome::What::kChanged:
      return fmt::format("{}: {}{}", outcome.name, paint("changed", Colour::kGreen, colour),
                         counts(outcome.report));
    case control::Outcome::What::kRemoved:
      return fmt::format("{}: down", outcome.name);
  }
  return outcome.name;
}

control::Options controller_options(ProgressLine& progress, std::function<bool()> stop) {
  control::Options options;
  options.progress = progress.callback();
  options.stop = std::move(stop);
  options.note = [&progress](const std::string& line) {
    progress.clear();
    fmt::print(stderr, "vinet: {}\n", line);
  };
  return options;
}

}  // namespace vinet::cli
