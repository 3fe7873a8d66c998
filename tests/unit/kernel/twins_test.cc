// Both twins of the kernel's doors give the same answers: every case on the fake, and as root on
// the real kernel.
#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/kernel/twin.h"

namespace vinet::kernel {
namespace {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& some : {namespace_cases(), device_cases(), address_cases(), route_cases(),
                           program_cases(), inspect_cases(), watch_cases()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

class TwinCase : public testing::TestWithParam<Case> {};

TEST_P(TwinCase, Fake) {
  Twin twin(false);
  GetParam().script(twin);
  EXPECT_EQ(twin.transcript(), GetParam().transcript);
}

TEST_P(TwinCase, Real) {
  if (geteuid() != 0) GTEST_SKIP() << "the real kernel needs root";
  Twin twin(true);
  GetParam().script(twin);
  EXPECT_EQ(twin.transcript(), GetParam().transcript);
}

std::string name_of_case(const testing::TestParamInfo<Case>& one) {
  return one.param.name;
}

INSTANTIATE_TEST_SUITE_P(Kernel, TwinCase, testing::ValuesIn(all_cases()), name_of_case);

}  // namespace
}  // namespace vinet::kernel
