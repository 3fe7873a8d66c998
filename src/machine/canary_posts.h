// CanaryPosts: what one computer does of a canary.
#pragma once

#include <map>
#include <string>

#include "kernel/kernel.h"
#include "machine/canary_sockets.h"
#include "machine/canary_work.h"

namespace vinet::machine {

class CanaryPosts {
 public:
  /// A node's or a machine's sockets stay open as long as this lives, or until `end`.
  explicit CanaryPosts(kernel::Kernel& kernel) : kernel_(kernel) {}

  /// All work must be of one nonce.
  Result<CanaryNews> work(const CanaryWork& work);

 private:
  struct Post {
    CanarySockets sockets;
    bool is_node = true;
    std::map<std::string, uint32_t> ifindexes;  ///< of a node, by device
  };
  Status resolve(const CanaryWork& work, CanaryNews& news);
  Status open(const std::string& netns, bool is_node, uint64_t nonce, CanaryNews& news);
  Status send(const CanarySend& one) const;
  void count(const std::vector<std::string>& spaces, CanaryNews& news);
  void receive(CanaryNews& news) const;

  kernel::Kernel& kernel_;
  std::map<std::string, Post> posts_;
};

}  // namespace vinet::machine
