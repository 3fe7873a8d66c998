#!/usr/bin/env bash
# A daemon holds what a controller elsewhere tells it to, in two phases, and keeps it by itself.
#
#     controller (hold) --socket--> daemon: base lab { X -- Y }, internet line { A at X -- B at Y, run at B }
#
# faults.md F-12 (killed), F-81 (repeated), F-82 (late), F-84 (another controller), F-87 (refused).
source "$(dirname "$0")/lib.sh"

hold() { "$BUILD/hold" "$ROOT/run/vinet/vinet.sock" "$@"; }
report() { hold report; }
say() { hold "S:one:1:$1" "${@:2}"; }  # GENERATION:OPERATION VERB ...
is_held() { report | grep -q "^held $1 S"; }
is_gone() { [[ ! -e $ROOT/run/netns/$1 ]]; }
pid_of() { report | awk -v n="$1" '$1 == "run" && $2 == n && $3 == "running" { print $4 }'; }
runs() { [[ -n $(pid_of "$1") ]]; }
start() {
  vinet daemon --most-nodes 4 --attribute role=router >>"$LOG" 2>&1 </dev/null &
  DAEMON=$!
  wait_for 10 report
}
end_daemon() { kill "-$1" "$DAEMON" && wait "$DAEMON" || true; }

describe line <<'END'
base lab { machine X, Y
  X -- Y }
internet line on lab {
  host A at X
  host B [run = "exec sleep 1000"] at Y
  A -- B
}
END
describe other <<'END'
base yard { machine X }
internet big on yard { host A[5] at X
  for i in 1..4 { A[0] -- A[i] } }
END
start
expect_match attributes 'attribute role=router' "$(report)"

# Two phases: nothing is there before the second.
run say 1:first prepare "$STAGE/line.vinet"
is_gone line.A && is_gone lab.X || fail "prepare has made something"
expect_match reservations 'reserved first' "$(report)"
run say 1:first commit
run say 1:first commit
wait_for 5 pings line.A "$(identity line.B)"
wait_for 5 runs line.B
expect_equal events 1 "$(vinet events line | grep -c ' held ')"
expect_exit 1 say 1:late commit
expect_match 'late commit' 'reservation expired' "$(cat "$ERR")"

# Its nodes are there for the people of this computer, and not theirs to take down.
run vinet exec line.A ping -c 1 -W 2 B
expect_match ls 'held for controller S' "$(vinet ls)"
expect_exit 1 say 2:more prepare "$STAGE/other.vinet"
expect_match limits '10 nodes are more than this machine takes: 4' "$(cat "$ERR")"
run vinet down --all
expect_exit 5 vinet down line
expect_match 'down of what is held' 'taken down there' "$(cat "$ERR")"
expect_exit 5 vinet up "$STAGE/line.vinet"

# Another controller, and an older one.
expect_exit 1 hold T:two:1:1:x remove line
expect_match stranger 'store S' "$(cat "$ERR")"
expect_exit 1 hold S:three:1:9:x remove line
expect_match instance 'obeys instance one' "$(cat "$ERR")"
is_held line

# It mends, also what was broken while no daemon ran; programs go on.
pid=$(pid_of line.B)
ip netns list >/dev/null
ns line.A ip link del B
wait_for 10 pings line.A "$(identity line.B)"
end_daemon KILL
umount "$ROOT/run/netns/line.A" && rm "$ROOT/run/netns/line.A"
start
wait_for 20 pings line.A "$(identity line.B)"
expect_equal 'the program' "$pid" "$(pid_of line.B)"

# A lease that nobody renews ends here by itself; what is removed is gone, and its programs.
run say 2:lease put "$STAGE/line.vinet" 1
wait_for 30 is_gone line.A
expect_match events 'lease-ended' "$(vinet events line)"
wait_for 5 eval '! kill -0 '"$pid"
run say 3:down remove lab
wait_for 5 is_gone lab.X
expect_no_match report '^held' "$(report)"
end_daemon TERM
expect_equal 'namespaces left' "" "$(ls "$ROOT/run/netns" 2>/dev/null)"
