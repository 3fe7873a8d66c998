// One table case of bad input: a text and all that is to be said about it.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "unit/graph/text_case.h"

namespace vinet::graph {

struct BadCase {
  std::string name;
  std::string text;
  std::vector<std::string> errors;  ///< as of Expansion::errors()
};

inline void PrintTo(const BadCase& c, std::ostream* out) {
  *out << c.name;
}

/// Its one test, in bad_case.cc: exactly these errors, and no graph.
class BadInput : public testing::TestWithParam<BadCase> {};

}  // namespace vinet::graph
