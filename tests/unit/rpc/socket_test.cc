// The daemon's socket: who may be there, stale files, long paths. faults.md F-123.
#include "rpc/socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vinet::rpc {
namespace {

namespace fs = std::filesystem;

class SocketTest : public ::testing::Test {
 protected:
  SocketTest() {
    char name[] = "/tmp/vinet-socket-XXXXXX";
    directory = ::mkdtemp(name);
  }
  ~SocketTest() override { fs::remove_all(directory); }
  std::string directory;
  std::string path() const { return directory + "/vinet.sock"; }
};

TEST_F(SocketTest, OneListensAndWhoConnectsIsKnown) {
  const Result<Listener> listener = Listener::listen(path(), std::nullopt);
  ASSERT_TRUE(listener) << listener.error().message;
  const Result<Fd> connected = connect(path());
  ASSERT_TRUE(connected) << connected.error().message;
  const Result<Peer> peer = peer_of(connected->get());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_EQ(peer->uid, ::geteuid());
  struct stat info {};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(SocketTest, ASecondDaemonIsRefusedAndNamed) {
  const Result<Listener> first = Listener::listen(path(), std::nullopt);
  ASSERT_TRUE(first);
  const Result<Listener> second = Listener::listen(path(), std::nullopt);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kAlreadyExists);
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
  EXPECT_TRUE(connect(path())) << "the first still listens";
}

TEST_F(SocketTest, TheFileGoesWithTheListener) {
  { ASSERT_TRUE(Listener::listen(path(), std::nullopt)); }
  EXPECT_FALSE(fs::exists(path()));
  const Result<Fd> connected = connect(path());
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, Errc::kNotFound);
}

TEST_F(SocketTest, AFileThatTookItsPlaceStays) {
  {
    const Result<Listener> listener = Listener::listen(path(), std::nullopt);
    ASSERT_TRUE(listener);
    EXPECT_TRUE(listener->is_named());
    fs::remove(path());
    EXPECT_FALSE(listener->is_named());
    std::ofstream(path()) << "another's";
    EXPECT_FALSE(listener->is_named());
  }
  EXPECT_TRUE(fs::exists(path()));
}

TEST_F(SocketTest, AStaleFileIsReplaced) {
  {
    const Fd killed(::socket(AF_UNIX, SOCK_STREAM, 0));
    const std::string other = directory + "/other.sock";
    { ASSERT_TRUE(Listener::listen(path(), std::nullopt)); }
    const Result<Listener> listener = Listener::listen(other, std::nullopt);
    ASSERT_TRUE(listener);
    fs::rename(other, path());  // a name that outlives its listener
  }
  ASSERT_TRUE(fs::exists(path()));
  EXPECT_TRUE(Listener::listen(path(), std::nullopt));
}

TEST_F(SocketTest, WhatIsNoSocketStays) {
  std::ofstream(path()) << "mine";
  const Result<Listener> listener = Listener::listen(path(), std::nullopt);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, Errc::kFailedPrecondition);
  EXPECT_TRUE(fs::exists(path()));
}

TEST_F(SocketTest, ASymbolicLinkIsNotFollowed) {
  const std::string target = directory + "/target";
  std::ofstream(target) << "mine";
  fs::create_symlink(target, path());
  EXPECT_FALSE(Listener::listen(path(), std::nullopt));
  EXPECT_TRUE(fs::exists(target));
}

TEST_F(SocketTest, PathsLongerThanTheAddressWork) {
  const std::string deep = directory + "/" + std::string(120, 'd');
  fs::create_directory(deep);
  const Result<Listener> listener = Listener::listen(deep + "/vinet.sock", std::nullopt);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_TRUE(connect(deep + "/vinet.sock"));
}

TEST(MayCall, RootAndTheGroup) {
  struct Case {
    const char* name;
    Peer peer;
    std::optional<gid_t> group;
    bool may;
  };
  const Case cases[] = {
      {"root", {1, 0, 0, {}}, std::nullopt, true},
      {"root, with a group", {1, 0, 0, {}}, 50, true},
      {"a user, no group named", {1, 1000, 50, {50}}, std::nullopt, false},
      {"primary group", {1, 1000, 50, {}}, 50, true},
      {"supplementary group", {1, 1000, 1000, {7, 50}}, 50, true},
      {"another group", {1, 1000, 1000, {7, 51}}, 50, false},
      {"group 0 is not root", {1, 1000, 0, {0}}, std::nullopt, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(may_call(c.peer, c.group), c.may) << c.name;
  }
}

}  // namespace
}  // namespace vinet::rpc
