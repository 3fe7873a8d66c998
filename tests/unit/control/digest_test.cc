// The digest: equal for equal meanings however they are written, different for whatever differs.
#include "control/digest.h"

#include <gtest/gtest.h>

#include "unit/control/scratch.h"

namespace vinet::control {
namespace {

std::string digest(const std::string& internet) {
  return digest_of(graph_of(kLab + internet).internets.at(0));
}

struct DigestCase {
  const char* name;
  const char* text;
  bool same;
};
class Digest : public ::testing::TestWithParam<DigestCase> {};
TEST_P(Digest, TellsOneFromAnother) {
  const std::string reference =
      digest("internet i on lab {\n  host A at X\n  router B at Y\n  A -- B\n}\n");
  EXPECT_EQ(digest(GetParam().text) == reference, GetParam().same);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Digest,
    ::testing::Values(
        DigestCase{"Layout", "# comment\ninternet i on lab { host A at X; router B at Y; A--B }",
                   true},
        DigestCase{"Shape",
                   "internet i on lab {\n  host A at X\n  router B at Y\n  chain([A, B])\n}\n",
                   true},
        DigestCase{"DefaultWritten",
                   "internet i on lab {\n  host A at X\n  router B at Y\n  A -- B [cost = 1]\n}\n",
                   true},
        DigestCase{"Name", "internet j on lab {\n  host A at X\n  router B at Y\n  A -- B\n}\n",
                   false},
        DigestCase{"Kind", "internet i on lab {\n  host A at X\n  host B at Y\n  A -- B\n}\n",
                   false},
        DigestCase{"Place", "internet i on lab {\n  host A at Z\n  router B at Y\n  A -- B\n}\n",
                   false},
        DigestCase{"Direction",
                   "internet i on lab {\n  host A at X\n  router B at Y\n  B -- A\n}\n", false},
        DigestCase{"Cost",
                   "internet i on lab {\n  host A at X\n  router B at Y\n  A -- B [cost = 2]\n}\n",
                   false},
        DigestCase{"Run",
                   "internet i on lab {\n  host A at X [run = \"true\"]\n  router B at Y\n  A -- "
                   "B\n}\n",
                   false},
        DigestCase{
            "Lease",
            "internet i on lab [lease = 1s] {\n  host A at X\n  router B at Y\n  A -- B\n}\n",
            false},
        DigestCase{"Where",
                   "internet i on lab [where = \"a = b\"] {\n  host A at X\n  router B at Y\n  A "
                   "-- B\n}\n",
                   false},
        DigestCase{"Share",
                   "internet i on lab [share = 1mbit] {\n  host A at X\n  router B at Y\n  A -- "
                   "B\n}\n",
                   false},
        DigestCase{"Loss",
                   "internet i on lab {\n  host A at X\n  router B at Y\n  A -- B [loss = 1%]\n}\n",
                   false},
        DigestCase{
            "Transit",
            "internet i on lab {\n  host A at X [transit = yes]\n  router B at Y\n  A -- B\n}\n",
            false},
        DigestCase{"Address",
                   "internet i on lab {\n  host A at X [address = 10.9.9.9]\n  router B at Y\n  A "
                   "-- B\n}\n",
                   false},
        DigestCase{"OneMore",
                   "internet i on lab {\n  host A at X\n  router B at Y\n  A -- B\n  A -- B\n}\n",
                   false}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace vinet::control
