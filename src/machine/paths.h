// Where an owner's files and control groups are. Several vinets may run on one computer, each under
// its own root.
#pragma once

#include <cstdio>
#include <string>

#include "support/hash.h"

namespace vinet::machine {

/// `/srv/x` + `/run/...`; "/" adds nothing.
inline std::string below_root(const std::string& root, const std::string& path) {
  return root == "/" ? path : root + path;
}

/// Holds the directories of the owner's nodes and the hosts file that they share.
inline std::string owner_directory(const std::string& root, const std::string& owner) {
  return below_root(root, "/run/vinet/nodes/") + owner;
}

/// The owner's name among control groups, which know no root: `vinet/<this>/<node>`. No owner's
/// name holds '@'.
inline std::string cgroup_owner(const std::string& root, const std::string& owner) {
  if (root == "/") return owner;
  char hash[9];
  std::snprintf(hash, sizeof hash, "%08x", static_cast<unsigned>(stable_hash(root) >> 32));
  return owner + "@" + hash;
}

}  // namespace vinet::machine
