#include "support/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace vinet {
namespace {

struct Case {
  const char* pattern;
  const char* name;
  bool matches;
};

TEST(Glob, StarsStayInAComponentTwoStarsDoNot) {
  const Case cases[] = {
      {"campus", "campus", true},
      {"campus", "campus.t", false},
      {"campus.*", "campus.t", true},
      {"campus.*", "campus.t.top", false},
      {"campus.*", "campus.", true},
      {"*", "campus", true},
      {"*", "campus.t", false},
      {"c*s", "campus", true},
      {"c*s.t", "campus.t", true},
      {"c*p*s", "campus", true},
      {"c*x*s", "campus", false},
      {"campu?", "campus", true},
      {"campus?t", "campus.t", false},
      {"campu?", "campu", false},
      {"**", "campus", true},
      {"**", "campus.t.child0.top", true},
      {"**.leaf", "leaf", true},
      {"**.leaf", "campus.t.leaf", true},
      {"**.leaf", "campus.t.aleaf", false},
      {"campus.t.**.leaf", "campus.t.leaf", true},
      {"campus.t.**.leaf", "campus.t.child0.leaf", true},
      {"campus.t.**.leaf", "campus.t.child0.child1.leaf", true},
      {"campus.t.**.leaf", "campus.t.child0.child1.top", false},
      {"campus.t.**.leaf", "campus.tree.leaf", false},
      {"campus.**", "campus.t.top", true},
      {"campus.**", "campus", false},
      {"campus.**", "campusx", false},
      {"**.child1.**.leaf", "campus.t.child1.leaf", true},
      {"**.child1.**.leaf", "campus.t.child1.child0.leaf", true},
      {"**.child1.**.leaf", "campus.t.child0.leaf", false},
      {"**.**.leaf", "leaf", true},
      {"a**b", "axxb", true},
      {"a**b", "a.b", false},
      {"", "", true},
      {"", "a", false},
      {"a", "", false},
      {"*", "", true},
      {"lab.X-Y", "lab.X-Y", true},
      {"lab.X-*", "lab.X-Y:2", true},
      {"[a]", "a", false},
      {"campus.t.*.top", "campus.t.child0.top", true},
      {"campus.t.*.top", "campus.t.top-child0.top", false},
      {"campus.t.*", "campus.t.top-child0.top", true},
      {"campus.t.*-*", "campus.t.top-child0.top", true},
      {"campus.t.top-child0.top", "campus.t.top-child0.top", true},
      {"campus.t.top-child?.top", "campus.t.top-child0.top", true},
      {"campus.**.top", "campus.admin-t.top", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(glob_match(c.pattern, c.name), c.matches) << c.pattern << " and " << c.name;
  }
}

TEST(Glob, CoversWhatIsInside) {
  EXPECT_TRUE(glob_covers("fig11", "fig11"));
  EXPECT_TRUE(glob_covers("fig11", "fig11.A"));
  EXPECT_TRUE(glob_covers("campus.t", "campus.t.child0.top"));
  EXPECT_FALSE(glob_covers("campus.t", "campus.tree"));
  EXPECT_FALSE(glob_covers("campus.t", "campus"));
  EXPECT_FALSE(glob_covers("fig1", "fig11"));
  EXPECT_FALSE(glob_covers("campus.t.top-child0", "campus.t.top-child0.top"));
}

TEST(Glob, AHostilePatternCostsNoMore) {
  std::string pattern, name(10000, 'a');
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_FALSE(glob_match(pattern + "b", name));
  EXPECT_TRUE(glob_match(pattern, name));
}

TEST(Glob, IsAGlobOrAName) {
  EXPECT_TRUE(is_glob("a*"));
  EXPECT_TRUE(is_glob("a?"));
  EXPECT_FALSE(is_glob("campus.t.top"));
}

}  // namespace
}  // namespace vinet
