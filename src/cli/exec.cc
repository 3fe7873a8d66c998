// vinet exec, vinet shell: programs inside nodes.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "cli/daemon_calls.h"
#include "cli/launcher.h"
#include "cli/names.h"
#include "cli/verb.h"
#include "control/holdings.h"
#include "slice/lower.h"

namespace vinet::cli {
namespace {

// As shells do: found but cannot be run, not found.
constexpr int kCannotRun = 126;
constexpr int kNoSuchProgram = 127;

/// Ends this process as the program ended.
int end_as(const rpc::ProgramEnd& end) {
  if (end.signal == 0) return end.exit_code;
  const rlimit no_core{0, 0};  // the program's own is enough
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::signal(end.signal, SIG_DFL);
  ::raise(end.signal);
  constexpr int kBySignal = 128;  // as shells say it
  return kBySignal + end.signal;
}

/// The program shall end with its parent, if that asked for it.
void end_with(pid_t parent) {
  if (std::getenv(kEndsWithParent) == nullptr) return;
  ::unsetenv(kEndsWithParent);  // not the program's business
  // Kept by exec. A parent that has gone already sends nothing.
  ::prctl(PR_SET_PDEATHSIG, SIGHUP);
  if (::getppid() != parent) ::raise(SIGHUP);
}

/// Not by the daemon: terminal, signals and exit code shall be the program's own, and a daemon
/// that ends shall not end it.
int become_here(const Context& context, const std::string& node, const std::string& hosts_text,
                std::vector<std::string> argv) {
  const Error error =
      local_world(context.root)->machine().exec({node, hosts_text, std::move(argv)});
  fail(kExitFailed, error.message);
  return error.code == Errc::kNotFound ? kNoSuchProgram : kCannotRun;
}

/// Does this computer hold that node, as a machine of a fleet? Who is not root asks the daemon, and
/// only about what is `unknown` otherwise.
bool is_held(const Context& context, const std::string& node, bool unknown) {
  if (::geteuid() == 0 && context.connect.empty())
    return hosts_of_held(context.root, node).has_value();
  if (!unknown) return false;
  const std::string owner = node.substr(0, node.find('.'));
  const auto held = held_here(context);
  return held && std::any_of(held->begin(), held->end(),
                             [&](const fleet::Held& one) { return one.owner == owner; });
}

int become_held(const Context& context, const std::string& node, pid_t parent,
                std::vector<std::string> argv) {
  end_with(parent);
  if (::geteuid() != 0 || !context.connect.empty()) {
    const Result<rpc::ProgramEnd> end = run_by_daemon(context, node, std::move(argv));
    return end ? end_as(*end) : fail(end.error());
  }
  const Result<std::string> hosts = hosts_of_held(context.root, node);
  return hosts ? become_here(context, node, *hosts, std::move(argv)) : fail(hosts.error());
}

/// Becomes the program, or stands for it until it has ended.
int become(const Context& context, const std::string& verb, const std::string& name,
           std::vector<std::string> argv) {
  const pid_t parent = ::getppid();
  auto opened = open_world(context, verb, Purpose::kLook);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  const Result<Object> node = find_node(state, name);
  // What this computer holds for a fleet runs here, whoever controls it.
  const std::string here = node ? name_of(*node) : name;
  if (is_held(context, here, !node)) {
    world.reset();
    return become_held(context, here, parent, std::move(argv));
  }
  if (!node) {
    for (const std::string& line : damaged) {
      fmt::print(stderr, "vinet: {}\n", line);
    }
    return fail(node.error());
  }
  const std::string full = name_of(*node);  // of a pattern
  const std::string phase = control::phase_of_internet(state, node->internet->name);
  if (phase != "up") {
    return fail(kExitConflict, fmt::format("{} is {}", node->internet->name, phase));
  }
  world.reset();
  end_with(parent);
  // A node of a fleet lies on another computer, which the daemon reaches.
  const bool elsewhere =
      !context.connect.empty() || control::fleet_under(state, node->internet->name) != nullptr;
  if (elsewhere && context.no_daemon) {  // a daemon that asks would be asked again
    return fail(kExitConflict,
                full + " lies on another computer, which only a daemon that knows it reaches");
  }
  if (::geteuid() != 0 || elsewhere) {
    const Result<rpc::ProgramEnd> end = run_by_daemon(context, full, std::move(argv));
    return end ? end_as(*end) : fail(end.error());
  }
  return become_here(context, full, slice::hosts_text(*node->internet), std::move(argv));
}

}  // namespace

Run declare_exec(CLI::App& command, Context& context) {
  auto node = std::make_shared<std::string>();
  auto program = std::make_shared<std::vector<std::string>>();  // never filled: main takes the
                                                                // program's words first
  command.add_option("NODE", *node, "a node, as fig11.A, or a pattern for one")
      ->required()
      ->type_name("");
  command.add_option("PROGRAM", *program, "what to run there, with its arguments")->type_name("");
  command.footer(
      "All behind NODE is the program's, with or without `--`. It gets the node's network, "
      "hostname, /etc/hosts (names\n"
      "of nodes resolve) and a /run of the node's own; the other files are the computer's. "
      "Terminal, signals and exit\n"
      "code are the program's own. Who is not root, but may use the daemon, has it run by the "
      "daemon, as root.\n\n"
      "Examples:\n"
      "  vinet exec fig11.A ping -c 3 F\n"
      "  vinet exec fig11.F -- sh -c 'ip -br address; ip route'");
  return [&context, node, program]() -> int {
    if (context.program.empty()) {
      return fail(kExitUsage, "exec what? vinet exec NODE PROGRAM [ARGUMENTS...]");
    }
    return become(context, "exec", *node, context.program);
  };
}

Run declare_shell(CLI::App& command, Context& context) {
  auto node = std::make_shared<std::string>();
  command.add_option("NODE", *node, "a node, as fig11.A")->required()->type_name("");
  command.footer(
      "Opens $SHELL, or /bin/sh. The prompt shows the node's name where the shell's prompt shows "
      "the host's name.\n\n"
      "Examples:\n"
      "  vinet shell fig11.A");
  return [&context, node]() -> int {
    if (!context.program.empty()) {
      return fail(kExitUsage, "shell takes a node and nothing more; `vinet exec` runs a program");
    }
    const char* shell = std::getenv("SHELL");
    // For shells without start-up files of their own; others set their prompt themselves, from the
    // hostname.
    ::setenv("PS1", fmt::format("{}:\\w\\$ ", *node).c_str(), 1);
    return become(context, "shell", *node,
                  {shell != nullptr && *shell != '\0' ? shell : "/bin/sh"});
  };
}

}  // namespace vinet::cli
