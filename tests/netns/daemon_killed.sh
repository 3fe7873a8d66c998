#!/usr/bin/env bash
# The daemon is killed, and started again by the next verb: no packet is lost, nothing is changed, and what it was
# supervising goes on under the new one. faults.md F-01, F-13.
#
#      A -- B -- D        1,000 numbered packets a second from A to D; D runs a program
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"

describe line <<'EOF'
base lab { machine X, Y, Z; X -- Y -- Z }
internet line on lab { host A at X; router B at Y; host D at Z [run = "exec sleep 1000"]; A -- B -- D }
EOF
up "$STAGE/line.vinet"
daemon_pid() { vinet status --json | jq -r .daemon.pid; }
runs() { [[ $(vinet ls line.D --json | jq -r '.[0].run.state') == running ]]; }
program() { vinet ls line.D --json | jq -r '.[0].run.pid'; }
wait_for 10 runs
wait_for 10 pgrep -x sleep
sleeper=$(program)

ns_background line.D "$BUILD/stream" receive 7000 >"$STAGE/received" 2>>"$LOG"
receiver=$BACKGROUND
wait_for 5 listens line.D 7000
ns_background line.A "$BUILD/stream" send "$(identity line.D)" 7000 1000 >"$STAGE/sent" 2>>"$LOG"
sender=$BACKGROUND
inventory >"$STAGE/whole"
for round in 1 2 3; do
  first=$(daemon_pid)
  kill -9 "$first"
  run vinet ls
  [[ $(daemon_pid) != "$first" ]] || fail "round $round: the killed daemon answers"
  expect_equal "round $round: the program" "$sleeper" "$(program)"
  run vinet up "$STAGE/line.vinet"
  expect_equal "round $round: up after the daemon was killed" $'lab: unchanged\nline: unchanged' "$(cat "$OUT")"
  same_inventory "$STAGE/whole" "round $round: after the daemon was killed"
done
kill "$sender" && wait "$sender" || true
arrived() { [[ $(ns line.D ss -Hlunm 'sport = :7000' | awk '{print $2}') == 0 ]]; }
wait_for 5 arrived
kill "$receiver" && wait "$receiver" || true
sent=$(awk '{print $2}' "$STAGE/sent")
expect_match "the stream" "^received $sent doubled 0 " "$(cat "$STAGE/received")"
leave_nothing
