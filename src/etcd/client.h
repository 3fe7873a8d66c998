// Client: a Kv over gRPC to the members of an etcd.
#pragma once

#include <memory>
#include <string>

#include "etcd/address.h"
#include "etcd/kv.h"

namespace vinet::etcd {

/// PEM texts; all empty: without TLS.
struct TlsFiles {
  std::string ca, certificate, key;
};

/// Connects when first asked. Callable from any thread.
std::unique_ptr<Kv> connect(const Address& address, const TlsFiles& tls);

}  // namespace vinet::etcd
