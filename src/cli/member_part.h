// MemberPart: the daemon as a machine of fleets: its store, its keeper's thread, its limits.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/store.h"
#include "fleet/member.h"
#include "support/result.h"

namespace vinet::cli {

/// `vinet daemon --most-nodes ...`, as written.
struct MemberOptions {
  std::optional<uint64_t> most_nodes;
  std::string most_memory;
  std::vector<std::string> attributes;
};
void declare_member_options(CLI::App& command, MemberOptions& options);

class MemberPart {
 public:
  using Tell =
      std::function<void(const std::string& kind, const std::string& object, const std::string&)>;
  virtual ~MemberPart() = default;

  /// Reads what it holds; does nothing yet. `store`: of this computer's own controller.
  /// Errors: invalid_argument for what is wrong with the options.
  static Result<std::unique_ptr<MemberPart>> make(const std::string& root,
                                                  const MemberOptions& options,
                                                  std::shared_ptr<control::Store> store, Tell tell);

  virtual fleet::Member& member() = 0;
  /// May a node of this name be one that it holds?
  virtual bool may_hold(const std::string& node) const = 0;
  /// Why it only watches; empty: all is well.
  virtual std::string trouble() const = 0;
  /// Nothing is held, reserved or begun.
  virtual bool idle() const = 0;
  /// Keeps what is held, in a thread of its own, until stop(). `may_act`: asked before every look.
  virtual void start(std::function<bool()> may_act) = 0;
  virtual void stop() = 0;
};

}  // namespace vinet::cli
