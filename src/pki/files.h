// Files of certificates and keys: whole or not there, and a key nobody else's.
#pragma once

#include <sys/types.h>

#include <string>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::pki {

/// At most 1 MiB. Errors: not_found; failed_precondition for what is no file, or is too large.
Result<std::string> read_file(const std::string& path);
/// The same for a key. Errors: permission_denied if others than its owner may read it, with the
/// command that mends it (faults.md F-121).
Result<std::string> read_key_file(const std::string& path);

/// Through a file beside it that takes its place when it is on the disk.
Status write_file(const std::string& path, const std::string& text, mode_t mode);
/// The same, but never over a file that is there. Errors: already_exists.
Status write_new_file(const std::string& path, const std::string& text, mode_t mode);
bool exists(const std::string& path);

/// With the directories above it, mode 0755; itself `mode`, where it is made.
Status make_directory(const std::string& path, mode_t mode);

/// Held until the descriptor is closed: two commands do not change one authority at once. Waits.
Result<Fd> lock_directory(const std::string& path);

/// Changes whenever somebody writes or replaces the file; "" where there is none.
std::string stamp_of(const std::string& path);

}  // namespace vinet::pki
