// Index: what an authority has issued and revoked, as issued.json keeps it.
#pragma once

#include <string>
#include <vector>

#include "pki/authority.h"

namespace vinet::pki {

struct Index {
  uint64_t list_number = 0;  ///< of the newest list of revoked certificates
  std::vector<Issued> issued;
};

std::string to_json(const Index& index);
/// Errors: failed_precondition with `path` in it.
Result<Index> index_from_json(const std::string& text, const std::string& path);

}  // namespace vinet::pki
