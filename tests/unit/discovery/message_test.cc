// Messages of discovery: what is written can be read back, and nothing else can.
#include "discovery/message.h"

#include "stage.h"

namespace vinet::discovery {
namespace {

TEST(Message, IsReadAsItWasWritten) {
  const Stage stage;
  const auto ada = stage.give("ada", pki::Role::kOperator);
  const auto m1 = stage.give("m1", pki::Role::kMachine);
  const std::string invited = invitation(*ada), answered = answer(*m1);
  const auto first = read_message(invited), second = read_message(answered);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->message.kind, Message::Kind::kInvitation);
  EXPECT_EQ(first->message.nonce, kNonce);
  EXPECT_EQ(first->message.at, kDesk);
  EXPECT_EQ(first->message.time_s, kNow);
  EXPECT_EQ(sender_of(*first, *m1).subject, (pki::Subject{pki::Role::kOperator, "ada"}));
  EXPECT_EQ(second->message.kind, Message::Kind::kAnswer);
  EXPECT_EQ(second->message.at, kDaemon);
  EXPECT_EQ(sender_of(*second, *ada).subject, (pki::Subject{pki::Role::kMachine, "m1"}));
}

TEST(Message, WhatIsNoneIsRefused) {
  const Stage stage;
  const std::string good = invitation(*stage.give("ada", pki::Role::kOperator));
  const struct {
    const char* what;
    std::string text;
  } cases[] = {
      {"nothing", ""},
      {"no line", "vinet-invitation 1"},
      {"another version", with(good, "invitation 1", "invitation 2")},
      {"a short nonce", with(good, kNonce, "abc")},
      {"a nonce that is no number", with(good, kNonce, std::string(32, 'g'))},
      {"no address", with(good, "at 192.0.2.9:41234\n", "")},
      {"an address without a port", with(good, "192.0.2.9:41234", "192.0.2.9")},
      {"port 0", with(good, ":41234", ":0")},
      {"a port that is too large", with(good, ":41234", ":65536")},
      {"a name for an address", with(good, "192.0.2.9", "example.net")},
      {"a time with a sign", with(good, "time ", "time -")},
      {"no certificate", with(good, "\ncertificate ", "\ncertificat ")},
      {"no signature", with(good, "\nsignature ", "\nsignatur ")},
      {"something behind it", good + "more\n"},
      {"too long", good + std::string(kMostBytes, 'x')},
      {"a line that does not end", good.substr(0, good.size() - 1)},
  };
  ASSERT_TRUE(read_message(good));
  for (const auto& one : cases) EXPECT_FALSE(read_message(one.text)) << one.what;
}

TEST(Message, EveryCutAndEveryChangedByteIsRefused) {
  const Stage stage;
  const auto ada = stage.give("ada", pki::Role::kOperator);
  const std::string good = invitation(*ada);
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(read_message(good.substr(0, i))) << "cut at " << i;
  }
  // Looks at signatures cost: every byte of what is signed, every 7th of certificate and signature.
  const size_t begin_of_certificate = good.find("certificate ");
  for (size_t i = 0; i < good.size(); i += i < begin_of_certificate ? 1 : 7) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto read = read_message(changed);
    if (read) EXPECT_NE(sender_of(*read, *ada).refused, "") << "byte " << i;
  }
}

}  // namespace
}  // namespace vinet::discovery
