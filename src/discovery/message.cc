#include "discovery/message.h"

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
  const std::string_view line = text.substr(0, end);
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

/// Digits and nothing else.
template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Endpoint> endpoint_from(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = net::parse_ipv4(text.substr(0, colon));
  const auto port = number_from<uint16_t>(text.substr(colon + 1));
  if (!address || !port || *port == 0) return std::nullopt;
  return Endpoint{*address, *port};
}

}  // namespace

std::string to_string(const Endpoint& endpoint) {
  return fmt::format("{}:{}", net::to_string(endpoint.address), endpoint.port);
}

Result<std::string> to_text(const Message& message, const pki::Identity& self) {
  const bool invites = message.kind == Message::Kind::kInvitation;
  ASSIGN_OR_RETURN(const std::string certificate, self.certificate());
  std::string text = fmt::format("{}\nnonce {}\nat {}\n", invites ? kInvitation : kAnswer,
                                 message.nonce, to_string(message.at));
  if (invites) text += fmt::format("time {}\n", message.time_s);
  text += "certificate " + certificate + "\n";
  ASSIGN_OR_RETURN(const std::string signature, self.sign(text));
  text += "signature " + signature + "\n";
  if (text.size() > kMostBytes) {
    return Error{Errc::kResourceExhausted,
                 fmt::format("a message of discovery has {} bytes, which is more than {}",
                             text.size(), kMostBytes)};
  }
  return text;
}

Result<Unproven> read_message(std::string_view text) {
  if (text.size() > kMostBytes) return malformed("too long");
  std::string_view rest = text;
  const size_t first = rest.find('\n');
  const std::string_view head = rest.substr(0, first);
  if (first == std::string_view::npos || (head != kInvitation && head != kAnswer)) {
    return malformed("another begin");
  }
  Unproven read;
  Message& message = read.message;
  message.kind = head == kInvitation ? Message::Kind::kInvitation : Message::Kind::kAnswer;
  rest.remove_prefix(first + 1);
  const auto nonce = take(rest, "nonce");
  if (!nonce || !is_nonce(*nonce)) return malformed("no nonce");
  message.nonce = *nonce;
  const auto at = take(rest, "at");
  const auto endpoint = endpoint_from(at.value_or(""));
  if (!endpoint) return malformed("no address");
  message.at = *endpoint;
  if (message.kind == Message::Kind::kInvitation) {
    const auto time = take(rest, "time");
    const auto seconds = number_from<uint64_t>(time.value_or(""));
    if (!seconds) return malformed("no time");
    message.time_s = *seconds;
  }
  const auto certificate = take(rest, "certificate");
  if (!certificate) return malformed("no certificate");
  read.certificate = *certificate;
  read.is_signed = text.substr(0, text.size() - rest.size());
  const auto signature = take(rest, "signature");
  if (!signature || !rest.empty()) return malformed("no signature at its end");
  read.signature = *signature;
  return read;
}

pki::Shown sender_of(const Unproven& read, const pki::Identity& self) {
  return self.judge_signed(read.certificate, read.is_signed, read.signature);
}

}  // namespace vinet::discovery
