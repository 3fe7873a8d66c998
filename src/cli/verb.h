// Verb: one word of the command line, in one file of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/compose.h"
#include "cli/exit_code.h"
#include "support/result.h"

namespace CLI {
class App;
}

namespace vinet::cli {

/// What every verb is given.
struct Context {
  std::string root = "/";
  std::string connect;   ///< HOST:PORT of the daemon that is asked; empty: this computer's
  std::string identity;  ///< directory that says who asks there; empty: etc/vinet of the root
  bool json = false;
  bool no_daemon = false;            ///< work in this process
  bool colour = false;               ///< stdout wants colours
  const CLI::App* app = nullptr;     ///< the whole command line: completion, man
  std::vector<std::string> program;  ///< exec, shell: what follows the node's name
};

/// Runs a verb after its options have been read; returns the exit code.
using Run = std::function<int()>;

struct Verb {
  const char* name;
  const char* help;  ///< one line
  /// Declares arguments, options and examples on the verb's command, and says what runs it.
  Run (*declare)(CLI::App& command, Context& context);
  bool takes_program = false;  ///< all behind the first argument is not for vinet
};

/// All verbs, in the order of `vinet help`.
const std::vector<Verb>& verbs();

// One file each.
Run declare_up(CLI::App& command, Context& context);
Run declare_down(CLI::App& command, Context& context);
Run declare_plan(CLI::App& command, Context& context);
Run declare_ls(CLI::App& command, Context& context);
Run declare_show(CLI::App& command, Context& context);
Run declare_exec(CLI::App& command, Context& context);
Run declare_shell(CLI::App& command, Context& context);
Run declare_ping_all(CLI::App& command, Context& context);
Run declare_capture(CLI::App& command, Context& context);
Run declare_trace(CLI::App& command, Context& context);
Run declare_verify(CLI::App& command, Context& context);
Run declare_fmt(CLI::App& command, Context& context);
Run declare_check(CLI::App& command, Context& context);
Run declare_import(CLI::App& command, Context& context);
Run declare_export(CLI::App& command, Context& context);
Run declare_map(CLI::App& command, Context& context);
Run declare_stats(CLI::App& command, Context& context);
Run declare_completion(CLI::App& command, Context& context);
Run declare_man(CLI::App& command, Context& context);
Run declare_base(CLI::App& command, Context& context);
Run declare_status(CLI::App& command, Context& context);
Run declare_backup(CLI::App& command, Context& context);
Run declare_recover(CLI::App& command, Context& context);
Run declare_daemon(CLI::App& command, Context& context);
Run declare_logs(CLI::App& command, Context& context);
Run declare_events(CLI::App& command, Context& context);
Run declare_renew(CLI::App& command, Context& context);
Run declare_pki(CLI::App& command, Context& context);
Run declare_version(CLI::App& command, Context& context);

/// `--json`, for verbs that list.
void add_json(CLI::App& command, Context& context);

/// Prints `vinet: MESSAGE` on stderr and returns the code.
int fail(ExitCode code, const std::string& message);
/// The same for an error, with the code that fits it.
int fail(const Error& error);

/// Says what to do and returns kExitUnable unless the process is root; 0 if it is.
int require_root(const char* verb);

/// `4 nodes`, `1 node`.
std::string count(size_t n, const std::string& noun);

}  // namespace vinet::cli
