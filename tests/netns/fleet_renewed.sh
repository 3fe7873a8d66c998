#!/usr/bin/env bash
# A machine's daemon is replaced by another build, whose programs are other code that does the same, and back, under load, and
# is killed at SAMPLE (16) of the calls of its start, so between two programs: old and new ones go on side by side, and with
# those of the other machine, and the next start does the rest. No packet is lost. faults.md F-130, F-133.
#
#      a ----- b        line, and 1,000 numbered packets a second from a to b
#      m1 ~ core ~ m2   m2 is replaced; it has 20 base devices more, each with its filter
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
SAMPLE=${SAMPLE:-16} MANY=1000000
BUILDS=(vinet vinet_next)
fleet_net 2
fleet_pki
fleet_arm_all
for n in {1..20}; do
  fleet_net_at 2 sh -c "ip link add e$n type veth peer p$n && ip addr add 198.18.$n.1/30 dev e$n && ip link set p$n up && ip link set e$n up"
done
for i in 1 2; do fleet_start $i; done
fleet_empty
{ fleet_description && echo 'internet line on fleet { host a at M1; host b at M2; a -- b }'; } >"$STAGE/line.vinet"
run vinet_at 1 up "$STAGE/line.vinet"
fleet_remember
fleet_watch 1 line.a 2 line.b

tags() { program_tags fleet_net_at 2 | sort -u; }  # of m2
are() { tags | cmp -s "$STAGE/tags-$1"; }
other_than() { [[ -z $(tags | comm -12 "$STAGE/tags-$1" -) ]]; }
start() { BUILD_OF_DAEMON=$BUILD/${BUILDS[turn]} fleet_start 2; }

turn=0
tags >"$STAGE/tags-0"
expect_less "programs of ours" 1 "$(wc -l <"$STAGE/tags-0")"
turn=1
fleet_kill 2
fleet_arm 2 $MANY
start
wait_for 20 other_than 0
calls=$((MANY - $(fleet_armed 2)))
fleet_arm 2 0
tags >"$STAGE/tags-1"
echo "$calls calls until all programs are the new ones"
((calls > 30)) || fail "only $calls calls counted: the library does not see them"
wait_for 20 vinet_at 1 verify
fleet_holds "another build"
expect_match "what is said of it" "renew the programs of fleet.M2" "$(fleet_events 2 repaired)"

mixed=0
for ((n = 0; n < SAMPLE; n++)); do
  call=$((calls * (SAMPLE - n) / SAMPLE))
  ((call > 0)) || break
  turn=$((1 - turn))
  fleet_kill 2 "$( ((n % 2)) && echo TERM || echo KILL)"
  fleet_arm 2 $call KILL
  BUILD_OF_DAEMON=$BUILD/${BUILDS[turn]} fleet_launch 2
  struck() { (($(fleet_armed 2) == 0)) || are $turn; }
  wait_for 20 struck
  fleet_kill 2
  if ! are 0 && ! are 1; then mixed=$((mixed + 1)); fi
  fleet_arm 2 0
  start
  wait_for 20 are $turn
  wait_for 20 vinet_at 1 verify
  fleet_holds "F-133: killed before call $call of its start"
done
echo "$mixed times old and new ones were side by side"
((mixed > 0)) || fail "never were old and new programs side by side"

# Builds side by side do what they are told.
[[ $turn == 1 ]] || { turn=1 && fleet_kill 2 && start && wait_for 20 are 1; }
echo 'internet more on fleet { host c at M1; host d at M2; c -- d }' >"$STAGE/more.vinet"
run vinet_at 1 up "$STAGE/more.vinet"
run fleet_pings 1 more.c 2 more.d
run vinet_at 1 verify
run vinet_at 1 down more
fleet_watched "F-130"
run vinet_at 1 down --all
fleet_left_nothing "after down"
fleet_clean
leave_nothing
