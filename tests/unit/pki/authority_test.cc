// An authority issues, revokes, keeps its index, and overwrites nothing.
#include "pki/authority.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ctime>
#include <set>
#include <thread>

#include "directory.h"
#include "pki/files.h"

namespace vinet::pki {
namespace {

const int64_t kNow = std::time(nullptr);

Wish wish(const std::string& name, Role role = Role::kOperator) {
  return {{role, name}, {}, kNow - 60, kNow + 3600};
}
std::string request(const std::string& name) {
  return *new_request(*new_key(), name);
}
mode_t mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST(Authority, IssuesAndLists) {
  const Directory directory;
  const std::string at = directory / "pki";
  ASSERT_TRUE(Authority::init(at, "test", kNow + 3600));
  EXPECT_EQ(mode_of(at), 0700U);
  EXPECT_EQ(mode_of(at + "/ca.key"), 0600U);
  EXPECT_EQ(mode_of(at + "/issued.json"), 0600U);
  Result<Authority> authority = Authority::open(at);
  ASSERT_TRUE(authority) << authority.error().message;
  ASSERT_TRUE(authority->issue(request("ada"), wish("ada")));
  ASSERT_TRUE(authority->issue(request("m1"), wish("m1", Role::kMachine)));
  const auto issued = authority->list();
  ASSERT_TRUE(issued);
  ASSERT_EQ(issued->size(), 2U);
  EXPECT_EQ((*issued)[1].subject, (Subject{Role::kMachine, "m1"}));
  EXPECT_GE((*issued)[0].serial.size(), 28U) << "random and long";
}

TEST(Authority, OverwritesNothing) {
  const Directory directory;
  ASSERT_TRUE(Authority::init(directory.path(), "test", kNow + 3600));
  const std::string key = *read_key_file(directory / "ca.key");
  const Status again = Authority::init(directory.path(), "test", kNow + 3600);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kAlreadyExists);
  EXPECT_EQ(*read_key_file(directory / "ca.key"), key);
}

TEST(Authority, ANameHasOneRole) {
  const Directory directory;
  ASSERT_TRUE(Authority::init(directory.path(), "test", kNow + 3600));
  Result<Authority> authority = Authority::open(directory.path());
  ASSERT_TRUE(authority->issue(request("ada"), wish("ada", Role::kTenant)));
  const auto other = authority->issue(request("ada"), wish("ada", Role::kOperator));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::kAlreadyExists);
  EXPECT_TRUE(authority->issue(request("ada"), wish("ada", Role::kTenant))) << "renewed";
}

TEST(Authority, RevokesByNameAndSerial) {
  const Directory directory;
  ASSERT_TRUE(Authority::init(directory.path(), "test", kNow + 3600));
  Result<Authority> authority = Authority::open(directory.path());
  for (const char* name : {"ada", "ada", "bob", "bob"}) {
    ASSERT_TRUE(authority->issue(request(name), wish(name)));
  }
  EXPECT_EQ(authority->revoke("ada")->size(), 2U);
  EXPECT_EQ(authority->revoke("ada")->size(), 0U) << "again";
  const std::string serial = (*authority->list())[2].serial;
  EXPECT_EQ(authority->revoke(serial)->size(), 1U);
  const auto unknown = authority->revoke("carol");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::kNotFound);
  EXPECT_FALSE((*authority->list())[3].revoked);
}

TEST(Authority, AnOpenKeyIsRefusedWithHowToMendIt) {
  const Directory directory;
  ASSERT_TRUE(Authority::init(directory.path(), "test", kNow + 3600));
  ::chmod((directory / "ca.key").c_str(), 0640);
  const auto opened = Authority::open(directory.path());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kPermissionDenied);
  EXPECT_NE(opened.error().message.find("chmod 600 " + directory / "ca.key"), std::string::npos)
      << opened.error().message;
}

TEST(Authority, DamagedFilesAreNamed) {
  for (const char* name : {"ca.crt", "ca.key", "issued.json"}) {
    const Directory directory;
    ASSERT_TRUE(Authority::init(directory.path(), "test", kNow + 3600));
    const std::string text = *read_file(directory / name);
    for (size_t length = 0; length < text.size(); length += 7) {
      ASSERT_TRUE(write_file(directory / name, text.substr(0, length), 0600));
      Result<Authority> opened = Authority::open(directory.path());
      const Error error = opened ? opened->issue(request("x"), wish("x")).error() : opened.error();
      // A whole PEM block may lack its last newline.
      if (opened && opened->issue(request("x"), wish("x"))) continue;
      EXPECT_NE(error.message.find(name), std::string::npos)
          << name << " cut at " << length << ": " << error.message;
    }
  }
}

TEST(Authority, RequestsThatAreNone) {
  const Directory directory;
  ASSERT_TRUE(Authority::init(directory.path(), "test", kNow + 3600));
  Result<Authority> authority = Authority::open(directory.path());
  std::string forged = request("ada");
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& text :
       {std::string(), std::string("hello"), *new_key(), forged, authority->certificate()}) {
    EXPECT_FALSE(authority->issue(text, wish("ada"))) << text;
  }
  EXPECT_TRUE(authority->list()->empty());
}

TEST(Authority, AddressesThatWouldSayMore) {
  const Directory directory;
  ASSERT_TRUE(Authority::init(directory.path(), "test", kNow + 3600));
  Result<Authority> authority = Authority::open(directory.path());
  for (const char* address : {"", "a,URI:vinet:operator:eve", "a b", "x\ny", "a/24"}) {
    Wish one = wish("m1", Role::kMachine);
    one.addresses = {address};
    EXPECT_FALSE(authority->issue(request("m1"), one)) << address;
  }
  Wish good = wish("m1", Role::kMachine);
  good.addresses = {"192.0.2.1", "2001:db8::1", "m1.example"};
  EXPECT_TRUE(authority->issue(request("m1"), good));
}

TEST(Authority, TwoAtOnceLoseNothing) {
  const Directory directory;
  ASSERT_TRUE(Authority::init(directory.path(), "test", kNow + 3600));
  constexpr int kThreads = 4, kEach = 10;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&directory, t] {
      Result<Authority> authority = Authority::open(directory.path());
      for (int i = 0; i < kEach; ++i) {
        const std::string name = "n" + std::to_string(t) + "-" + std::to_string(i);
        EXPECT_TRUE(authority->issue(request(name), wish(name)));
        EXPECT_TRUE(authority->revoke(name));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto issued = Authority::open(directory.path())->list();
  ASSERT_TRUE(issued);
  std::set<std::string> serials;
  for (const Issued& one : *issued) {
    serials.insert(one.serial);
    EXPECT_TRUE(one.revoked);
  }
  EXPECT_EQ(serials.size(), static_cast<size_t>(kThreads * kEach));
}

}  // namespace
}  // namespace vinet::pki
