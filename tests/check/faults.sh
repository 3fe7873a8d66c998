#!/usr/bin/env bash
# docs/testing.md says of every fault that can happen on one machine, and of every one of fleets, which test holds it. This
# checks that none of the faults is missing there, that each test named is there and names the fault, and that what nobody holds has a reason.
set -euo pipefail
self=$(realpath "$0")
cd "${1:-$(dirname "$0")/../..}"
table=${2:-docs/testing.md}
one_machine=(01 02 03 04 06 08 09 10 11 12 13 14 40 42 43 44 45 46 47 48 49 50 51 52 53 60 62 63 64 65 66 67 68 69 84
  90 91 93 94 95 96 100 101 102 103 105 110 111 112 113 114 115 123 134)
fleets=(01 02 03 04 05 06 07 08 12 13 14 20 21 22 23 26 27 28 29 30 31 48 60 61 62 63 64 66 67 68 69 75 76 77 78 80 81 82 83 84
  87 90 91 93 96 123 130 131 132 133 135)
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
check() {  # SECTION FAULT...
  local section=$1 number row held tests test file
  shift
  for number; do
    row=$(awk -v of="## $section" '/^## / { on = $0 == of } on' "$table" | grep -E "^\| F-$number \|") || { say "$table lacks F-$number in '$section'"; continue; }
    held=$(cut -d'|' -f4 <<<"$row")
    tests=$(grep -oE '`(netns|fuzz|unit)/[^`]*`' <<<"$held" | tr -d '`' || true)
    [[ -n $tests || $held =~ not\ tested:\ .{10} ]] || say "F-$number: neither a test nor 'not tested: why'"
    for test in $tests; do
      if ! file=$(file_of "$test"); then
        say "F-$number: there is no test $test"
      else
        grep -qE "F-?0?$((10#$number))\b|F${number}[A-Z]" $file || names_range "$number" $file || say "F-$number: $file does not name it"
      fi
    done
  done
}
# Does the file say `F-02 to F-05` of numbers between?
names_range() {
  local number=$((10#$1)) from to
  while read -r from to; do
    ((10#$from <= number && number <= 10#$to)) && return
  done < <(grep -hoE 'F-[0-9]+ to F-[0-9]+' "${@:2}" | sed -E 's/F-([0-9]+) to F-([0-9]+)/\1 \2/')
  return 1
}
check "Faults of one machine" "${one_machine[@]}"
check "Faults of a fleet" "${fleets[@]}"
# The check can fail.
if [[ -z ${2:-} ]]; then
  copy=$(mktemp)
  trap 'rm -f "$copy"' EXIT
  for spoil in '/^| F-01 /d' 's|netns/daemon_killed|netns/no_such|' 's/not tested: .*/not tested |/'; do
    sed "$spoil" "$table" >"$copy"
    cmp -s "$copy" "$table" || ! "$self" . "$copy" >/dev/null || say "the check does not see: $spoil"
  done
fi
[ $bad = 0 ] && echo "faults: ${#one_machine[@]} of one machine, ${#fleets[@]} of fleets, each with its test or its reason"
exit $bad
