// Exits 77 (skipped) with the reason where the kernel does not let us load programs or make a
// network namespace.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "bench.h"
#include "machine.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const std::string& refusal = vinet::progrun::Machine::refusal();
  if (!refusal.empty()) {
    // A mutant that does not load is a broken mutant, not a machine without BPF.
    const bool mutant = std::getenv("VINET_BPF_OBJECT") != nullptr;
    std::printf("%s: %s\n", mutant ? "broken object" : "skipped", refusal.c_str());
    return mutant ? 2 : 77;
  }
  if (argc > 1 && std::strcmp(argv[1], "bench") == 0) return vinet::progrun::bench();
  return RUN_ALL_TESTS();
}
