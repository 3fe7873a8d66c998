// Many requests of one namespace in one go: a node has dozens of addresses and routes, and what a
// request costs is mostly the way into the kernel and back.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel/linux_context.h"

namespace vinet::kernel {

using MaybeOpen = Result<std::shared_ptr<OpenNamespace>>;

/// Numbers of devices, each asked for once: many requests name the same few.
class DeviceNumbers {
 public:
  explicit DeviceNumbers(const MaybeOpen& space) : space_(space) {}
  /// Errors: not_found if there is no such device; those of the namespace.
  Result<int> of(const std::string& name);

 private:
  const MaybeOpen& space_;
  std::map<std::string, int> known_;
};

/// Requests that are made ready one after the other, sent together, and answered each.
class Batch {
 public:
  explicit Batch(size_t count) : answers_(count, ok()) {}
  /// Request number `i`, or why there is none.
  void put(size_t i, Result<NetlinkMessage> message);
  /// One answer for each, in the order of their numbers.
  std::vector<Status> send(const MaybeOpen& space);

 private:
  std::vector<NetlinkMessage> messages_;
  std::vector<size_t> numbers_;  // of each message
  std::vector<Status> answers_;
};

}  // namespace vinet::kernel
