#!/usr/bin/env bash
# ping-all: every ordered pair by identity, IPv4 and IPv6, without a child process; a broken link is seen and counted.
#
#      figure11: 6 nodes, 30 pairs, 60 with both families
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1  # a daemon would mend what is broken here

up figure11.vinet
run strace -f -o "$STAGE/trace" -e trace=fork,vfork,clone,clone3,execve "$BUILD/vinet" --root "$ROOT" ping-all fig11 --json
expect_equal "pairs" 60 "$(jq '[.. | .pairs? | numbers] | add' "$OUT")"
expect_equal "lost" 0 "$(jq '[.. | .lost? | numbers] | add' "$OUT")"
expect_equal "programs run" 1 "$(grep -c 'execve(' "$STAGE/trace")"
expect_equal "child processes" "" "$(grep -E ' (clone3?|v?fork)\(' "$STAGE/trace" | grep -v CLONE_THREAD || true)"

run vinet ping-all fig11
expect_match "text" "60" "$(cat "$OUT")"
expect_match "text" "0 lost|lost +0" "$(cat "$OUT")"

ns fig11.F ip link set E down
expect_exit 1 vinet ping-all fig11 --json
expect_equal "lost with F cut off" 20 "$(jq '[.. | .lost? | numbers] | add' "$OUT")"
leave_nothing
