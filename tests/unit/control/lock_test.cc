// The lock: one holder, known by its pid; who waits is told, and gets it when it is free, also if
// the file went.
#include "control/lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "unit/control/scratch.h"

namespace vinet::control {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class LockTest : public ::testing::Test {
 protected:
  Result<Lock> acquire(milliseconds at_most) {
    Lock::Wait wait;
    wait.at_most = at_most;
    wait.stop = [this] { return stop; };
    wait.note = [this](const std::string& line) { notes.push_back(line); };
    return Lock::acquire(directory(), wait);
  }
  std::string directory() const { return scratch.path() + "/run/vinet"; }
  Scratch scratch;
  bool stop = false;
  std::vector<std::string> notes;
};

TEST_F(LockTest, OneHolder) {
  {
    const auto first = acquire(milliseconds(0));
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(Lock::holder(directory()), ::getpid());
    const auto second = acquire(milliseconds(0));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::kFailedPrecondition);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  }
  EXPECT_EQ(Lock::holder(directory()), std::nullopt);
  EXPECT_TRUE(acquire(milliseconds(0)));
}

TEST_F(LockTest, AWaitCanBeStopped) {
  const auto first = acquire(milliseconds(0));
  stop = true;
  const auto second = acquire(milliseconds(60'000));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kCancelled);
}

TEST_F(LockTest, WhoWaitsIsToldAndGetsItThoughTheFileWent) {
  auto first = std::make_unique<Result<Lock>>(acquire(milliseconds(0)));
  ASSERT_TRUE(*first);
  (**first).remove_on_release();
  std::thread releaser;
  Lock::Wait wait;
  wait.note = [&](const std::string& line) {  // after it was told, so that it did wait
    notes.push_back(line);
    releaser = std::thread([&] { first.reset(); });
  };
  const auto second = Lock::acquire(directory(), wait);
  if (releaser.joinable()) releaser.join();
  ASSERT_TRUE(second) << second.error().message;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], HasSubstr("waiting for process"));
  EXPECT_EQ(Lock::holder(directory()), ::getpid())
      << "the lock that it holds is not the one that others find";
}

TEST_F(LockTest, RemovedWithItsEmptyDirectory) {
  {
    auto lock = acquire(milliseconds(0));
    lock->remove_on_release();
  }
  EXPECT_FALSE(std::filesystem::exists(directory()));
  {
    auto lock = acquire(milliseconds(0));
    write_whole(directory() + "/somebody's", "");
    lock->remove_on_release();
  }
  EXPECT_TRUE(std::filesystem::exists(directory() + "/somebody's"));
}

}  // namespace
}  // namespace vinet::control
