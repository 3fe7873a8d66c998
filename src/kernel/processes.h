// Door 4: processes inside nodes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/result.h"

namespace vinet::kernel {

/// A program to be run inside a node. It gets the node's network namespace, a UTS namespace with
/// the node's name and a mount namespace in which /run is the node's own and /etc/hosts,
/// /etc/hostname, /etc/resolv.conf are the node's (VI §III, "network reentrancy"); the rest of the
/// file system is the machine's.
struct Execution {
  std::string netns;     ///< `fig11.A`
  std::string hostname;  ///< `A`
  std::string cgroup;    ///< `vinet/fig11/A` below the cgroup2 mount; skipped where there is none
  std::string run_directory;  ///< host directory that becomes /run
  std::string hosts_file;     ///< host files that cover those of /etc; empty: not covered
  std::string hostname_file;
  std::string resolv_conf_file;
  std::vector<std::string> argv;  ///< looked up in PATH
};

class Processes {
 public:
  virtual ~Processes() = default;

  /// Pids of processes whose network namespace is one of these, this process left out.
  virtual Result<std::vector<pid_t>> list(const std::vector<std::string>& namespaces) = 0;

  /// Ends all processes in these namespaces: SIGTERM, after a grace SIGKILL, again until none is
  /// left (F-10). Errors: unavailable if some still live after `deadline`; failed_precondition, and
  /// nothing is ended, where one of them is the own namespace.
  virtual Status end_all(const std::vector<std::string>& namespaces,
                         std::chrono::milliseconds deadline) = 0;

  /// This process becomes the program, so that terminal, signals and exit code are the program's
  /// own. Returns only on failure: not_found if there is no such program.
  virtual Error become(const Execution& execution) = 0;

  /// Removes an internet's cgroups, `vinet/<owner>` and all below. Fine if there are none.
  virtual Status remove_cgroups(const std::string& owner) = 0;
};

}  // namespace vinet::kernel
