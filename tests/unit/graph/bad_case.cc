#include "unit/graph/bad_case.h"

namespace vinet::graph {
namespace {

TEST_P(BadInput, IsReportedWhereItStands) {
  const Expansion expansion = expand_text(GetParam().text);
  EXPECT_EQ(expansion.errors(), GetParam().errors);
  EXPECT_FALSE(expansion.graph);
}

}  // namespace
}  // namespace vinet::graph
