// Tables: columns as wide as what is in them, no blanks at line ends.
#include "cli/table.h"

#include <gtest/gtest.h>

namespace vinet::cli {
namespace {

TEST(Table, AlignsColumns) {
  Table table({"NAME", ">MTU", "NOTE"});
  table.row({"a", "68", ""});
  table.row({"longer", "1500", "x"});
  EXPECT_EQ(table.text(1),
            " NAME     MTU  NOTE\n"
            " a         68\n"
            " longer  1500  x\n");
}

TEST(Table, WithoutTitlesHasNoHead) {
  Table table({});
  table.row({"a", "b"});
  table.row({"aa"});
  EXPECT_EQ(table.text(), "a   b\naa\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({});
  table.row({"A→F", "x"});
  table.row({"abc", "y"});
  EXPECT_EQ(table.text(), "A→F  x\nabc  y\n");
}

TEST(Table, WithoutRowsIsNothing) {
  EXPECT_EQ(Table({"NAME"}).text(), "");
}

TEST(Table, ColoursOnlyTheHead) {
  Table table({"N"});
  table.row({"a"});
  EXPECT_EQ(table.text(0, true), "\x1b[1mN\x1b[0m\na\n");
}

}  // namespace
}  // namespace vinet::cli
