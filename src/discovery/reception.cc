#include "discovery/reception.h"

#include <fmt/format.h>

namespace vinet::discovery {

std::optional<std::string> Reception::answer(std::string_view text, const Endpoint& from,
                                             const Now& now) {
  const Result<Unproven> read = read_message(text);
  if (!read || read->message.kind != Message::Kind::kInvitation || read->message.at != from ||
      !may_answer_again(read->message.nonce, now) || !may_look(from.address, now)) {
    return std::nullopt;
  }
  const Message& invitation = read->message;
  const pki::Shown sender = sender_of(*read, *self_);
  std::string why = sender.refused;
  if (why.empty() && sender.subject.role == pki::Role::kTenant) {
    why = "invitations are for operators and machines";
  }
  const uint64_t difference_s = now.wall_s > invitation.time_s ? now.wall_s - invitation.time_s
                                                               : invitation.time_s - now.wall_s;
  if (why.empty() && difference_s > kOldestS) {
    why = fmt::format("its invitation is of a time {} s from now: an old one, or a wrong clock",
                      difference_s);
  }
  if (!why.empty()) {
    tell_(to_string(from), sender.text, why);
    return std::nullopt;
  }
  if (known_.size() >= kMostRemembered) return std::nullopt;
  Known& known = known_.try_emplace(invitation.nonce, Known{now.steady, 0}).first->second;
  ++known.answers;
  const Result<std::string> answer =
      to_text({Message::Kind::kAnswer, invitation.nonce, daemon_, 0}, *self_);
  return answer ? std::optional(*answer) : std::nullopt;
}

bool Reception::may_answer_again(const std::string& nonce, const Now& now) {
  // As long as its time could be one of now, on either side of it.
  constexpr std::chrono::seconds kRemembered{2 * kOldestS};
  if (known_.size() >= kMostRemembered) {
    std::erase_if(known_,
                  [&](const auto& one) { return one.second.since + kRemembered < now.steady; });
  }
  const auto known = known_.find(nonce);
  return known == known_.end() ||
         (known->second.answers < kMostAnswers && known->second.since + kFresh >= now.steady);
}

bool Reception::may_look(net::Ipv4 address, const Now& now) {
  if (now.steady >= second_ + std::chrono::seconds(1)) {
    second_ = now.steady;
    looks_ = 0;
    looks_of_.clear();
  }
  if (looks_ >= kMostLooks) return false;
  int& of_one = looks_of_[address];
  if (of_one >= kMostLooksOfOne) return false;
  ++of_one;
  ++looks_;
  return true;
}

}  // namespace vinet::discovery
