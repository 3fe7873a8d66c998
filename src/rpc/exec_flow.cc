#include "rpc/exec_flow.h"

namespace vinet::rpc {

bool Inflow::take(const std::string& bytes, bool end) {
  if (ended_ || bytes.size() > granted_) return false;
  granted_ -= bytes.size();
  ended_ = end;
  if (!refused_) bytes_ += bytes;
  return true;
}

size_t Inflow::grant() {
  if (ended_ || refused_) return 0;
  const size_t more = kExecWindow - granted_ - waiting().size();
  if (more < kExecWindow / 2) return 0;
  granted_ += more;
  return more;
}

void Inflow::refuse() {
  refused_ = true;
  bytes_ = std::string();
  consumed_ = 0;
}

void Inflow::consume(size_t bytes) {
  consumed_ += bytes;
  if (consumed_ < bytes_.size() && consumed_ < kExecWindow / 2) return;
  bytes_.erase(0, consumed_);
  consumed_ = 0;
}

}  // namespace vinet::rpc
