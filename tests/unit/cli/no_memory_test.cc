// Without memory vinet ends with one line (faults.md F-91).
#include "cli/no_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

namespace vinet::cli {
namespace {

/// Asks for a gibibyte where 16 MiB are allowed.
void ask_for_too_much() {
  constexpr rlim_t kMost = 1U << 24;
  const rlimit limit{kMost, kMost};
  if (::setrlimit(RLIMIT_DATA, &limit) != 0) ::_exit(77);
  end_without_memory();
  const std::string all(size_t{1} << 30, 'x');
  ::_exit(static_cast<int>(all[all.size() / 2]) - 'x');
}

TEST(NoMemory, F91EndsWithOneLine) {
  EXPECT_EXIT(ask_for_too_much(), ::testing::ExitedWithCode(1),
              "^vinet: no memory is left; what is up stays as it is\n$");
}

}  // namespace
}  // namespace vinet::cli
