// The bytes of one stream on their way in: never more of them than were asked for.
//
// Problem:   a sender that is faster than the reader of a stream must wait, but no other stream of
//            the call may wait for that reader, nor a signal.
// Approach:  every message is taken at once, and bytes travel only against a grant: at the begin a
//            window full, then as much as was read, in steps of half a window.
// Invariant: granted − received + waiting ≤ kWindow.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vinet::rpc {

constexpr size_t kExecWindow = 256 << 10;

class Inflow {
 public:
  /// False if that is more than was granted, or something after the end. Nothing is taken then.
  bool take(const std::string& bytes, bool end);
  /// Bytes to grant to the sender now; they count as granted. 0 while there is no need to.
  size_t grant();
  /// Nobody reads any more: what waits and what comes is dropped.
  void refuse();

  std::string_view waiting() const { return std::string_view(bytes_).substr(consumed_); }
  void consume(size_t bytes);  ///< of what waits, from its begin
  /// The end has come, and nothing waits; or nobody reads.
  bool over() const { return refused_ || (ended_ && waiting().empty()); }
  bool refused() const { return refused_; }

 private:
  std::string bytes_;
  size_t consumed_ = 0;  // of `bytes_`, not yet erased
  size_t granted_ = 0;   // not yet received
  bool ended_ = false, refused_ = false;
};

}  // namespace vinet::rpc
