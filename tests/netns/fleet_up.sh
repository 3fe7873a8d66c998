#!/usr/bin/env bash
# One internet over three computers, each with a daemon that sees only its own: brought up from the first, looked at,
# changed, taken down; nothing is left. Then by machines that `vinet base add` made known, and a layer above.
#
#      A ----- B ----- D        line        p ======== s    upper, on line
#      m1 ~ core ~ m2 ~ core ~ m3
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

fleet_begin 3
fleet_empty
{ fleet_description && echo 'internet line on fleet { host A at M1; router B at M2; host D at M3; A -- B -- D }'; } >"$STAGE/line.vinet"
run vinet_at 1 up "$STAGE/line.vinet"
expect_equal "what up says" $'fleet: up\nline: up' "$(sed 's/ (.*//' "$OUT")"
run fleet_pings 1 line.A 3 line.D
run fleet_pings 3 line.D 1 line.A
expect_equal "hops" "2" "$(at_node 1 line.A traceroute -n -q 1 "$(fleet_identity 3 line.D)" | grep -c 'ms$')"
run vinet_at 1 ping-all --json
expect_equal "lost packets of ping-all" 0 "$(jq '[.. | .lost? | numbers] | add' "$OUT")"
run vinet_at 1 verify
run vinet_at 1 trace line.A line.D
expect_match "trace" "M2" "$(cat "$OUT")"
run vinet_at 1 exec line.D hostname
expect_equal "hostname of a node elsewhere" "D" "$(cat "$OUT")"
run vinet_at 1 stats --json
run vinet_at 1 base ls
expect_equal "machines that are up" 3 "$(grep -c ' up ' "$OUT")"
run vinet_at 1 up "$STAGE/line.vinet"
expect_equal "up again" $'fleet: unchanged\nline: unchanged' "$(cat "$OUT")"

# A change: B moves to M3; what stays loses nothing.
sed 's/router B at M2/router B at M3; host E at M1; E -- B/' "$STAGE/line.vinet" >"$STAGE/other.vinet"
run vinet_at 1 up "$STAGE/other.vinet"
run fleet_pings 1 line.A 3 line.D
run fleet_pings 1 line.E 1 line.A
run vinet_at 1 verify
cat >"$STAGE/upper.vinet" <<<'internet upper on line { host p at A; host s at D; p -- s }'
run vinet_at 1 up "$STAGE/upper.vinet"
run fleet_pings 1 upper.p 3 upper.s
run vinet_at 1 verify
run vinet_at 1 down --recursive line
fleet_left_nothing "after down"

# The same fleet, made known machine by machine; the planner chooses where nodes are.
for i in 1 2 3; do run vinet_at 1 base add pool "N$i" "$(fleet_endpoint $i)"; done
run vinet_at 1 base drain pool N2
run vinet_at 1 up - <<<'internet two on pool { host a; host b; a -- b }'
expect_equal "nodes on a drained machine" "" "$(ls "$STAGE"/m2/run/netns | grep '^two' || true)"
expect_exit 5 vinet_at 1 base rm pool "$(ls "$STAGE"/m1/run/netns | grep -q '^two' && echo N1 || echo N3)"
run vinet_at 1 base rm pool N2
run vinet_at 1 ping-all
run vinet_at 1 down two
run vinet_at 1 down pool
fleet_left_nothing "after the pool is gone"
fleet_clean
leave_nothing
