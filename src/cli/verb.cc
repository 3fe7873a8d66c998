#include "cli/verb.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/terminal.h"

namespace vinet::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> kVerbs = {
      {"up", "bring up what a file describes", declare_up},
      {"down", "take internets and bases down", declare_down},
      {"plan", "print every decision that up would take", declare_plan},
      {"ls", "list what runs: bases, internets, nodes, links", declare_ls},
      {"show", "show one internet, base, node, link or machine in full", declare_show},
      {"exec", "run a program in a node", declare_exec, true},
      {"shell", "open a shell in a node", declare_shell, true},
      {"ping-all", "try all pairs of nodes", declare_ping_all},
      {"trace", "follow one packet through links, machines and headers", declare_trace},
      {"capture", "capture packets of links, nodes and machines, all layers", declare_capture},
      {"verify", "prove what runs against its description", declare_verify},
      {"fmt", "print a file in its canonical form", declare_fmt},
      {"check", "say whether files are right", declare_check},
      {"import", "make a description of a GraphML graph", declare_import},
      {"map", "draw the base and the internets on it", declare_map},
      {"stats", "count packets and drops of links", declare_stats},
      {"export", "write a graph for other programs", declare_export},
      {"base", "the machines of fleets: list, add, remove, drain", declare_base},
      {"status", "tell what this computer can do, what runs, what was left over", declare_status},
      {"backup", "copy the state into a file that recover takes", declare_backup},
      {"recover", "go back to the last copy of a state that was lost or damaged", declare_recover},
      {"logs", "print what the program of a node printed", declare_logs},
      {"events", "list what happened", declare_events},
      {"renew", "put off the end of a lease", declare_renew},
      {"daemon", "serve the other verbs, and keep what is up as it shall be", declare_daemon},
      {"pki", "make and revoke certificates for daemons and who uses them", declare_pki},
      {"completion", "print the completion of a shell", declare_completion},
      {"man", "print a manual page", declare_man},
      {"version", "print the version", declare_version},
  };
  return kVerbs;
}

void add_json(CLI::App& command, Context& context) {
  command.add_flag("--json", context.json, "print JSON");
}

int fail(ExitCode code, const std::string& message) {
  std::fflush(stdout);
  fmt::print(stderr, "{} {}\n", paint("vinet:", Colour::kRed, colours_on(STDERR_FILENO)), message);
  return code;
}

int fail(const Error& error) {
  return fail(exit_code_of(error.code), error.message);
}

int require_root(const char* verb) {
  if (::geteuid() == 0) {
    return kExitOk;
  }
  return fail(
      kExitUnable,
      fmt::format(
          "`vinet {0}` needs root, because it works on network namespaces and BPF programs: "
          "sudo vinet {0} ...  (fmt, check, plan, version and help need no root)",
          verb));
}

std::string count(size_t n, const std::string& noun) {
  if (n == 1) {
    return fmt::format("1 {}", noun);
  }
  return fmt::format("{} {}s", n, noun);
}

}  // namespace vinet::cli
