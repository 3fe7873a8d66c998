#!/usr/bin/env bash
# Wrong BPF programs that a run packet by packet can tell: each patch of this folder is applied to a copy of bpf/, the
# object is built from it, and the test of `progrun` that the patch names must fail. Its control: the same tests pass on
# the object as it is.
#
#   BUILD=<build dir> tests/mutants/run.sh [PATCH...]
set -euo pipefail
SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "${BUILD:-$SOURCE/build}" && pwd)
progrun=$BUILD/progrun
((EUID == 0)) || { echo "SKIPPED: not root"; exit 77; }
[[ -x $progrun ]] || { echo "there is no $progrun: build it first"; exit 2; }
clang=${CLANG:-$(command -v clang || command -v clang-14)} || { echo "SKIPPED: no clang"; exit 77; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/vinet-mutants.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

compile() { # DIR: bpf/ below it -> DIR/vi_link.bpf.o, with the flags of cmake/VinetBpf.cmake less -Werror
  "$clang" -target bpf -mcpu=v3 -O2 -g -idirafter "/usr/include/$(gcc -print-multiarch)" -w -I"$1/bpf" \
    -c "$1/bpf/vi_link.bpf.c" -o "$1/vi_link.bpf.o"
}
test_of() { sed -n 's/^Fails: progrun\.//p' "$1"; }
# Exit code of a test: 0 passed, 1 failed; anything else is no verdict.
run() { VINET_BPF_OBJECT=$1/vi_link.bpf.o "$progrun" --gtest_filter="$2" >"$scratch/output" 2>&1; }

(($# > 0)) || set -- "$SOURCE"/tests/mutants/*.patch
mkdir "$scratch/control" && cp -r "$SOURCE/bpf" "$scratch/control" && compile "$scratch/control"
tests=$(for patch in "$@"; do test_of "$patch"; done | sort -u | paste -sd:)
code=0
run "$scratch/control" "$tests" || code=$?
((code != 77)) || { cat "$scratch/output"; exit 77; }
((code == 0)) || { echo "control: a test fails without any patch"; cat "$scratch/output"; exit 1; }

survivors=0
for patch in "$@"; do
  name=$(basename "$patch" .patch) test=$(test_of "$patch") copy=$scratch/mutant code=0
  rm -rf "$copy" && mkdir "$copy" && cp -r "$SOURCE/bpf" "$copy"
  patch -p1 --quiet -d "$copy" <"$patch" || { echo "$name: the patch does not fit the tree any more"; exit 1; }
  compile "$copy" || { echo "$name: does not compile"; exit 1; }
  run "$copy" "$test" || code=$?
  if ((code == 1)) && grep -q "FAILED  \] $test" "$scratch/output"; then
    echo "$name: killed by progrun.$test"
  elif ((code == 0)) && grep -q "PASSED  \] 1 test" "$scratch/output"; then
    echo "$name: SURVIVED, progrun.$test passes"
    survivors=$((survivors + 1))
  else
    echo "$name: no verdict of progrun.$test (exit $code)"; cat "$scratch/output"; exit 1
  fi
done
echo "$# mutants, $survivors survived"
((survivors == 0))
