#!/usr/bin/env bash
# `loss` is drawn and counted: of 20,000 datagrams about a tenth is lost, and each lost one is in the counters.
#
#      A ----- B      [loss = 10%], each way
#      X ~~~~~ Y
source "$(dirname "$0")/lib.sh"

describe lossy <<'END'
base lab {
  machine X, Y
  X -- Y
}

internet lossy on lab {
  host A at X
  host B at Y
  A -- B [loss = 10%]
}
END
up "$STAGE/lossy.vinet"
ns_background lossy.B "$BUILD/sockcat" udp-listen 4000 >"$STAGE/heard"
wait_for 5 listens lossy.B 4000
drops() {
  run vinet show lossy.A-B --json
  jq '[.counters[] | select(.node == "A") | .drops.loss // 0] | add' "$OUT"
}
before=$(drops)
run ns lossy.A "$BUILD/sockcat" udp-send "$(identity lossy.B)" 4000 100 20000 10000
lost=$(($(drops) - before))
arrived() { (($(grep -c ' 100 ' "$STAGE/heard") + lost == 20000)); }
wait_for 10 arrived
echo "lost $lost of 20000"
expect_less "lost, at least" 1800 "$lost"
expect_less "lost, at most" "$lost" 2200
end_background "$BACKGROUND"
leave_nothing
