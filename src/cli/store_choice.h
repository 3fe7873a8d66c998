// StoreChoice: where the controller's state is, and how a root remembers it.
#pragma once

#include <memory>
#include <string>

#include "control/store.h"
#include "support/result.h"

namespace vinet::cli {

/// Where the controller's state is.
struct StoreChoice {
  /// `etcd://HOST:PORT[,...]/PREFIX`, or `sqlite`; empty: as the daemon of this root was told last.
  std::string address;
  std::string identity;  ///< directory of the certificate for TLS to etcd; empty: no TLS
  std::string endpoint;  ///< of a daemon that wants to lead; empty: only looks
};
/// The store of a root: a SQLite file in it, or an etcd.
Result<std::shared_ptr<control::Store>> open_store(const std::string& root, StoreChoice choice);
/// Makes it what this root has from now on, also after the daemon has ended.
Status remember_store(const std::string& root, const StoreChoice& choice);

}  // namespace vinet::cli
