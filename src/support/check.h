// VINET_CHECK: for what only a bug of ours can break. Prints where and aborts, also in release
// builds.
#pragma once

#include <cstdio>
#include <cstdlib>

#define VINET_CHECK(condition)                                                           \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: bug in vinet: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
