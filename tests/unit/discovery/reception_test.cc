// Whom a daemon answers (faults.md F-120): operators and machines of its own authority, there where
// they signed that they are, and nobody else, whatever comes and however much of it.
#include "discovery/reception.h"

#include <vector>

#include "stage.h"

namespace vinet::discovery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A daemon m1.
struct Door {
  explicit Door(const Stage& stage)
      : reception(
            stage.give("m1", pki::Role::kMachine), kDaemon,
            [this](const std::string& address, const std::string& subject, const std::string& why) {
              told.push_back(address + " " + subject + ": " + why);
            }) {}
  bool answers(const std::string& text, const Endpoint& from = kDesk) {
    return reception.answer(text, from, now).has_value();
  }
  std::vector<std::string> told;
  Reception reception;
  Reception::Now now{kNow, seconds(100)};
};

TEST(Reception, AnswersWhomItMay) {
  const Stage stage;
  Door door(stage);
  const auto ada = stage.give("ada", pki::Role::kOperator);
  const auto text = door.reception.answer(invitation(*ada), kDesk, door.now);
  ASSERT_TRUE(text);
  const auto read = read_message(*text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->message.nonce, kNonce);
  EXPECT_EQ(read->message.at, kDaemon);
  EXPECT_EQ(sender_of(*read, *ada).subject.name, "m1");
  EXPECT_TRUE(
      door.answers(invitation(*stage.give("m2", pki::Role::kMachine), std::string(32, 'b'))));
  EXPECT_TRUE(door.told.empty());
}

TEST(Reception, StrangersHearNothing) {
  const Stage stage, other;
  Door door(stage);
  const auto ada = stage.give("ada", pki::Role::kOperator);
  const auto late = stage.give("late", pki::Role::kOperator, -3600, -60);
  const auto early = stage.give("early", pki::Role::kOperator, 1800, 3600);
  const auto tim = stage.give("tim", pki::Role::kTenant);
  const auto eve = other.give("ada", pki::Role::kOperator);
  const std::string good = invitation(*ada), of_eve = invitation(*eve);
  const auto line_of = [](const std::string& text, const std::string& name) {
    const size_t begin = text.find("\n" + name + " ") + 1;
    return text.substr(begin, text.find('\n', begin) + 1 - begin);
  };
  const struct {
    const char* what;
    std::string text;
    Endpoint from;
    const char* told;  // null: nothing, it cost nothing
  } cases[] = {
      {"garbage", "hello", kDesk, nullptr},
      {"an answer", answer(*ada), kDesk, nullptr},
      {"from elsewhere", good, kElsewhere, nullptr},
      {"from another port", good, {kDesk.address, 1}, nullptr},
      {"a time of yesterday", invitation(*ada, kNonce, kDesk, kNow - 86400), kDesk, "86400 s"},
      {"a time of tomorrow", invitation(*ada, kNonce, kDesk, kNow + 86400), kDesk, "86400 s"},
      {"another authority", of_eve, kDesk, "operator ada"},
      {"expired", invitation(*late), kDesk, "expired"},
      {"not yet valid", invitation(*early), kDesk, "early"},
      {"a tenant", invitation(*tim), kDesk, "operators and machines"},
      {"a certificate of another",
       with(of_eve, line_of(of_eve, "certificate"), line_of(good, "certificate")), kDesk,
       "has not signed"},
      {"another place", with(good, "192.0.2.9:41234", "198.51.100.1:41234"), kElsewhere,
       "has not signed"},
  };
  for (const auto& one : cases) {
    door.told.clear();
    door.now.steady += seconds(1);
    EXPECT_FALSE(door.answers(one.text, one.from)) << one.what;
    ASSERT_EQ(door.told.size(), one.told == nullptr ? 0 : 1) << one.what;
    if (one.told != nullptr) {
      EXPECT_NE(door.told.front().find(one.told), std::string::npos) << door.told.front();
    }
  }
  EXPECT_TRUE(door.answers(good));
}

TEST(Reception, WhoWasRevokedHearsNothing) {
  const Stage stage;
  const auto ada = stage.give("ada", pki::Role::kOperator);
  const auto self = stage.give("m1", pki::Role::kMachine);
  Reception reception(self, kDaemon, [](auto&&...) {});
  const Reception::Now now{kNow, seconds(100)};
  EXPECT_TRUE(reception.answer(invitation(*ada), kDesk, now));
  pki::Authority authority = stage.authority();
  ASSERT_TRUE(authority.revoke("ada"));
  ASSERT_TRUE(self->take_list(*authority.revocation_list()));
  EXPECT_FALSE(reception.answer(invitation(*ada, std::string(32, 'b')), kDesk, now));
}

TEST(Reception, ARepeatedInvitationHasItsTime) {
  const Stage stage;
  Door door(stage);
  const std::string text = invitation(*stage.give("ada", pki::Role::kOperator));
  int answers = 0;
  for (int i = 0; i < 2 * Reception::kMostAnswers; ++i) {
    door.now.steady += milliseconds(500);
    answers += door.answers(text) ? 1 : 0;
  }
  EXPECT_EQ(answers, Reception::kMostAnswers);
  // Within the hour in which its time is a good one, it is an old one nevertheless.
  Door other(stage);
  EXPECT_TRUE(other.answers(text));
  other.now.steady += Reception::kFresh + seconds(1);
  EXPECT_FALSE(other.answers(text));
}

TEST(Reception, AFloodCostsSoMuchAndNoMore) {
  const Stage stage, other;
  Door door(stage);
  const std::string good = invitation(*stage.give("ada", pki::Role::kOperator));
  const auto eve = other.give("eve", pki::Role::kOperator);
  const std::string bad = invitation(*eve);
  // Of one address: the others are heard.
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(door.answers(bad));
  EXPECT_EQ(door.told.size(), size_t{Reception::kMostLooksOfOne});
  EXPECT_TRUE(door.answers(invitation(*stage.give("m2", pki::Role::kMachine), kNonce, kElsewhere),
                           kElsewhere));
  EXPECT_FALSE(door.answers(good));  // not this second
  door.now.steady += seconds(1);
  EXPECT_TRUE(door.answers(good));
  // Of many: so many looks, whoever asks.
  door.told.clear();
  door.now.steady += seconds(1);
  for (uint32_t i = 0; i < 500; ++i) {
    const Endpoint from{net::Ipv4{0x0a000000 + i}, 5000};
    door.answers(with(bad, "192.0.2.9:41234", to_string(from)), from);
  }
  EXPECT_EQ(door.told.size(), size_t{Reception::kMostLooks});
}

}  // namespace
}  // namespace vinet::discovery
