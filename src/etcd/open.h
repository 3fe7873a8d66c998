// Open: an etcd, a place in it, and the wish to lead, put together.
#pragma once

#include <memory>
#include <string>

#include "control/store.h"
#include "support/result.h"

namespace vinet::etcd {

struct Settings {
  std::string address;    ///< etcd://... (address.h)
  std::string identity;   ///< directory with ca.crt, cert.pem, key.pem for TLS to etcd; empty: none
  std::string directory;  ///< <root>/run/vinet
  /// What others are told about this daemon, which wants to lead; empty: only reads.
  std::string endpoint;
};

/// A store that leads, where nobody else does, for as long as it lives. Connects when first asked.
/// Errors: invalid_argument: no address; what the files of the identity say.
Result<std::shared_ptr<control::Store>> open(const Settings& settings);

}  // namespace vinet::etcd
