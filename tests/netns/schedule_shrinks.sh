#!/usr/bin/env bash
# The test of a test: a schedule that fails is shrunk to what it fails of (schedule.sh); what fails of another thing
# is not kept. First with a player that fails of what is known; then on a fleet, whose second step leaves a file that no
# invariant allows.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/schedule.sh"
source "$here/fleet_schedule.sh"
export BUILD=${BUILD:-$here/../../build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "$*" >&2; exit 1; }

# The same numbers from the same seed, also where it is negative; other ones from another.
drawn() { seed_random "$1" && draw 1000000007 && echo "$DRAWN" && draw_schedule 12 6; }
[[ $(drawn -5) == "$(drawn -5)" && $(drawn -5) != "$(drawn -6)" ]] || fail "a seed does not give everything"
# Reference: splitmix64 of 1234567 begins with 6457827717110365317, 3203168211198807973.
seed_random 1234567 && draw 9223372036854775807 && [[ $DRAWN == 6457827717110365317 ]] || fail "the first number is $DRAWN"

# It fails of `both` if two steps are there, in this order, and one after 5 calls or more; of `drain` if there is a drain.
player() {
  local text
  text=$(cat "$1")
  if [[ $text =~ "step two kill 2"(.*)"step down kill 1 calls "([0-9]+) ]] && ((BASH_REMATCH[2] >= 5)); then
    echo both >"$2/invariant"
  elif [[ $text =~ drain ]]; then
    echo drain >"$2/invariant"
  else
    return 0
  fi
  return 1
}
cat >"$dir/schedule" <<'END'
machines 6
topology tree
step one none
step drain 1 kill 2 calls 9
step two kill 2 calls 40
step upper kill 1 calls 7
step lower stop 1 100 calls 7
step down kill 1 calls 47
step one none
END
! player "$dir/schedule" "$dir" || fail "the player does not fail"
SHRINK_MOST=100 shrink "$dir/schedule" "$dir" player
[[ $(cat "$dir/shrunk") == $'machines 2\ntopology tree\nstep two kill 2 calls 40\nstep down kill 1 calls 5' ]] ||
  [[ $(grep -c '^step' "$dir/shrunk") == 2 && $(setting "$dir/shrunk" machines) == 2 ]] || fail "shrunk to $(cat "$dir/shrunk")"

((EUID == 0)) && [[ -e $BUILD/libfailcalls.so ]] || { echo "SKIPPED: not root, or no libfailcalls.so"; exit 77; }
cat >"$dir/schedule" <<'END'
machines 3
topology line
place 0 1 2
step one none
step two spoil 2
step down none
END
! bash "$here/fleet_play.sh" "$dir/schedule" "$dir" || fail "a fleet with a stray file passes"
[[ $(cat "$dir/invariant") == 'I4: no orphan' ]] || fail "it failed of: $(cat "$dir/invariant")"
shrink "$dir/schedule" "$dir" bash "$here/fleet_play.sh"
[[ $(grep '^step' "$dir/shrunk") == 'step two spoil 2' && $(setting "$dir/shrunk" machines) == 2 ]] || fail "shrunk to $(cat "$dir/shrunk")"
echo "shrunk to $(grep -c '^step' "$dir/shrunk") step on $(setting "$dir/shrunk" machines) machines after $SHRINK_TRIES tries"
