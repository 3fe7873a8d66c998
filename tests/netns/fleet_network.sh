#!/usr/bin/env bash
# Faults of the network between machines of a fleet: faults.md F-20, F-21, F-22, F-23, F-26.
#
#      A ----- B ----- D        line
#      m1 ~ core ~ m2 ~ core ~ m3     faults are made in core, which all base packets and all calls cross
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

core() { nsenter --net="$STAGE/net/core" -- "$@"; }
cut() { core nft "add table ip cut; add chain ip cut f { type filter hook forward priority 0; }; add rule ip cut f $1"; }
heal() { core nft delete table ip cut; }

fleet_begin 3
fleet_empty
{ fleet_description && echo 'internet line on fleet { host A at M1; router B at M2; host D at M3; A -- B -- D }'; } >"$STAGE/line.vinet"
cat >"$STAGE/more.vinet" <<<'internet more on fleet { host a at M1; host b at M2; a -- b }'
run vinet_at 1 up "$STAGE/line.vinet"
fleet_remember
works() { fleet_pings 1 line.A 3 line.D; }
away() { [[ $(fleet_machine 1 fleet.M2 .away) == "$1" ]]; }

# F-21: only calls are cut. The internet loses nothing; an up fails in time, names the machine, and leaves nothing.
cut 'ip daddr 10.99.2.2 tcp dport 7411 drop'
wait_for 10 away true
run works
SECONDS=0
expect_exit 3 vinet_at 1 up "$STAGE/more.vinet"
expect_less "F-21: seconds until up says so" "$SECONDS" 60
expect_match "F-21" "M2" "$(cat "$ERR")"
heal
wait_for 15 away false
fleet_holds "F-21: calls to m2 were cut"

# F-22: only packets of internets are cut: verify says where, and calls go on.
cut 'ip daddr 10.99.2.2 ip protocol 4 drop'
expect_exit 1 fleet_pings 1 line.A 3 line.D
run vinet_at 1 base ls
expect_exit 1 vinet_at 1 ping-all
heal
run works

# F-20: a base link down and up again.
core ip link set c2 down
wait_for 10 away true
core ip link set c2 up
wait_for 15 away false
wait_for 5 works
fleet_holds "F-20: the link of m2 was down"

# F-23: one base packet of five is lost, calls as well: an up is done or refused, whole.
cut 'numgen random mod 100 < 20 drop'
code=0
vinet_at 1 up "$STAGE/more.vinet" >>"$LOG" 2>&1 || code=$?
heal
if ((code == 0)); then
  run fleet_pings 1 more.a 2 more.b
  run vinet_at 1 down more
fi
fleet_holds "F-23: one packet of five was lost (up: exit code $code)"

# F-26: a machine is gone for good.
fleet_kill 3
wait_for 10 eval '[[ $(fleet_machine 1 fleet.M3 .away) == true ]]'
SECONDS=0
run vinet_at 1 down line
expect_less "F-26: seconds of down" "$SECONDS" 60
expect_equal "F-26: the others" "" "$(ls "$STAGE"/m1/run/netns "$STAGE"/m2/run/netns | grep '^line' || true)"
fleet_start 3
fleet_left_nothing "F-26: when it comes back all the same"
fleet_clean
leave_nothing
