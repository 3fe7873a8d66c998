#!/usr/bin/env bash
# A machine of a fleet refuses, and all are as they were: faults.md F-83, F-87, F-93; and what prepare reserves goes by
# itself: F-82.
#
#      a -- b       m1 ~ core ~ m2 ~ core ~ m3       m2 takes three nodes at most
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

fleet_net 3
fleet_pki
fleet_start 1
fleet_start 2 --most-nodes 3
fleet_start 3
{ fleet_description && echo 'internet few on fleet { host a at M1; host b at M2; a -- b }'; } >"$STAGE/few.vinet"
run vinet_at 1 up "$STAGE/few.vinet"
fleet_remember
expect_refused() {  # WHAT MACHINE PATTERN, the description on stdin
  expect_exit "${4:-1}" vinet_at 1 up -
  expect_match "$1: which machine" "$2" "$(cat "$ERR")"
  expect_match "$1: why" "$3" "$(cat "$ERR")"
  fleet_holds "$1"
}
expect_expect_refused() { refused "$@"; }

expect_refused "F-87: too many nodes" "M2" "2 more nodes" 3 <<<'internet many on fleet { host a[3] at M2; host c at M3; router r at M1; a[*] -- r; r -- c }'

touch "$STAGE/m3/run/netns/taken.c" 2>/dev/null || { mkdir -p "$STAGE/m3/run/netns" && touch "$STAGE/m3/run/netns/taken.c"; }
fleet_remember
expect_refused "F-87: a stranger has the name" "fleet.M3" "taken.c" 5 <<<'internet taken on fleet { host a at M1; host c at M3; a -- c }'
rm "$STAGE/m3/run/netns/taken.c"
fleet_remember

# F-83: two at once: one order or one refusal, never a mixture.
cat >"$STAGE/one.vinet" <<<'internet one on fleet { host a at M1; host c at M3; a -- c }'
cat >"$STAGE/two.vinet" <<<'internet one on fleet { host a at M1; host c at M3; host e at M1; a -- c; e -- a }'
vinet_at 1 up "$STAGE/one.vinet" >>"$LOG" 2>&1 & first=$!
vinet_at 1 up "$STAGE/two.vinet" >>"$LOG" 2>&1 & second=$!
wait "$first" || true
wait "$second" || true
run vinet_at 1 verify
either() { [[ $(vinet_at 1 plan --diff "$STAGE/$1.vinet" 2>/dev/null) == "no changes" ]]; }
either one || either two || fail "F-83: neither of two"
run vinet_at 1 down one
fleet_holds "F-83: two at once"
fleet_clean
leave_nothing
