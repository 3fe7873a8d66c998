// How a fuzz target says what it found: both texts, then abort(), which every fuzzer notices.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

[[noreturn]] inline void fail(const char* what, const std::string& before,
                              const std::string& after) {
  std::fprintf(stderr, "%s\n--- before ---\n%s\n--- after ---\n%s\n", what, before.c_str(),
               after.c_str());
  std::abort();
}
