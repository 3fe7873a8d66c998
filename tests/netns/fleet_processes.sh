#!/usr/bin/env bash
# Faults of daemons of a fleet: faults.md F-01, F-07, F-13, F-14, F-27, F-28. m1 is the controller, and a machine as well.
# A witness loses no packet of 1,000 a second in all of it.
#
#      A ----- B ----- D        line        v -- w     witness, on M1 and M3
#      m1 ~ core ~ m2 ~ core ~ m3
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

fleet_begin 3
fleet_empty
{ fleet_description && echo 'internet witness on fleet { host v at M1; host w at M3; v -- w }'; } >"$STAGE/witness.vinet"
cat >"$STAGE/line.vinet" <<<'internet line on fleet { host A at M1; router B at M2; host D at M3; A -- B -- D }'
run vinet_at 1 up "$STAGE/witness.vinet"
run vinet_at 1 up "$STAGE/line.vinet"
fleet_remember
fleet_watch 1 witness.v 3 witness.w
works() { fleet_pings 1 line.A 3 line.D; }
state_is() { [[ $(fleet_machine 1 "fleet.$1" .away) == "$2" ]]; }

for i in 3 2 1; do
  fleet_kill $i
  run works
  fleet_start $i
  fleet_holds "F-01: daemon of m$i killed, and started again"
done

for i in 1 2 3; do fleet_kill $i; done
run works
for i in 3 1 2; do fleet_start $i; done
fleet_holds "F-14: all daemons killed, and started in another order"
run works

expect_exit 5 vinet_at 2 daemon --listen "$(fleet_endpoint 2)"
expect_match "F-13: a second daemon" "${FLEET_PID[2]}" "$(cat "$ERR")"

kill -STOP "${FLEET_PID[2]}"
wait_for 10 state_is M2 true
run works
expect_exit 3 vinet_at 1 up - <<<'internet more on fleet { host a at M1; host b at M2; a -- b }'
expect_match "F-07: an up with a stopped daemon" "M2" "$(cat "$ERR")"
kill -CONT "${FLEET_PID[2]}"
wait_for 10 state_is M2 false
fleet_holds "F-07: a daemon stopped, and going on"

# Rebooted: nothing of ours is in its kernel any more, and its namespaces' names are gone.
fleet_kill 2
for file in "$STAGE"/m2/run/netns/*; do umount "$file" && rm "$file"; done
ours() { fleet_net_at 2 ip -o link | grep -oE '^[0-9]+: v1?[0-9a-f]{8,}|^[0-9]+: vi_[a-z]+' | sed 's/^[0-9]*: //'; }
for device in $(ours); do fleet_net_at 2 ip link del "$device" || true; done
fleet_net_at 2 tc qdisc del dev eth0 clsact || true
umount -l "$STAGE"/m2/sys/fs/bpf* "$STAGE"/m2/run/vinet/bpf* 2>/dev/null || true
fleet_start 2
fleet_holds "F-28: m2 rebooted"
wait_for 10 works

kill -STOP "${FLEET_PID[3]}"
run vinet_at 1 down line
kill -CONT "${FLEET_PID[3]}"
gone() { ! ls "$STAGE/m3/run/netns" | grep -q '^line'; }
wait_for 15 gone
fleet_watched "F-01 to F-28"

# The base goes while one of its machines is away: it is cleaned when it is back.
kill -STOP "${FLEET_PID[3]}"
run vinet_at 1 down witness
expect_equal "a machine that left while it was away" "true" "$(fleet_machine 1 fleet.M3 .leaving)"
kill -CONT "${FLEET_PID[3]}"
fleet_left_nothing "F-27: m3 came back after all was removed"
fleet_clean
leave_nothing
