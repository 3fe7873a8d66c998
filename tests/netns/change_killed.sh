#!/usr/bin/env bash
# F-03: an `up` of a changed description is killed at a random moment, again and again. The next command takes it back or
# ends it: afterwards the internet is the old or the new one, whole; and links that neither touches lose no packet.
#
#      A -- B -- C      never changed        B -- r0 ..., A2: changed
source "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-20}

kept='host A at X; router B at Y; host C at Z; A -- B -- C'
write() {  # NAME MACHINES STATEMENTS
  echo "base lab { $2; X -- Y -- Z }
internet net on lab { $kept
$3
}" >"$STAGE/$1.vinet"
}
write old 'machine X, Y, Z' 'router r[4] at Y; chain(r); host A2 at X; B -- r[0]; r[3] -- A2'
write new 'machine X, Y, Z, W' 'router r[5] at Z; ring(r) [mtu = 1300]; host A3 at X; B -- r[0]; r[3] -- A3'
up "$STAGE/old.vinet"

ns_background net.C "$BUILD/stream" receive 7000 >"$STAGE/received" 2>>"$LOG"
receiver=$BACKGROUND
wait_for 5 listens net.C 7000
ns_background net.A "$BUILD/stream" send "$(identity net.C)" 7000 1000 >"$STAGE/sent" 2>>"$LOG"
sender=$BACKGROUND

from=old to=new killed=0 taken_back=0
for ((round = 0; round < rounds; ++round)); do
  "$BUILD/vinet" --root "$ROOT" up "$STAGE/$to.vinet" >>"$LOG" 2>&1 &
  victim=$!
  read -rt "0.$(printf %03d $((RANDOM % 600)))" tick <>"$STAGE/tick" || true
  kill -9 "$victim" 2>/dev/null || true
  code=0
  wait "$victim" || code=$?
  ((code == 0)) || killed=$((killed + 1))
  run vinet status --json
  if grep -q "did not end" "$OUT"; then taken_back=$((taken_back + 1)); fi
  next=$from
  ((round % 2)) && next=$to
  run vinet up "$STAGE/$next.vinet"
  run vinet plan --diff "$STAGE/$next.vinet"
  expect_equal "round $round: plan --diff" "no changes" "$(cat "$OUT")"
  run vinet up "$STAGE/$next.vinet"
  expect_equal "round $round: up again" $'lab: unchanged\nnet: unchanged' "$(cat "$OUT")"
  all_reachable
  if [[ $next == "$to" ]]; then to=$from from=$next; fi
done
kill "$sender" && wait "$sender"
kill "$receiver" && wait "$receiver"
read -r _ sent <"$STAGE/sent"
read -r _ received _ doubled _ gap _ <"$STAGE/received"
echo "$killed of $rounds killed, $taken_back in the middle; $sent sent, $received received, longest gap $gap ms"
expect_less "kills that bit" 0 "$killed"
expect_equal "packets lost" 0 $((sent - received))
expect_equal "packets doubled" 0 "$doubled"
down --all
leave_nothing
