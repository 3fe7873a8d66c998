#!/usr/bin/env bash
# Links between visits on one machine put nothing on a wire, not one header; they are looked up, counted and traced
# as any other.
#
#      A -- B -- C    all at X        X ~~ Y
source "$(dirname "$0")/lib.sh"

describe inside <<'END'
base lab {
  machine X, Y
  X -- Y
}

internet inside on lab {
  host A at X
  router B at X
  host C at X
  A -- B -- C
}
END
up "$STAGE/inside.vinet"
C=$(identity inside.C) C6=$(identity inside.C 6)
capture base lab.X Y
capture lo lab.X lo
run ns inside.A ping -n -c 1 -W 2 -M do -s 1432 "$C"
run ns inside.A ping -n -c 1 -W 2 -M do -s 1412 "$C6"
all_reachable
run vinet trace inside.A inside.C --json
expect_equal "events" "push deliver push deliver" \
  "$(jq -r '[.steps[] | select(.reply | not) | .event] | join(" ")' "$OUT")"
expect_equal "headers" 0 "$(jq '[.steps[].headers | length] | add' "$OUT")"

ns_background inside.C "$BUILD/sockcat" udp-listen 4000 >"$STAGE/heard"
wait_for 5 listens inside.C 4000
sent() { vinet show inside.A-B --json | jq '[.counters[] | select(.node == "A") | .tx_packets] | add'; }
before=$(sent)
run ns inside.A "$BUILD/sockcat" udp-send "$C" 4000 100 1000 10000
expect_less "packets counted" $((before + 999)) "$(sent)"
end_background "$BACKGROUND"
end_capture base
end_capture lo
expect_equal "packets of the internet on the wire" "" "$(fields base "ip.proto == 4" frame.number)"
expect_equal "packets on lo" "" "$(fields lo frame frame.number)"
leave_nothing
