#!/usr/bin/env bash
# A star of 100 leaves on four machines: it comes up, everybody reaches everybody, and it goes without a trace.
source "$(dirname "$0")/lib.sh"

describe star <<'END'
base lab {
  machine m[4]
  ring(m)
}

internet star on lab {
  router hub at m[0]
  host leaf[100]
  star(hub, leaf)
}
END
start=$SECONDS
up "$STAGE/star.vinet"
echo "up in $((SECONDS - start)) s"
start=$SECONDS
run vinet ping-all star --json
expect_equal "pairs" $((101 * 100 * 2)) "$(jq '[.. | .pairs? | numbers] | add' "$OUT")"
expect_equal "lost" 0 "$(jq '[.. | .lost? | numbers] | add' "$OUT")"
echo "ping-all in $((SECONDS - start)) s"
start=$SECONDS
leave_nothing
echo "down in $((SECONDS - start)) s"
