#!/usr/bin/env bash
# Path MTU discovery inside: a router before a smaller link sends "fragmentation needed" with that link's MTU, and the
# sender learns it; TCP goes on with segments that fit.
#
#      A ----- B ----- C ----- D      1,460 | 1,300 | 1,460
source "$(dirname "$0")/lib.sh"

describe narrow <<'END'
base lab {
  machine X, Y
  X -- Y
}

internet narrow on lab {
  host A at X
  router B at Y
  router C at X
  host D at Y
  A -- B
  B -- C [mtu = 1300]
  C -- D
}
END
up "$STAGE/narrow.vinet"
for family in 4 6; do
  D=$(identity narrow.D $family)
  size=$((family == 4 ? 1300 - 28 : 1300 - 48))
  run ns narrow.A ping -n -c 1 -W 2 -M do -s $size "$D"
  expect_exit 1 ns narrow.A ping -n -c 1 -W 2 -M do -s $((size + 1)) "$D"
  expect_match "answer, IPv$family" "From $(address narrow.B A $family) .*mtu[ :=]+1300" "$(cat "$OUT" "$ERR")"
  expect_match "what the sender learned" "mtu 1300" "$(ns narrow.A ip route get "$D")"

  ns_background narrow.D "$BUILD/sockcat" listen 5000 >"$STAGE/arrived"
  wait_for 5 listens narrow.D 5000
  "$BUILD/sockcat" pattern 20000000 >"$STAGE/sent"
  ns narrow.A "$BUILD/sockcat" connect "$D" 5000 <"$STAGE/sent"
  wait "$BACKGROUND"
  cmp "$STAGE/sent" "$STAGE/arrived" || fail "IPv$family: TCP arrived damaged"
done
leave_nothing
