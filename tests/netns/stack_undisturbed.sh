#!/usr/bin/env bash
# What comes to stand on an internet, and what leaves it, costs that internet no packet: not when the sources of its
# hosts begin to be checked, nor when that ends. (With flatten = no its devices get filters of ours, and the kernel drops
# what leaves a device for some 20 ms while one gets its first: docs/operations.md.)
#
#   upper    p -------- s      up and down, again and again
#   lower    a -- b -- c       a stream of 1,000 packets a second
source "$(dirname "$0")/lib.sh"

describe lower <<'END'
base lab { machine X, Y, Z; X -- Y -- Z }
internet lower on lab { host a at X; router b at Y; host c at Z; a -- b -- c }
END
up "$STAGE/lower.vinet"
ns_background lower.c "$BUILD/stream" receive 7000 >"$STAGE/received" 2>>"$LOG"
receiver=$BACKGROUND
wait_for 5 listens lower.c 7000
ns_background lower.a "$BUILD/stream" send "$(identity lower.c)" 7000 1000 >"$STAGE/sent" 2>>"$LOG"
sender=$BACKGROUND
for flatten in yes yes yes; do
  echo "internet upper on lower [flatten = $flatten] { host p at a; host s at c; p -- s }" | describe upper
  up "$STAGE/upper.vinet"
  pings upper.p "$(identity upper.s)" || fail "flatten = $flatten: it does not ping"
  down upper
done
kill "$sender" && wait "$sender" || true
kill "$receiver" && wait "$receiver" || true
read -r _ sent <"$STAGE/sent"
read -r _ received _ doubled _ gap _ <"$STAGE/received"
echo "$sent sent, $received received, longest gap $gap ms"
expect_less "packets" 500 "$sent"
expect_equal "packets lost" 0 $((sent - received))
expect_equal "packets doubled" 0 "$doubled"
down --all
leave_nothing
