#!/usr/bin/env bash
# Each message between a controller and a machine lost, unanswered, doubled, late, or overtaken by the next one, in up, a
# change, renew and down: the end is the state before or after on both, what is said to be done is done, verify
# finds nothing, and the next verb works at once. Both daemons are as they run everywhere; between them stands a
# relay that has m2's identity (tests/support/relay.cc). faults.md F-80.
#
#      A ----- B ----- D            line, under a lease; changed: a host more, B with another MTU towards D
#      m1 ~ relay (core) ~ m2       m1 is the controller        v -- w   witness
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/fleet_states.sh"
KINDS=${KINDS:-"lost unanswered doubled again late"} VERBS=${VERBS:-"up change renew down"}

fleet_begin 2
relay=10.99.2.1:7400
nsenter --net="$STAGE/net/core" -- "$BUILD/relay" "$relay" "$STAGE/m2/etc/vinet" "$(fleet_endpoint 2)" "$STAGE/m1/etc/vinet" "$STAGE/plan" "$STAGE/calls" >>"$LOG" 2>&1 &
RELAY=$!
wait_for 10 eval 'nsenter --net="$STAGE/net/core" -- ss -Hlnt "sport = :7400" | grep -q .'
nsenter --net="$STAGE/net/core" -- nft "add table ip relay; add chain ip relay p { type nat hook prerouting priority dstnat; }
  add rule ip relay p iifname c1 ip daddr 10.99.2.2 tcp dport 7411 dnat to $relay"
fleet_empty
base="base fleet { machine M1 [daemon = \"$(fleet_endpoint 1)\"]; machine M2 [daemon = \"$(fleet_endpoint 2)\", address = 10.99.2.2] }"
{ echo "$base" && echo 'internet witness on fleet { host v at M1; host w at M2; v -- w }'; } >"$STAGE/witness.vinet"
cat >"$STAGE/one.vinet" <<<'internet line on fleet [lease = 2h] { host A at M1; router B at M2; host D at M1; A -- B -- D }'
cat >"$STAGE/two.vinet" <<<'internet line on fleet [lease = 2h] { host A at M1; router B at M2; host D at M1; host E at M2; A -- B; B -- D [mtu = 1300]; B -- E }'
round=0
plan() { echo "$((++round)) $*" >"$STAGE/plan.new" && mv "$STAGE/plan.new" "$STAGE/plan"; }  # CLASS N KIND
plan order 0 -
run vinet_at 1 up "$STAGE/witness.vinet"
grep -q prepare "$STAGE/calls" || fail "nothing goes through the relay"
fleet_watch 1 witness.v 2 witness.w
declare -A WORDS=([up]="up $STAGE/one.vinet" [change]="up $STAGE/two.vinet" [renew]="renew line --lease 1h" [down]="down line")
declare -A BEFORE=([up]=none [change]=one [renew]=two [down]=two) AFTER=([up]=one [change]=two [renew]=two [down]=none)
fleet_all >"$STAGE/is-none"
for verb in up change down; do
  # shellcheck disable=SC2086
  run vinet_at 1 ${WORDS[$verb]}
  [[ $verb == down ]] || wait_for 20 fleet_at_rest "$STAGE/is-${AFTER[$verb]}"
done
fleet_same "$STAGE/is-none" "a round without faults"
report() { "$BUILD/hold" "$STAGE/m2/run/vinet/vinet.sock" report; }
here() { [[ $(fleet_machine 1 fleet.M2 '"\(.why)\(.away)"') == false ]]; }
hit() { grep -q "^$round [0-9]* [a-z]" "$STAGE/calls"; }
# One verb with one fault; fails where there was no such message any more.
strike() {  # VERB CLASS N KIND
  local verb=$1 code=0
  what="$1, its $2 $3 $4"
  plan order 0 -
  wait_for 20 here
  to "${BEFORE[$verb]}"
  [[ $verb != renew ]] || { run vinet_at 1 renew line --lease 2h && wait_for 10 lease_is "> 3700"; }
  plan "${@:2}"
  # shellcheck disable=SC2086
  timeout 60 nsenter --net="$STAGE/net/m1" -- "$BUILD/vinet" --root "$STAGE/m1" ${WORDS[$verb]} >"$OUT" 2>"$ERR" || code=$?
  cat "$OUT" "$ERR" >>"$LOG"
  [[ $verb != renew ]] || wait_for 10 lease_is "< 3700"
  hit || return 1
  ((code < 8)) || fail "$what: exit code $code"
  wait_for 40 is_either "${BEFORE[$verb]}" "${AFTER[$verb]}"
  local end=${AFTER[$verb]}
  cmp -s "$STAGE/is-$end" "$STAGE/fleet-now" || end=${BEFORE[$verb]}
  ((code != 0)) || [[ $end == "${AFTER[$verb]}" ]] || fleet_same "$STAGE/is-${AFTER[$verb]}" "$what, which says it is done" 20
  ((code == 0)) || [[ $verb == down || $end == "${BEFORE[$verb]}" ]] || fail "$what: exit code $code, and it is done: $(cat "$ERR")"
  wait_for 20 vinet_at 1 verify
  [[ $verb == down && $end == "${AFTER[$verb]}" ]] || next_works
  echo "$(grep " $4 [a-z]*$" "$STAGE/calls" | tail -1 | cut -d' ' -f4), $what: exit code $code, $([[ $end == "${AFTER[$verb]}" ]] && echo done || echo as before)"
}
# At once, also where something is reserved for what was given up.
next_works() {
  plan order 0 -
  wait_for 20 here
  # shellcheck disable=SC2086
  run vinet_at 1 ${WORDS[$verb]}
}
lease_is() { vinet_at 2 ls --json | jq -e "[.. | objects | select(.lease_left_s != null)][0].lease_left_s $1"; }  # at m2
points=0
for verb in $VERBS; do
  for kind in $KINDS; do
    for ((n = 1; n <= 8; ++n)); do
      strike $verb order $n $kind || break
      ((++points))
    done
    ((n > 1)) || fail "$verb: no message to m2"
  done
done
for verb in up down; do
  for kind in lost unanswered late; do strike $verb report 1 $kind && ((++points)); done
done
((points >= 30)) || fail "only $points messages"
plan order 0 -
wait_for 35 eval '! report | grep -q "^reserved"'
fleet_watched "messages lost, doubled, late"
run vinet_at 1 down --all
fleet_left_nothing "after down"
kill "$RELAY" && wait "$RELAY" || true
fleet_clean
leave_nothing
echo "$points messages, all passed"
