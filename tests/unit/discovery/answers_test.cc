// Whom an inviter believes that they are there (faults.md F-120).
#include "discovery/answers.h"

#include "stage.h"

namespace vinet::discovery {
namespace {

TEST(Answers, OfMachinesThatAreThere) {
  const Stage stage, other;
  const auto ada = stage.give("ada", pki::Role::kOperator);
  const auto m1 = stage.give("m1", pki::Role::kMachine);
  const auto m2 = stage.give("m2", pki::Role::kMachine);
  const auto false_m3 = other.give("m3", pki::Role::kMachine);
  const Endpoint everywhere{{0}, 7000};
  Answers answers(*ada, kNonce, 10);
  const struct {
    const char* what;
    std::string text;
    Endpoint from;
    bool is_new;
  } cases[] = {
      {"garbage", "hello", kDaemon, false},
      {"an invitation", invitation(*m1), kDaemon, false},
      {"to another search", answer(*m1, std::string(32, 'b')), kDaemon, false},
      {"of another authority", answer(*false_m3), kDaemon, false},
      {"of an operator", answer(*ada), kDaemon, false},
      {"a copy, from elsewhere", answer(*m1), kElsewhere, false},
      {"changed", with(answer(*m1), "192.0.2.10:7411", "192.0.2.10:7412"), kDaemon, false},
      {"of m1", answer(*m1), kDaemon, true},
      {"of m1, again", answer(*m1), kDaemon, false},
      {"of m2, which listens everywhere", answer(*m2, kNonce, everywhere), kElsewhere, true},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(answers.take(one.text, one.from, 2), one.is_new) << one.what;
  }
  EXPECT_EQ(answers.found(),
            (std::vector<Found>{{kDaemon, "m1", 2}, {{kElsewhere.address, 7000}, "m2", 2}}));
}

TEST(Answers, EndWhenEnough) {
  const Stage stage;
  const auto m1 = stage.give("m1", pki::Role::kMachine);
  Answers answers(*m1, kNonce, 1);
  EXPECT_FALSE(answers.enough());
  EXPECT_TRUE(answers.take(answer(*m1), kDaemon, 1));
  EXPECT_TRUE(answers.enough());
  EXPECT_FALSE(answers.take(answer(*m1, kNonce, kElsewhere), kElsewhere, 1));
}

}  // namespace
}  // namespace vinet::discovery
