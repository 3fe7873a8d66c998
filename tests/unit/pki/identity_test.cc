// An identity judges certificates, and takes over what is replaced while it is in use.
#include "pki/identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

#include "directory.h"
#include "pki/authority.h"
#include "pki/files.h"
#include "pki/openssl.h"

namespace vinet::pki {
namespace {

const int64_t kNow = std::time(nullptr);

/// An authority, and identities that it issues.
struct Stage {
  Directory directory;
  Stage() { EXPECT_TRUE(Authority::init(directory / "pki", "test", kNow + 36000)); }
  Authority authority() const { return *Authority::open(directory / "pki"); }

  std::string give(const std::string& name, Role role, int64_t from = -60, int64_t until = 3600) {
    const std::string at = directory / name;
    const std::string key = *new_key();
    Authority by = authority();
    EXPECT_TRUE(make_directory(at, 0700));
    EXPECT_TRUE(write_file(at + "/key.pem", key, 0600));
    EXPECT_TRUE(write_file(at + "/ca.crt", by.certificate(), 0644));
    const auto certificate =
        by.issue(*new_request(key, name), {{role, name}, {}, kNow + from, kNow + until});
    EXPECT_TRUE(certificate) << certificate.error().message;
    EXPECT_TRUE(write_file(at + "/cert.pem", *certificate, 0644));
    EXPECT_TRUE(write_file(at + "/crl.pem", *by.revocation_list(), 0644));
    return at;
  }
};

std::string shown_by(const std::string& at) {
  const CertPtr certificate = *parse_certificate(*read_file(at + "/cert.pem"), at);
  unsigned char* bytes = nullptr;
  const int length = i2d_X509(certificate.get(), &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(length));
  OPENSSL_free(bytes);
  return der;
}

TEST(Identity, Judges) {
  Stage stage, other;
  const auto m1 = Identity::load(stage.give("m1", Role::kMachine));
  ASSERT_TRUE(m1) << m1.error().message;
  EXPECT_EQ((*m1)->self(), (Subject{Role::kMachine, "m1"}));
  EXPECT_EQ((*m1)->trouble(), "");
  struct Case {
    std::string at, refused;
  };
  const Case cases[] = {
      {stage.give("ada", Role::kOperator), ""},
      {stage.give("eve", Role::kTenant), ""},
      {stage.give("m2", Role::kMachine), ""},
      {stage.give("old", Role::kOperator, -7200, -3600), "expired on"},
      {stage.give("early", Role::kOperator, 3600, 7200), "not valid before"},
      {other.give("ada", Role::kOperator), "another authority"},
  };
  for (const Case& one : cases) {
    const Shown shown = (*m1)->judge(shown_by(one.at));
    if (one.refused.empty()) {
      EXPECT_EQ(shown.refused, "") << one.at;
    } else {
      EXPECT_NE(shown.refused.find(one.refused), std::string::npos) << one.at << shown.refused;
    }
  }
  EXPECT_EQ((*m1)->judge(cases[1].at).text, "nobody") << "no certificate at all";
  std::string der = shown_by(cases[0].at);
  for (size_t i = 0; i < der.size(); ++i) {
    std::string damaged = der;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_NE((*m1)->judge(damaged).refused, "") << "bit changed at " << i;
    EXPECT_NE((*m1)->judge(der.substr(0, i)).refused, "") << "cut at " << i;
  }
}

TEST(Identity, RevokedWhileInUse) {
  Stage stage;
  const auto m1 = *Identity::load(stage.give("m1", Role::kMachine));
  const std::string ada = shown_by(stage.give("ada", Role::kOperator));
  EXPECT_EQ(m1->judge(ada).refused, "");
  const uint64_t before = m1->list_number();
  Authority authority = stage.authority();
  const std::string old_list = *authority.revocation_list();
  ASSERT_TRUE(authority.revoke("ada"));
  const Result<bool> taken = m1->take_list(*authority.revocation_list());
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_TRUE(*taken);
  EXPECT_GT(m1->list_number(), before);
  EXPECT_NE(m1->judge(ada).refused.find("revoked on"), std::string::npos);
  EXPECT_FALSE(*m1->take_list(*authority.revocation_list())) << "the same again";
  EXPECT_FALSE(*m1->take_list(old_list)) << "an older one";
  EXPECT_NE(m1->judge(ada).refused, "");
}

TEST(Identity, AListThatCannotBeReadLetsNobodyIn) {
  Stage stage, other;
  const std::string at = stage.give("m1", Role::kMachine);
  const auto m1 = *Identity::load(at);
  const std::string ada = shown_by(stage.give("ada", Role::kOperator));
  const std::string good = *read_file(at + "/crl.pem");
  const std::string foreign = *other.authority().revocation_list();
  for (const std::string& text :
       {std::string(), good.substr(0, good.size() / 2), foreign, *read_file(at + "/cert.pem")}) {
    ASSERT_TRUE(write_file(at + "/crl.pem", text, 0644));
    EXPECT_TRUE(m1->refresh());
    EXPECT_NE(m1->judge(ada).refused, "") << text;
    EXPECT_NE(m1->trouble().find("crl.pem"), std::string::npos) << m1->trouble();
    EXPECT_FALSE(m1->take_list(text) && *m1->take_list(text));
  }
  ::unlink((at + "/crl.pem").c_str());
  EXPECT_TRUE(m1->refresh());
  EXPECT_NE(m1->judge(ada).refused, "") << "gone";
  ASSERT_TRUE(write_file(at + "/crl.pem", good, 0644));
  EXPECT_TRUE(m1->refresh());
  EXPECT_EQ(m1->judge(ada).refused, "");
  EXPECT_EQ(m1->trouble(), "");
}

TEST(Identity, AnOlderListDoesNotForgive) {
  Stage stage;
  const std::string at = stage.give("m1", Role::kMachine);
  const auto m1 = *Identity::load(at);
  const std::string ada = shown_by(stage.give("ada", Role::kOperator));
  const std::string old_list = *read_file(at + "/crl.pem");
  Authority authority = stage.authority();
  ASSERT_TRUE(authority.revoke("ada"));
  ASSERT_TRUE(*m1->take_list(*authority.revocation_list()));
  ASSERT_TRUE(write_file(at + "/crl.pem", old_list, 0644));
  EXPECT_TRUE(m1->refresh());
  EXPECT_NE(m1->judge(ada).refused, "");
  EXPECT_NE(m1->trouble().find("older"), std::string::npos) << m1->trouble();
}

TEST(Identity, ReplacedWhileInUse) {
  Stage stage;
  const std::string at = stage.give("m1", Role::kMachine);
  const auto m1 = *Identity::load(at);
  const std::string m2 = stage.give("m2", Role::kMachine);
  // Half of a set: what was in use goes on, and it is said.
  ASSERT_TRUE(write_file(at + "/key.pem", *read_key_file(m2 + "/key.pem"), 0600));
  EXPECT_TRUE(m1->refresh());
  EXPECT_EQ(m1->self().name, "m1");
  EXPECT_NE(m1->trouble().find("key.pem"), std::string::npos);
  ASSERT_TRUE(write_file(at + "/cert.pem", *read_file(m2 + "/cert.pem"), 0644));
  EXPECT_TRUE(m1->refresh());
  EXPECT_EQ(m1->self().name, "m2");
  EXPECT_EQ(m1->trouble(), "");
  EXPECT_FALSE(m1->refresh()) << "nothing new";
}

// The lists of another authority have numbers of their own, also smaller ones.
TEST(Identity, AnotherAuthorityTakesThePlaceOfOne) {
  Stage stage, other;
  for (const char* name : {"one", "two", "three"}) {
    stage.give(name, Role::kOperator);
    ASSERT_TRUE(stage.authority().revoke(name));
  }
  const std::string at = stage.give("m1", Role::kMachine);
  const std::string ada = shown_by(stage.give("ada", Role::kOperator));
  const auto m1 = *Identity::load(at);
  EXPECT_GT(m1->list_number(), 1U);
  EXPECT_EQ(m1->judge(ada).refused, "");
  const std::string from = other.give("m1", Role::kMachine);
  const std::string eve = shown_by(other.give("eve", Role::kOperator));
  for (const char* name : {"/ca.crt", "/cert.pem", "/crl.pem"}) {
    ASSERT_TRUE(write_file(at + name, *read_file(from + name), 0644));
  }
  ASSERT_TRUE(write_file(at + "/key.pem", *read_key_file(from + "/key.pem"), 0600));
  EXPECT_TRUE(m1->refresh());
  EXPECT_EQ(m1->trouble(), "");
  EXPECT_EQ(m1->judge(eve).refused, "");
  EXPECT_NE(m1->judge(ada).refused, "");
  EXPECT_LT(m1->list_number(), 3U);
}

TEST(Identity, OpenKeysAndDamagedFilesAreRefusedByName) {
  Stage stage;
  const std::string at = stage.give("m1", Role::kMachine);
  ::chmod((at + "/key.pem").c_str(), 0644);
  const auto open = Identity::load(at);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, Errc::kPermissionDenied);
  EXPECT_NE(open.error().message.find("chmod 600"), std::string::npos) << open.error().message;
  ::chmod((at + "/key.pem").c_str(), 0600);
  for (const char* name : {"/ca.crt", "/cert.pem", "/key.pem"}) {
    const std::string text = *read_file(at + name);
    for (const std::string& damaged :
         {std::string(), text.substr(0, text.size() / 2), std::string(2 << 20, 'x')}) {
      ASSERT_TRUE(write_file(at + name, damaged, 0600));
      const auto loaded = Identity::load(at);
      ASSERT_FALSE(loaded) << name;
      EXPECT_NE(loaded.error().message.find(at + name), std::string::npos)
          << loaded.error().message;
    }
    ASSERT_TRUE(write_file(at + name, text, 0600));
  }
  EXPECT_TRUE(Identity::load(at));
}

}  // namespace
}  // namespace vinet::pki
