#!/usr/bin/env bash
# Every C and C++ file of ours is as clang-format leaves it.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
git ls-files -z '*.h' '*.cc' '*.c' | xargs -0 clang-format --dry-run -Werror
echo "format: clean"
