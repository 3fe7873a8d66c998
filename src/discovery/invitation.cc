#include "discovery/invitation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace vinet::discovery {
namespace {

constexpr std::string_view kInvitation = "vinet-invitation 1", kAnswer = "vinet-answer 1";
constexpr size_t kNonceDigits = 32;

Error malformed(const char* why) {
  return {Errc::kInvalidArgument, std::string("no message of discovery: ") + why, 0};
}

/// Takes the next line, which must begin with `name` and a blank, and returns the rest of it.
std::optional<std::string_view> take(std::string_view& text, std::string_view name) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') {
    return std::nullopt;
  }
  text.remove_prefix(end + 1);
  return line.substr(name.size() + 1);
}

bool is_nonce(std::string_view text) {
  return text.size() == kNonceDigits && std::all_of(text.begin(), text.end(), [](char digit) {
           return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
         });
}

}  // namespace

Result<std::string> to_text(const Message& message, const pki::Identity& self) {
  const bool invites = message.kind == Message::Kind::kInvitation;
  ASSIGN_OR_RETURN(const std::string certificate, self.certificate());
  std::string text =
      fmt::format("{}\nnonce {}\n{} {}\ncertificate {}\n", invites ? kInvitation : kAnswer,
                  message.nonce, invites ? "time" : "port", message.number, certificate);
  ASSIGN_OR_RETURN(const std::string signature, self.sign(text));
  text += "signature " + signature + "\n";
  if (text.size() > kMostBytes) {
    return Error{Errc::kResourceExhausted,
                 fmt::format("a message of discovery has {} bytes, which is more than {}",
                             text.size(), kMostBytes)};
  }
  return text;
}

Result<Message> from_text(std::string_view text, const pki::Identity& self) {
  if (text.size() > kMostBytes) return malformed("too long");
  Message message;
  std::string_view rest = text;
  const size_t first = rest.find('\n');
  const std::string_view head = rest.substr(0, first);
  if (head != kInvitation && head != kAnswer) return malformed("another begin");
  message.kind = head == kInvitation ? Message::Kind::kInvitation : Message::Kind::kAnswer;
  rest.remove_prefix(first + 1);
  const auto nonce = take(rest, "nonce");
  if (!nonce || !is_nonce(*nonce)) return malformed("no nonce");
  message.nonce = *nonce;
  const auto number = take(rest, message.kind == Message::Kind::kInvitation ? "time" : "port");
  if (!number) return malformed("no number");
  const auto [end, error] =
      std::from_chars(number->data(), number->data() + number->size(), message.number);
  if (error != std::errc() || end != number->data() + number->size()) {
    return malformed("its number is none");
  }
  const auto certificate = take(rest, "certificate");
  if (!certificate) return malformed("no certificate");
  const std::string_view is_signed = text.substr(0, text.size() - rest.size());
  const auto signature = take(rest, "signature");
  if (!signature || !rest.empty()) return malformed("no signature at its end");
  message.from = self.judge_signed(*certificate, is_signed, *signature);
  if (!message.from.refused.empty()) {
    return Error{Errc::kPermissionDenied, message.from.text + ": " + message.from.refused};
  }
  return message;
}

}  // namespace vinet::discovery
