#!/usr/bin/env bash
# A real backbone on three machines: every pair of 13 nodes reachable, and the way from coast to coast is a shortest one.
source "$(dirname "$0")/lib.sh"

up abilene.vinet
all_reachable
run vinet ping-all --json
expect_equal "pairs" $((13 * 12 * 2)) "$(jq '[.. | .pairs? | numbers] | add' "$OUT")"
# boston NewYork Chicago Indianapolis KansasCity Denver Sunnyvale berkeley: the fewest hops there are.
run ns abilene.boston traceroute -n -q 1 -I "$(identity abilene.berkeley)"
expect_equal "hops" 7 "$(grep -cE '^ *[0-9]+ ' "$OUT")"

# A router that goes: its neighbours' links are down, the rest goes on (static routes: not around it).
ns abilene.Houston ip link set LosAngeles down
run pings abilene.boston "$(identity abilene.berkeley)"
leave_nothing
