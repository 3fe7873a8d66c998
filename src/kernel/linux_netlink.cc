// rtnetlink requests, acknowledgements and dumps.
//
// Every request carries a sequence number, and answers to an older one (left over after an error)
// are skipped. The kernel works a request off before send() returns, so waiting is short; there is
// no timeout.
#include "kernel/linux_netlink.h"

#include <linux/if_link.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "support/check.h"

namespace vinet::kernel {
namespace {

constexpr size_t kReceiveBytes =
    64 * 1024;  // the kernel never puts more than 32 KiB into one dump datagram
constexpr int kDumpTries = 20;
// So many that fail at once must find room for their answers in the socket.
constexpr size_t kMostAtOnce = 100;
constexpr size_t kMostBytesAtOnce = 32 * 1024;

/// What an NLMSG_ERROR says: nothing for an acknowledgement, else errno and the kernel's words.
Status acknowledged(const nlmsghdr* message) {
  const auto* answer = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message));
  if (answer->error == 0) return ok();
  const int sys_errno = -answer->error;
  std::string words;
  if ((message->nlmsg_flags & NLM_F_ACK_TLVS) != 0) {
    size_t skip = sizeof(nlmsgerr);
    if ((message->nlmsg_flags & NLM_F_CAPPED) == 0) {
      skip += answer->msg.nlmsg_len - sizeof(nlmsghdr);
    }
    words = Attributes(message, skip).text(NLMSGERR_ATTR_MSG);
  }
  Error error = errno_error("netlink", sys_errno);
  error.message = std::strerror(sys_errno);
  if (!words.empty()) error.message += " (" + words + ")";
  return error;
}

}  // namespace

NetlinkMessage::NetlinkMessage(uint16_t type, uint16_t flags)
    : buffer_(std::make_unique_for_overwrite<char[]>(kMostBytes)) {
  nlmsghdr* header = mnl_nlmsg_put_header(buffer_.get());
  header->nlmsg_type = type;
  header->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
}

void NetlinkMessage::put(uint16_t type, const void* data, size_t bytes) {
  VINET_CHECK(mnl_attr_put_check(raw(), kMostBytes, type, bytes, data));
}

void NetlinkMessage::put_text(uint16_t type, const std::string& text) {
  put(type, text.c_str(), text.size() + 1);
}

void NetlinkMessage::put_alias(const std::string& alias) {
  // A final 0 would count as one of the 255 bytes; nothing at all would be refused.
  put(IFLA_IFALIAS, alias.c_str(), std::max<size_t>(alias.size(), 1));
}

void NetlinkMessage::begin(uint16_t type) {
  open_.push_back(mnl_attr_nest_start_check(raw(), kMostBytes, type));
  VINET_CHECK(open_.back() != nullptr);
}

void NetlinkMessage::end() {
  VINET_CHECK(!open_.empty());
  mnl_attr_nest_end(raw(), open_.back());
  open_.pop_back();
}

Attributes::Attributes(const nlmsghdr* message, size_t header_bytes) {
  const auto* first =
      static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, header_bytes));
  collect(first, static_cast<const char*>(mnl_nlmsg_get_payload_tail(message)));
}

Attributes::Attributes(const nlattr* nest, size_t skip_bytes) {
  if (nest == nullptr || mnl_attr_get_payload_len(nest) < skip_bytes) return;
  const auto* payload = static_cast<const char*>(mnl_attr_get_payload(nest));
  collect(reinterpret_cast<const nlattr*>(payload + MNL_ALIGN(skip_bytes)),
          payload + mnl_attr_get_payload_len(nest));
}

Attributes::Attributes(std::string_view bytes) {
  collect(reinterpret_cast<const nlattr*>(bytes.data()), bytes.data() + bytes.size());
}

void Attributes::collect(const nlattr* first, const char* end) {
  for (const nlattr* attribute = first;
       mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
       attribute = mnl_attr_next(attribute)) {
    all_.push_back(attribute);
  }
}

const nlattr* Attributes::find(uint16_t type) const {
  for (const nlattr* attribute : all_) {
    if (mnl_attr_get_type(attribute) == type) return attribute;
  }
  return nullptr;
}

std::string_view Attributes::bytes(uint16_t type) const {
  const nlattr* attribute = find(type);
  if (attribute == nullptr) return {};
  return {static_cast<const char*>(mnl_attr_get_payload(attribute)),
          mnl_attr_get_payload_len(attribute)};
}

std::string Attributes::text(uint16_t type) const {
  const std::string_view all = bytes(type);
  return std::string(all.substr(0, all.find('\0')));
}

namespace {
template <typename T>
std::optional<T> number(std::string_view bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}
}  // namespace

std::optional<uint8_t> Attributes::u8(uint16_t type) const {
  return number<uint8_t>(bytes(type));
}
std::optional<uint32_t> Attributes::u32(uint16_t type) const {
  return number<uint32_t>(bytes(type));
}
std::optional<uint64_t> Attributes::u64(uint16_t type) const {
  return number<uint64_t>(bytes(type));
}

Result<NetlinkSocket> NetlinkSocket::open() {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) return errno_error("open netlink socket", errno);
  const int on = 1;
  // Short acknowledgements with the kernel's words; dumps that obey the filters in the request. A
  // kernel without one of them still answers, only with fewer words or more objects, which the
  // readers filter again.
  for (const int option : {NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK}) {
    setsockopt(fd.get(), SOL_NETLINK, option, &on, sizeof on);
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno_error("bind netlink socket", errno);
  }
  return NetlinkSocket(std::move(fd));
}

Status NetlinkSocket::send(NetlinkMessage& message, uint16_t flags) {
  nlmsghdr* raw = message.raw();
  raw->nlmsg_flags |= flags;
  raw->nlmsg_seq = ++sequence_;
  while (::send(fd_.get(), raw, raw->nlmsg_len, 0) < 0) {
    if (errno != EINTR) return errno_error("send netlink request", errno);
  }
  return ok();
}

Result<size_t> NetlinkSocket::receive() {
  buffer_.resize(kReceiveBytes);
  for (;;) {
    const ssize_t length = recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno_error("receive netlink answer", errno);
    if (static_cast<size_t>(length) > buffer_.size()) {
      return Error{Errc::kInternal, "receive netlink answer: datagram longer than its buffer"};
    }
    return static_cast<size_t>(length);
  }
}

/// Reads answers to the last request until an acknowledgement, an error or the end of a dump.
Status NetlinkSocket::run(NetlinkMessage& message, bool* interrupted,
                          const std::function<void(const nlmsghdr*)>& each) {
  const bool is_dump = interrupted != nullptr;
  TRY(send(message, is_dump ? NLM_F_DUMP : NLM_F_ACK));
  for (;;) {
    ASSIGN_OR_RETURN(size_t received, receive());
    int left = static_cast<int>(received);
    for (const auto* answer = reinterpret_cast<const nlmsghdr*>(buffer_.data());
         mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
      if (answer->nlmsg_seq != sequence_) continue;
      if (is_dump && (answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0) *interrupted = true;
      if (answer->nlmsg_type == NLMSG_ERROR) return acknowledged(answer);
      if (answer->nlmsg_type == NLMSG_DONE) {
        const int result = *static_cast<const int*>(mnl_nlmsg_get_payload(answer));
        if (result < 0) return errno_error("netlink dump", -result);
        return ok();
      }
      each(answer);
    }
  }
}

Status NetlinkSocket::request(NetlinkMessage& message) {
  return run(message, nullptr, [](const nlmsghdr*) {});
}

/// Only the last one asks for an acknowledgement: what fails is told in any case, and the kernel
/// works a datagram off from the front.
Status NetlinkSocket::request_some(NetlinkMessage* first, size_t count, Status* answers) {
  const uint32_t first_sequence = sequence_ + 1;
  std::vector<iovec> parts;
  for (size_t i = 0; i < count; ++i) {
    nlmsghdr* raw = first[i].raw();
    raw->nlmsg_seq = ++sequence_;
    if (i + 1 == count) raw->nlmsg_flags |= NLM_F_ACK;
    parts.push_back({raw, NLMSG_ALIGN(raw->nlmsg_len)});
  }
  msghdr datagram{};
  datagram.msg_iov = parts.data();
  datagram.msg_iovlen = parts.size();
  while (::sendmsg(fd_.get(), &datagram, 0) < 0) {
    if (errno != EINTR) return errno_error("send netlink requests", errno);
  }
  for (;;) {
    ASSIGN_OR_RETURN(size_t received, receive());
    int left = static_cast<int>(received);
    for (const auto* answer = reinterpret_cast<const nlmsghdr*>(buffer_.data());
         mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
      const uint32_t number = answer->nlmsg_seq - first_sequence;
      if (number >= count || answer->nlmsg_type != NLMSG_ERROR) continue;
      answers[number] = acknowledged(answer);
      if (number + 1 == count) return ok();
    }
  }
}

std::vector<Status> NetlinkSocket::request_all(std::vector<NetlinkMessage>& messages) {
  std::vector<Status> answers(messages.size(), ok());
  for (size_t begin = 0; begin < messages.size();) {
    size_t end = begin;
    for (size_t bytes = 0; end < messages.size() && end - begin < kMostAtOnce; ++end) {
      bytes += NLMSG_ALIGN(messages[end].raw()->nlmsg_len);
      if (end > begin && bytes > kMostBytesAtOnce) break;
    }
    if (Status sent = request_some(&messages[begin], end - begin, &answers[begin]); !sent) {
      for (size_t i = begin; i < end; ++i) answers[i] = sent;
    }
    begin = end;
  }
  return answers;
}

Status NetlinkSocket::get(NetlinkMessage& message,
                          const std::function<void(const nlmsghdr*)>& reply) {
  return run(message, nullptr, reply);
}

Status NetlinkSocket::dump(NetlinkMessage& message, const std::function<void()>& restart,
                           const std::function<void(const nlmsghdr*)>& each) {
  for (int i = 0; i < kDumpTries; ++i) {
    bool interrupted = false;
    restart();
    TRY(run(message, &interrupted, each));
    if (!interrupted) return ok();
  }
  return Error{Errc::kUnavailable, "netlink dump: its objects changed all the while"};
}

}  // namespace vinet::kernel
