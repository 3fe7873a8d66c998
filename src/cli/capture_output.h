// Where a capture goes: a file, standard output, or Wireshark.
#pragma once

#include <string>
#include <string_view>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::cli {

class CaptureOutput {
 public:
  /// `-`: standard output. A file that is there is overwritten.
  static Result<CaptureOutput> open_file(const std::string& path);
  /// Starts `wireshark -k -i -`, which outlives this process. Errors: unimplemented if it is not
  /// in PATH.
  static Result<CaptureOutput> start_wireshark();

  int descriptor() const { return fd_.get(); }
  /// Writes all. Where nobody reads it waits, until `stop` says so; then for a moment more. Errors:
  /// cancelled when it gave up, and when the reader is gone: has_reader() tells them apart.
  template <typename Stop>
  Status write(std::string_view bytes, Stop stop) {
    while (!bytes.empty()) {
      bool stopped = stop();
      ASSIGN_OR_RETURN(const size_t written, write_some(bytes, stopped));
      bytes.remove_prefix(written);
    }
    return ok();
  }
  /// False once the other end of a pipe has been closed.
  bool has_reader();

 private:
  CaptureOutput(Fd fd, std::string name);
  Result<size_t> write_some(std::string_view bytes, bool stopped);

  Fd fd_;
  std::string name_;
  bool is_file_ = false;  ///< or a device such as /dev/null: takes everything at once
  bool has_reader_ = true;
  int waited_ms_ = 0;  ///< since the stop, for a reader
};

}  // namespace vinet::cli
