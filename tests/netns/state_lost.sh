#!/usr/bin/env bash
# The state directory is gone while an internet runs: nothing is torn down, `status` names what is left over, an `up` that
# would need its names is refused or takes it over whole, and `down --all` removes it by its marks.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"

up figure7.vinet
rm -r "$ROOT/run/vinet"
run pings line.A "$(identity line.D)"
run vinet status --json
expect_equal "leftovers" '["lab","line"]' "$(jq -c '.leftovers | sort' "$OUT")"
run vinet status
expect_match "text" "line" "$(grep leftovers "$OUT")"
run pings line.A "$(identity line.D)"
leave_nothing
