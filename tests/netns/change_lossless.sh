#!/usr/bin/env bash
# What runs is changed, step by step, and what a step does not touch loses no packet: 1,000 numbered packets a second go
# from A to C and from C to A over links that no step changes, while nodes and links beside them come, go, move and
# change, and so does the base. After every step all nodes reach each other, and `plan --diff` has nothing left to say.
#
#      A -- B -- C         never changed; A at X, B at Y, C at Z
#           |
#           r0 -- ...      changed
source "$(dirname "$0")/lib.sh"

base='machine X, Y, Z; X -- Y -- Z'
step=0
write() {  # STATEMENTS...: the description of a step
  {
    echo "base lab { $base }"
    echo 'internet net on lab { host A at X; router B at Y; host C at Z; A -- B -- C'
    printf '%s\n' "$@"
    echo '}'
  } >"$STAGE/net.vinet"
}
# change WHAT STATEMENTS...: `plan --diff` names what changes, `up` says so, and all reach each other.
change() {
  local what=$1
  shift
  write "$@"
  run vinet plan --diff "$STAGE/net.vinet"
  expect_match "step $((++step)): plan --diff" "$what" "$(cat "$OUT")"
  run vinet up "$STAGE/net.vinet"
  expect_match "step $step: up" "changed" "$(cat "$OUT")"
  run vinet plan --diff "$STAGE/net.vinet"
  expect_equal "step $step: plan --diff afterwards" "no changes" "$(cat "$OUT")"
  run vinet up "$STAGE/net.vinet"
  expect_equal "step $step: up again" $'lab: unchanged\nnet: unchanged' "$(cat "$OUT")"
  all_reachable
}

write 'router r0 at Y; B -- r0'
up "$STAGE/net.vinet"
receivers=() senders=()
for way in A:C C:A; do
  from=net.${way%:*} to=net.${way#*:}
  ns_background "$to" "$BUILD/stream" receive 7000 >"$STAGE/received.$to" 2>>"$LOG"
  receivers+=("$BACKGROUND")
  wait_for 5 listens "$to" 7000
  ns_background "$from" "$BUILD/stream" send "$(identity "$to")" 7000 1000 >"$STAGE/sent.$to" 2>>"$LOG"
  senders+=("$BACKGROUND")
done

change '\+ node net.r1'        'router r0, r1 at Y; B -- r0 -- r1'
change '\+ link net.r1-A2'     'router r0, r1 at Y; host A2 at X; B -- r0 -- r1 -- A2'
change '> node net.r1: at Y -> Z' 'router r0 at Y; router r1 at Z; host A2 at X; B -- r0 -- r1 -- A2'
change 'mtu 1460 -> 1300'      'router r0 at Y; router r1 at Z; host A2 at X; B -- r0 -- r1 [mtu = 1300]; r1 -- A2'
change 'rate none -> 10mbit'   'router r0 at Y; router r1 at Z; host A2 at X; B -- r0 -- r1; r1 -- A2 [rate = 10mbit]'
change 'loss none -> 0.0001%'  'router r0 at Y; router r1 at Z; host A2 at X; B -- r0 -- r1; r1 -- A2 [loss = 0.0001%]'
change 'cost 1 -> 7'           'router r0 at Y; router r1 at Z; host A2 at X; B -- r0 -- r1 -- A2 [cost = 7]'
change 'ipv6 on -> off'        'router r0 at Y; router r1 at Z; host A2 at X; B -- r0 -- r1; r1 -- A2 [ipv6 = off]'
change '\+ link net.direct'    'router r0 at Y; router r1 at Z; host A2 at X; B -- r0 -- r1 -- A2; direct: B -- r1'
change '= link net.direct: note none -> spare' 'router r0 at Y; router r1 at Z; host A2 at X; B -- r0 -- r1 -- A2; direct: B -- r1 [note = "spare"]'
expect_equal "the note is stored" spare "$(vinet show --json net.direct | jq -r '.plan.annotations[0].text')"
change '\- link net.B-r0'      'router r0 at Y; router r1 at Z; host A2 at X; r0 -- r1 -- A2; direct: B -- r1'
base='machine W; machine X, Y, Z; X -- Y -- Z -- W'
change '\+ machine lab.W'      'router r0 at W; router r1 at Z; host A2 at X; r0 -- r1 -- A2; direct: B -- r1'
base='machine X, Y, Z; X -- Y -- Z; Z -- X [cost = 9]'
change '\- machine lab.W'      'router r0 at Y; router r1 at Z; host A2 at X; r0 -- r1 -- A2; direct: B -- r1'
change '\- node net.A2'        'router r0 at Y; router r1 at Z; r0 -- r1; direct: B -- r1'

# The streams end: what was sent has arrived.
for sender in "${senders[@]}"; do kill "$sender" && wait "$sender"; done
for receiver in "${receivers[@]}"; do kill "$receiver" && wait "$receiver"; done
for to in net.C net.A; do
  read -r _ sent <"$STAGE/sent.$to"
  read -r _ received _ doubled _ gap _ <"$STAGE/received.$to"
  echo "$to: $sent sent, $received received, $doubled doubled, longest gap $gap ms"
  expect_less "packets sent to $to: enough to tell" 1000 "$sent"
  expect_equal "packets lost on the way to $to" 0 $((sent - received))
  expect_equal "packets doubled on the way to $to" 0 "$doubled"
done
down --all
leave_nothing
