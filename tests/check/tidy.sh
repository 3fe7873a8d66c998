#!/usr/bin/env bash
# clang-tidy finds nothing in src/ (.clang-tidy says what it looks for). Needs the compile commands of a build.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
command -v clang-tidy >/dev/null || { echo "clang-tidy is not installed"; exit 77; }
build=${BUILD:-build}
[ -f "$build/compile_commands.json" ] || { echo "no $build/compile_commands.json: build first"; exit 77; }
# clang does not read g++'s precompiled headers: without them the commands mean the same.
commands=$(mktemp -d); trap 'rm -rf "$commands"' EXIT
sed -E 's/ -Winvalid-pch -include [^ ]*cmake_pch\.hxx//' "$build/compile_commands.json" >"$commands/compile_commands.json"
git ls-files -z 'src/*.cc' | xargs -0 -n 4 -P 2 clang-tidy -p "$commands" --quiet 2>/dev/null
echo "tidy: clean"
