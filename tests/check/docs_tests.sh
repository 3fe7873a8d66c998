#!/usr/bin/env bash
# A document that says what vinet does names the tests that hold it. This checks that every test named in docs/ is there,
# and that every row of a table whose last column is "held by" names one, or says why there is none.
#
#   `netns/NAME`  `guest/NAME`  `check/NAME`    a script, tests/netns/NAME.sh
#   `fuzz/NAME`                                 tests/fuzz/fuzz_NAME.cc
#   `mutants/NAME`                              tests/mutants/NAME.patch
#   `unit/FOLDER:SUITE.TEST`                    a GoogleTest in tests/unit/FOLDER
#   `progrun:SUITE.TEST`  `diff:SUITE.TEST`     the same in tests/progrun, tests/diff
#   not tested: why     not yet: why            instead of a test, in a table
set -euo pipefail
self=$(realpath "$0")
cd "${1:-$(dirname "$0")/../..}"
docs=("${@:2}")
[[ ${#docs[@]} != 0 ]] || docs=(docs/*.md)
bad=0 tests=0 rows=0
say() { echo "$1"; bad=1; }

gtest_in() { grep -qE "^(TEST(_F|_P)?|RC_GTEST_PROP)\(${2%%.*}, *${2#*.}[,)]" "$1"/*.cc; }  # FOLDER SUITE.TEST
is_there() {
  case $1 in
    netns/* | guest/* | check/*) [[ -f tests/$1.sh ]] ;;
    fuzz/*) [[ -f tests/fuzz/fuzz_${1#*/}.cc ]] ;;
    mutants/*) [[ -f tests/$1.patch ]] ;;
    unit/*:*.*) gtest_in "tests/${1%%:*}" "${1#*:}" ;;
    progrun:*.* | diff:*.*) gtest_in "tests/${1%%:*}" "${1#*:}" ;;
    *) return 1 ;;
  esac 2>/dev/null
}
named='`((netns|guest|check|fuzz|mutants)/[A-Za-z0-9_/]+|unit/[a-z]+:[A-Za-z0-9_.]+|(progrun|diff):[A-Za-z0-9_.]+)`'

for doc in "${docs[@]}"; do
  while read -r test; do
    tests=$((tests + 1))
    is_there "$test" || say "$doc: there is no test $test"
  done < <(grep -oE "$named" "$doc" | tr -d '`' | sort -u)
  held=false
  while IFS= read -r line; do
    if [[ $line != \|* ]]; then
      held=false
    elif [[ $line =~ \|\ *held\ by\ *\|$ ]]; then
      held=true
    elif $held && [[ ! $line =~ ^[|:\ -]+$ ]]; then
      rows=$((rows + 1))
      last=${line%|} last=${last##*|}
      [[ $last =~ $named || $last =~ not\ (tested|yet):\ .{10} ]] || say "$doc: neither a test nor 'not tested: why': $line"
    fi
  done <"$doc"
done

# The check can fail.
if [[ $# -lt 2 ]]; then
  copy=$(mktemp)
  trap 'rm -f "$copy"' EXIT
  for lie in '`netns/no_such`' '`unit/net:No.such`' '`progrun:No.Such`' '`fuzz/no_such`' '`mutants/no_such`' \
    $'| what | held by |\n|---|---|\n| this | |' $'| what | held by |\n|---|---|\n| this | not tested: so |'; do
    echo "$lie" >"$copy"
    ! "$self" . "$copy" >/dev/null || say "the check does not see: $lie"
  done
  printf '%s\n' '`netns/share`' '`progrun:Base.TakesDropsOrPasses`' '| a | held by |' '|---|---|' \
    '| b | not tested: nobody can |' '| c | `fuzz/lang` |' '' '| d | e |' '| f | g |' >"$copy"
  "$self" . "$copy" >/dev/null || say "the check refuses what is right"
fi
[ $bad = 0 ] && echo "docs: $tests tests are named and there, $rows rows are held"
exit $bad
