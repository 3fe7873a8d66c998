#!/usr/bin/env bash
# docs/testing.md says of every fault that can happen on one machine which test holds it. This checks that none of the
# faults is missing there, that each test named is there and names the fault, and that what nobody holds has a reason.
set -euo pipefail
self=$(realpath "$0")
cd "${1:-$(dirname "$0")/../..}"
table=${2:-docs/testing.md}
faults=(01 02 03 04 06 08 09 10 11 12 13 14 40 42 43 44 45 46 47 48 49 50 51 52 53 60 62 63 64 65 66 67 68 69 84
  90 91 93 94 95 96 100 101 102 103 105 110 111 112 113 114 115 123 134)
bad=0
say() { echo "$1"; bad=1; }
# The file of a test: netns/NAME, fuzz/NAME, or unit/FOLDER:SUITE.NAME.
file_of() {
  local suite=${1#*:}
  case $1 in
    netns/*) ls "tests/$1.sh" ;;
    fuzz/*) ls "tests/fuzz/fuzz_${1#fuzz/}.cc" ;;
    unit/*:*.*) grep -lE "^TEST(_F|_P)?\(${suite%%.*}, ${suite#*.}\)" "tests/${1%%:*}"/*.cc ;;
    *) return 1 ;;
  esac 2>/dev/null
}
for number in "${faults[@]}"; do
  row=$(grep -E "^\| F-$number " "$table") || { say "$table lacks F-$number"; continue; }
  held=$(cut -d'|' -f4 <<<"$row")
  tests=$(grep -oE '`(netns|fuzz|unit)/[^`]*`' <<<"$held" | tr -d '`' || true)
  [[ -n $tests || $held =~ not\ yet:\ .{10} ]] || say "F-$number: neither a test nor 'not yet: why'"
  for test in $tests; do
    if ! file=$(file_of "$test"); then
      say "F-$number: there is no test $test"
    else
      grep -qE "F-?$number\b|F${number}[A-Z]|F-[0-9]+ to F-[0-9]+" "$file" || say "F-$number: $file does not name it"
    fi
  done
done
# The check can fail.
if [[ -z ${2:-} ]]; then
  copy=$(mktemp)
  trap 'rm -f "$copy"' EXIT
  for spoil in '/^| F-01 /d' 's|netns/daemon_killed|netns/no_such|' 's/not yet: .*/not yet |/'; do
    sed "$spoil" "$table" >"$copy"
    cmp -s "$copy" "$table" || ! "$self" . "$copy" >/dev/null || say "the check does not see: $spoil"
  done
fi
[ $bad = 0 ] && echo "faults: ${#faults[@]} faults, each with its test or its reason"
exit $bad
