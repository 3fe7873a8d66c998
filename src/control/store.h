// Store: the State on disk, <root>/run/vinet.
//
//   lock                  who changes things now (lock.h)
//   operation.json        what is being made or removed; erased last
//   bases/lab.json        one file an object
//   internets/fig11.json
//
// Every file is replaced as a whole: written beside, synced, renamed, the directory synced. So a
// crash leaves the old file or the new one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "control/state.h"
#include "support/result.h"

namespace vinet::control {

class Store {
 public:
  /// Decides about mutating call number `n` (from 1): ok() lets it happen. For tests that fail or
  /// end at every one.
  using Policy = std::function<Status(uint64_t n, const std::string& what)>;

  /// `root`: the directory under which all of vinet lies, "/" by default. Touches nothing yet.
  explicit Store(const std::string& root);

  const std::string& directory() const { return directory_; }

  /// Everything. No directory is an empty state.
  /// Errors: failed_precondition naming the first file that is damaged or not vinet's, and what to
  /// do.
  Result<State> load() const;
  /// Everything that can be read, and one line for each file that cannot: for verbs that only look.
  State load_readable(std::vector<std::string>& damaged) const;

  // The calls below need the Lock.
  Status put(const BaseIntent& base);
  /// `base`: the one it stands on.
  Status put(const InternetIntent& internet, const plan::BasePlan& base);
  Status put(const Operation& operation);
  /// Fine if it is not there.
  Status erase_base(const std::string& name);
  Status erase_internet(const std::string& name);
  Status erase_operation();
  /// Removes what a killed command left half written, and directories that are empty.
  Status tidy();

  uint64_t calls() const { return calls_; }
  void set_policy(Policy policy) { policy_ = std::move(policy); }

 private:
  State read(std::vector<Error>& errors) const;
  Status count(const std::string& what);
  Status replace(const std::string& folder, const std::string& file, const std::string& text);
  Status erase(const std::string& folder, const std::string& file);

  std::string directory_;
  uint64_t calls_ = 0;
  Policy policy_;
};

}  // namespace vinet::control
