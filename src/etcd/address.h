// Address: `etcd://HOST:PORT[,HOST:PORT…]/PREFIX`, where a store is in an etcd.
#pragma once

#include <string>
#include <vector>

#include "support/result.h"

namespace vinet::etcd {

struct Address {
  std::vector<std::string> members;  ///< HOST:PORT of each; tried in turn
  std::string prefix;  ///< of all keys, `/vinet` where none is given; no slash at its end
  friend bool operator==(const Address&, const Address&) = default;
};

/// Does the text mean an etcd at all?
bool is_address(const std::string& text);
/// Errors: invalid_argument, naming what is wrong. Hosts are not resolved.
Result<Address> parse_address(const std::string& text);
std::string to_text(const Address& address);

}  // namespace vinet::etcd
