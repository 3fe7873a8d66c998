// Names and roles, and the URI that carries them.
#include "pki/subject.h"

#include <gtest/gtest.h>

namespace vinet::pki {
namespace {

TEST(Subject, NamesAreNoPathsOptionsOrEscapes) {
  const std::string names[] = {"m1", "ada", "A.b_c-9", std::string(64, 'x')};
  for (const std::string& good : names) {
    EXPECT_TRUE(check_name(good)) << good;
  }
  const std::string bad[] = {"",
                             ".",
                             "..",
                             ".x",
                             "-rf",
                             "a/b",
                             "a b",
                             "a\nb",
                             "a:b",
                             "ä",
                             "a\x1b[2Jb",
                             "a\\b",
                             "a,b",
                             "a=b",
                             "a\"b",
                             "a%b",
                             "*",
                             std::string(65, 'x'),
                             std::string("a\0b", 3)};
  for (const std::string& name : bad) EXPECT_FALSE(check_name(name)) << name;
}

TEST(Subject, UriThereAndBack) {
  for (const Role role : {Role::kOperator, Role::kMachine, Role::kTenant}) {
    const Subject subject{role, "m-1.x"};
    EXPECT_EQ(parse_uri(uri_of(subject)), subject);
  }
  EXPECT_EQ(uri_of({Role::kTenant, "ada"}), "vinet:tenant:ada");
}

TEST(Subject, WhatIsNoUriOfOurs) {
  for (const char* text : {"", "vinet", "vinet:", "vinet:operator", "vinet:operator:", "vinet::ada",
                           "vinet:root:ada", "VINET:operator:ada", "vinet:operator:ada:x",
                           "vinet:operator:a/b", "https://x/", "vinet:Operator:ada"}) {
    EXPECT_FALSE(parse_uri(text)) << text;
  }
}

}  // namespace
}  // namespace vinet::pki
