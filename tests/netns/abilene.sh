#!/usr/bin/env bash
# A real backbone on three machines: every pair of 13 nodes reachable, and the way from coast to coast is a shortest one.
source "$(dirname "$0")/lib.sh"

up abilene.vinet
all_reachable
run vinet ping-all --json
expect_equal "pairs" $((13 * 12 * 2)) "$(jq '[.. | .pairs? | numbers] | add' "$OUT")"
# boston NewYork Chicago Indianapolis KansasCity Denver Sunnyvale berkeley; or by the south: as long.
for family in 4 6; do
  run ns abilene.boston traceroute -n -q 1 -I "$(identity abilene.berkeley $family)"
  expect_equal "hops, IPv$family" 7 "$(grep -cE '^ *[0-9]+ ' "$OUT")"
done
leave_nothing
