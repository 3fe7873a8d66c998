#!/usr/bin/env bash
# A daemon that is stopped (SIGSTOP) and goes on later: packets flow, verbs end and say why, and what it was doing is
# completed. The part of faults.md F-07 that one machine can have.
#
#      A -- B -- D        chain of 12, made meanwhile
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/invariants.sh"

describe second <<'END'
base lab { machine X, Y, Z; X -- Y -- Z }
internet second on lab { router r[12] at Y; chain(r) }
END
up figure7.vinet
watch line.A line.D
remember "$EXAMPLES/figure7.vinet"
begun() { compgen -G "$ROOT/run/netns/second.*"; }

SECONDS=0
"$BUILD/vinet" --root "$ROOT" up "$STAGE/second.vinet" >>"$LOG" 2>"$STAGE/said" & client=$!
wait_for 20 begun
kill -STOP "$DAEMON"
expect_exit 5 timeout 30 "$BUILD/vinet" --root "$ROOT" ls
expect_match "what ls says" "does not answer; is it stopped" "$(cat "$ERR")"
code=0
wait "$client" || code=$?
expect_equal "exit code of the verb at work" 1 "$code"
expect_match "what the verb at work says" "is finished or undone when it runs again" "$(cat "$STAGE/said")"
expect_less "seconds until then" "$SECONDS" 60
kill -CONT "$DAEMON"
run vinet up "$STAGE/second.vinet"
expect_equal "up when it goes on" $'lab: unchanged\nsecond: unchanged' "$(cat "$OUT")"
down second
invariants "when the daemon goes on"
ends_clean
