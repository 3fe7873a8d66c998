#!/usr/bin/env bash
# A daemon that a verb started gives way to one that is started to stay, and what runs does not notice; that one gives way to
# nobody (F-13).
#
#      A -- B -- D [run]
source "$(dirname "$0")/lib.sh"
sed 's/host D at Z/host D at Z [run = "exec sleep 4712"]/' "$EXAMPLES/figure7.vinet" >"$STAGE/f.vinet"
run vinet up "$STAGE/f.vinet"
pid() { vinet status --json | jq -r .daemon.pid; }
runs() { pgrep -xf 'sleep 4712'; }
wait_for 10 runs
program=$(runs) first=$(pid)
ns line.A ping -n -q -i 0.02 -c 250 "$(identity line.D)" >"$STAGE/pings" 2>&1 & pinger=$!
"$BUILD/vinet" --root "$ROOT" daemon >>"$LOG" 2>&1 & daemon=$!
replaced() { [[ $(pid) == "$daemon" ]]; }
wait_for 20 replaced
[[ $first != "$daemon" ]] || fail "it was there before"
run vinet up "$STAGE/f.vinet"
expect_equal "up again" $'lab: unchanged\nline: unchanged' "$(cat "$OUT")"
expect_equal "the node's program" "$program" "$(runs)"
expect_exit 5 vinet daemon
expect_match "F-13: a second one" "process $daemon" "$(cat "$ERR")"
wait "$pinger"
expect_match "packets lost" " 0% packet loss" "$(cat "$STAGE/pings")"
run vinet down --all
kill "$daemon" && wait "$daemon"
leave_nothing
