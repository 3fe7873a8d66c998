// What the four doors to the real kernel share: the root directory, the count of calls, and what is
// kept open of each namespace (its descriptor, and an rtnetlink socket inside it).
//
// The thread of a caller never changes its namespace: what must happen inside one runs on a helper
// thread that ends with it. Not thread-safe: one set of doors belongs to one thread.
#pragma once

#include <sys/resource.h>
#include <sys/stat.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel/door.h"
#include "kernel/linux_netlink.h"
#include "support/fd.h"
#include "support/result.h"

namespace vinet::kernel {

/// Runs `work` on a thread of its own, all signals blocked there, and waits for it.
Status on_own_thread(const std::function<Status()>& work);

/// A namespace that is held open, and the way to talk to it.
struct OpenNamespace {
  Fd fd;
  NetlinkSocket route;
  dev_t device = 0;  ///< with inode: which namespace it is, whatever its name
  ino_t inode = 0;
};

class LinuxContext {
 public:
  explicit LinuxContext(std::string root);

  CallCounter& calls() { return calls_; }
  const std::string& netns_directory() const { return netns_directory_; }
  /// Where the user namespaces of tenants are bound.
  const std::string& tenants_directory() const { return tenants_directory_; }
  std::string path_of(const std::string& name) const { return netns_directory_ + "/" + name; }

  /// Opens a namespace or finds it open; one that was replaced behind our back is opened anew. ""
  /// is the one that this process is in. Errors: not_found; failed_precondition if the name is only
  /// an empty file.
  Result<std::shared_ptr<OpenNamespace>> open(const std::string& name);

  /// Is it, by whatever name, the namespace in which this process is?
  bool is_own(const std::string& name) const;

  /// Keeps what was opened while making the namespace.
  void adopt(const std::string& name, Fd fd, NetlinkSocket route);

  /// Runs `inside` on a helper thread in the namespace.
  Status run_inside(const std::string& name, const std::function<Status()>& inside);

  /// Gives back the limit that the constructor raised, for a program that this process becomes.
  void restore_descriptor_limit() const;

  /// Closes all that is kept of a namespace, here and by those who asked to be told.
  void forget(const std::string& name);
  void on_forget(std::function<void(const std::string&)> told) { told_.push_back(std::move(told)); }

 private:
  std::string netns_directory_;
  std::string tenants_directory_;
  rlim_t descriptor_limit_ = 0;  ///< the soft one, as it was
  CallCounter calls_;
  std::map<std::string, std::shared_ptr<OpenNamespace>> open_;
  std::vector<std::function<void(const std::string&)>> told_;
};

/// Is there a namespace mounted on this file? False if it is an ordinary file or absent.
bool is_namespace_file(const std::string& path);

}  // namespace vinet::kernel
