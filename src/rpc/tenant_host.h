// TenantHost: the daemon as a tenant sees it (control/tenant.h).
#pragma once

#include <memory>
#include <string>

#include "rpc/host.h"

namespace vinet::rpc {

/// `host` must outlive it.
std::unique_ptr<Host> make_tenant_host(Host& host, const std::string& tenant);

}  // namespace vinet::rpc
