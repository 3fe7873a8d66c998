#!/usr/bin/env bash
# stats: what link ends count, to the packet; drops by reason; rates once a second with -f until interrupted.
source "$(dirname "$0")/lib.sh"

up figure7.vinet
sent() { vinet stats "$1" --json | jq "[.[] | select(.link == \"A-B\" and .node == \"A\").tx_packets] | add"; }
before=$(sent line)
run ns line.A ping -n -c 5 -i 0.2 -W 2 "$(identity line.D)"
((  $(sent line) - before >= 5 )) || fail "5 packets were sent, $before before, $(sent line) now"
expect_equal "one node's ends" '["A"]' "$(vinet stats line.A --json | jq -c '[.[].node] | unique')"
expect_equal "one link's ends" '["A","B"]' "$(vinet stats line.A-B --json | jq -c '[.[].node] | unique')"
run vinet stats
expect_match "text" 'line\.A-B +A +lab\.X' "$(cat "$OUT")"
expect_exit 4 vinet stats nobody

# What is lost is counted by its reason.
describe lossy <<'EOF'
base lab {
  machine X, Y, Z
  X -- Y -- Z
}
internet lossy on lab {
  host A at X
  host B at Y
  A -- B [loss = 100%]
}
EOF
up "$STAGE/lossy.vinet"
ns lossy.A ping -n -c 3 -i 0.2 -W 1 "$(identity lossy.B)" >/dev/null || true
expect_match "drops" 'loss' "$(vinet stats lossy.A --json | jq -r '.[].drops | keys[]')"

"$BUILD/vinet" --root "$ROOT" stats -f --json --busy line >"$STAGE/follow" 2>&1 &
follower=$!
ns_background line.A ping -n -i 0.05 "$(identity line.D)" >"$STAGE/pings"
wait_for 10 grep -q '"tx_packets":1[0-9]' "$STAGE/follow"
end_background "$BACKGROUND"
kill -INT "$follower"
wait "$follower" || fail "stats -f ended with $?"
jq -e '.seconds > 0.9 and .seconds < 3' "$STAGE/follow" >/dev/null || fail "not once a second: $(head -3 "$STAGE/follow")"
leave_nothing
