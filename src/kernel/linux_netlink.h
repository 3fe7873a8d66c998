// rtnetlink: a message being built, attributes being read, and a socket that sends one request and
// waits for its answer. Messages are laid out by libmnl; what is asked is the business of the
// linux_*.cc files.
//
// A socket belongs to the namespace that its thread was in when it was opened, wherever it is used
// later.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::kernel {

/// A request of at most 16 KiB: one header of the family (ifinfomsg, rtmsg, ...), then attributes,
/// which may nest.
class NetlinkMessage {
 public:
  static constexpr size_t kMostBytes = 16 * 1024;
  /// `flags` beside NLM_F_REQUEST, e.g. NLM_F_CREATE | NLM_F_EXCL.
  NetlinkMessage(uint16_t type, uint16_t flags);

  /// The header that follows nlmsghdr, zeroed. Called before any attribute; again, it follows the
  /// last attribute.
  template <typename Header>
  Header& header() {
    return *static_cast<Header*>(mnl_nlmsg_put_extra_header(raw(), sizeof(Header)));
  }

  void put(uint16_t type, const void* data, size_t bytes);
  void put_u8(uint16_t type, uint8_t value) { put(type, &value, sizeof value); }
  void put_u32(uint16_t type, uint32_t value) { put(type, &value, sizeof value); }
  void put_u64(uint16_t type, uint64_t value) { put(type, &value, sizeof value); }
  void put_text(uint16_t type, const std::string& text);  ///< with its final 0
  void put_alias(
      const std::string& alias);  ///< IFLA_IFALIAS: without a final 0 where it is not empty

  /// Opens a nested attribute; `end` closes the one opened last.
  void begin(uint16_t type);
  void end();

  nlmsghdr* raw() { return reinterpret_cast<nlmsghdr*>(buffer_.get()); }
  const nlmsghdr* raw() const { return reinterpret_cast<const nlmsghdr*>(buffer_.get()); }

 private:
  std::unique_ptr<char[]> buffer_;  // not zeroed: libmnl writes all that it uses
  std::vector<nlattr*> open_;
};

/// The attributes of a message or of a nest, found by type. A view: valid as long as the message.
class Attributes {
 public:
  /// Those after a message's family header of `header_bytes`.
  Attributes(const nlmsghdr* message, size_t header_bytes);
  /// Those inside a nest, after `skip_bytes` of a struct; none if `nest` is null.
  explicit Attributes(const nlattr* nest, size_t skip_bytes = 0);
  /// Those in a row of bytes.
  explicit Attributes(std::string_view bytes);

  const nlattr* find(uint16_t type) const;
  Attributes nested(uint16_t type) const { return Attributes(find(type)); }
  std::optional<uint8_t> u8(uint16_t type) const;
  std::optional<uint32_t> u32(uint16_t type) const;
  std::optional<uint64_t> u64(uint16_t type) const;
  std::string text(uint16_t type) const;        ///< "" if absent
  std::string_view bytes(uint16_t type) const;  ///< the payload as it lies there

 private:
  void collect(const nlattr* first, const char* end);

  std::vector<const nlattr*> all_;
};

class NetlinkSocket {
 public:
  /// Opens a socket in the namespace of the calling thread.
  static Result<NetlinkSocket> open();

  /// Sends a request and waits for the kernel's acknowledgement. The error is the kernel's errno
  /// with its own words (extended acknowledgement) where it gave some.
  Status request(NetlinkMessage& message);

  /// Sends requests together, to be worked off one after the other whatever each meets. One answer
  /// for each, as of `request`.
  std::vector<Status> request_all(std::vector<NetlinkMessage>& messages);

  /// Sends a request whose answer is one message, handed to `reply`.
  Status get(NetlinkMessage& message, const std::function<void(const nlmsghdr*)>& reply);

  /// Asks for all objects of a kind; `each` sees one message an object. A dump that changes
  /// disturbed is asked again, `restart` called first, so that nothing is seen twice.
  Status dump(NetlinkMessage& message, const std::function<void()>& restart,
              const std::function<void(const nlmsghdr*)>& each);

 private:
  explicit NetlinkSocket(Fd fd) : fd_(std::move(fd)) {}
  Status send(NetlinkMessage& message, uint16_t flags);
  Result<size_t> receive();
  Status request_some(NetlinkMessage* first, size_t count, Status* answers);
  Status run(NetlinkMessage& message, bool* interrupted,
             const std::function<void(const nlmsghdr*)>& each);

  Fd fd_;
  uint32_t sequence_ = 0;
  std::vector<char> buffer_;
};

}  // namespace vinet::kernel
