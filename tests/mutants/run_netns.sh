#!/usr/bin/env bash
# Wrong builds that only packets on a real kernel can tell: each patch of netns/ is applied to a copy of the tree, vinet is
# built from it, and the test that the patch names must fail. Its control: the same test passes on the tree as it is.
#
#   BUILD=<build dir> tests/mutants/run_netns.sh [PATCH...]
#
# The copy is mounted over the tree in a mount namespace of its own, so that paths are the same and ninja builds again
# only what the patch touches.
set -euo pipefail
SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "${BUILD:-$SOURCE/build}" && pwd)
((EUID == 0)) || { echo "SKIPPED: not root"; exit 77; }

if [[ -z ${COPIED:-} ]]; then
  export COPIED
  COPIED=$(mktemp -d "${TMPDIR:-/tmp}/vinet-mutants.XXXXXX")
  code=0
  unshare --mount -- bash "${BASH_SOURCE[0]}" "$@" || code=$?
  rm -rf --one-file-system "$COPIED"
  exit "$code"
fi

mkdir "$COPIED/tree" "$COPIED/build"
cp -a "$BUILD/." "$COPIED/build"
(cd "$SOURCE" && find . -mindepth 1 -maxdepth 1 ! -name 'build*' ! -name .git -exec cp -a -t "$COPIED/tree" {} +)
if [[ $BUILD == "$SOURCE"/* ]]; then mkdir -p "$COPIED/tree/${BUILD#"$SOURCE"/}"; fi
mount --bind "$COPIED/tree" "$SOURCE"
mount --bind "$COPIED/build" "$BUILD"
cd "$SOURCE"

build() { ninja -C "$BUILD" vinet >"$COPIED/log" 2>&1 || { tail -n 30 "$COPIED/log"; exit 1; }; }
test_of() { sed -n 's/^Fails: netns\.//p' "$1"; }
survivors=0
(($# > 0)) || set -- tests/mutants/netns/*.patch
for patch in "$@"; do
  name=$(basename "$patch" .patch) test=$(test_of "$patch")
  patch -p1 --quiet <"$patch" || { echo "$name: the patch does not fit the tree any more"; exit 1; }
  build
  if BUILD=$BUILD bash "tests/netns/$test.sh" >"$COPIED/output" 2>&1; then
    echo "$name: SURVIVED, netns.$test passes"
    survivors=$((survivors + 1))
  else
    echo "$name: killed by netns.$test: $(grep -v '^ *$' "$COPIED/output" | head -1)"
  fi
  patch -p1 --quiet -R <"$patch"
done
build
for test in $(for patch in "$@"; do test_of "$patch"; done | sort -u); do
  BUILD=$BUILD bash "tests/netns/$test.sh" >"$COPIED/output" 2>&1 ||
    { echo "control: netns.$test fails without any patch"; cat "$COPIED/output"; exit 1; }
done
echo "$# mutants, $survivors survived"
((survivors == 0))
