#!/usr/bin/env bash
# Each invariant by which the tests of faults judge can fail: it sees what it is there for, and nothing where nothing is.
# The daemon stands still meanwhile, so that it repairs nothing.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/invariants.sh"

mkdir -p "$ROOT/run/netns"
NAME=$ROOT/run/netns/stranger
touch "$NAME" && unshare --net="$NAME" true
export VINET_NO_DAEMON=1
up figure7.vinet
sleep 1000 & DAEMON_DOUBLE=$!
daemon_pid() { echo "$DAEMON_DOUBLE"; }
remember "$EXAMPLES/figure7.vinet"

sees() {  # INVARIANT, WHAT, COMMAND that breaks it, COMMAND that mends it
  "$1" || fail "$1 does not hold before: $2"
  eval "$3"
  if "$1"; then fail "$1 does not see $2"; fi
  eval "$4"
  "$1" || fail "$1 does not hold after: $2"
}
sees i2 "an address too many" 'ns line.A ip addr add 10.9.9.9/32 dev lo' 'ns line.A ip addr del 10.9.9.9/32 dev lo'
sees i3 "a route that is missing" 'ns line.A ip route flush proto 76' 'true'
sees i4 "a namespace without a name" 'unshare --net sleep 99 & PID=$!; wait_for 5 eval "[[ -n \$(nameless) ]]"' \
  'kill $PID; wait $PID || true'
sees i5 "a change in a stranger's namespace" 'ns stranger ip addr add 10.9.9.9/32 dev lo' \
  'ns stranger ip addr del 10.9.9.9/32 dev lo'
sees i5 "a change in the computer's namespace" 'ip addr add 10.9.9.9/32 dev lo' 'ip addr del 10.9.9.9/32 dev lo'
sees i8 "a program too many" '((--PROGRAMS))' '((++PROGRAMS))'
sees i8 "more descriptors" 'DESCRIPTORS=-9' 'DESCRIPTORS=$(descriptors $DAEMON)'
sees i9 "the lock held" 'exec 8>>"$ROOT/run/vinet/lock"; flock 8' 'exec 8>&-'
kernel_log() { cat "$STAGE/kernel-log"; }
touch "$STAGE/kernel-log"
WARNINGS=$(warnings)
sees i12 "a warning of the kernel" 'echo "[1.0] WARNING: CPU: 1 PID: 2 at x.c:3" >"$STAGE/kernel-log"' ': >"$STAGE/kernel-log"'
sees i12 "a daemon that died" 'DAEMON=999999' 'DAEMON=$DAEMON_DOUBLE'
sees i11 "packets that are lost without being counted" \
  'ns lab.X tc qdisc add dev Y root tbf rate 1kbit burst 10 latency 1ms' 'ns lab.X tc qdisc del dev Y root'
ns lab.X ip link set Y down
# Until the kernel has told Y's routes so, a moment later, Y sends into a device that nobody listens at.
wait_for 5 eval 'ns lab.Y ip route | grep -q linkdown'
holds i11 || fail "i11 does not hold where all that is lost is counted"
ns lab.X ip link set Y up
run vinet up "$EXAMPLES/figure7.vinet"
watch line.A line.D
pause() { read -rt 0.3 tick <>"$STAGE/tick" || true; }
sees i1 "a lost packet" 'pause; ns line.B ip link set A down; pause; ns line.B ip link set A up
  vinet up "$EXAMPLES/figure7.vinet" >/dev/null; pause' pause
sees i1 "a packet that comes late" \
  'pause; ns line.A tc qdisc add dev B root tbf rate 10kbit burst 2000 limit 200000; pause; ns line.A tc qdisc change dev B root tbf rate 1gbit burst 20000 limit 200000; pause; ns line.A tc qdisc del dev B root' pause
WATCHED=
kill "$SENDER" "$RECEIVER" && wait "$SENDER" "$RECEIVER" || true
kill "$DAEMON_DOUBLE" && wait "$DAEMON_DOUBLE" || true
down --all
umount "$NAME" && rm "$NAME"
nothing_left "after down --all"
