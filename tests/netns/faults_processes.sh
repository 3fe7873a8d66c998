#!/usr/bin/env bash
# Faults of processes: faults.md F-06, F-11, F-12. A verb is undone (SIGINT) or completed by the daemon; what was up stays
# as it was.
#
#      A -- B -- D        chain of 60, on the same machines
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/invariants.sh"

describe second <<'END'
base lab { machine X, Y, Z; X -- Y -- Z }
internet second on lab { router r[60] at Y; chain(r) }
END
up figure7.vinet
watch line.A line.D
remember "$EXAMPLES/figure7.vinet"
begun() { compgen -G "$ROOT/run/netns/second.*"; }
has_ended() { [[ $(vinet status --json | jq -r .operation) == none ]]; }

# F-06: SIGNAL of the command line while the daemon works for it; its exit code is in $CODE.
struck() {
  "$BUILD/vinet" --root "$ROOT" up "$STAGE/second.vinet" >>"$LOG" 2>&1 &
  local client=$!
  wait_for 20 begun
  kill "-$1" "$client"
  CODE=0
  wait "$client" || CODE=$?
  wait_for 20 has_ended
}
undone=0
for _ in {1..5}; do
  struck INT
  case $CODE in
    6) ((++undone)) && invariants "F-06: after SIGINT" && break ;;
    0) down second ;;  # it was done already
    *) fail "F-06: SIGINT: exit code $CODE" ;;
  esac
done
((undone > 0)) || fail "F-06: no SIGINT came in time"
for signal in HUP KILL; do
  cut_off=0
  for _ in {1..5}; do
    struck "$signal"
    run vinet up "$STAGE/second.vinet"
    expect_equal "F-06: up after SIG$signal" $'lab: unchanged\nsecond: unchanged' "$(cat "$OUT")"
    down second
    ((CODE < 128)) || { cut_off=1 && break; }
  done
  ((cut_off)) || fail "F-06: no SIG$signal came in time"
  invariants "F-06: after SIG$signal"
done

# F-12: a program of `exec` goes on when the daemon dies under it, on its terminal and with its exit code.
mkfifo "$STAGE/keys"
exec 7<>"$STAGE/keys"
script -qfec "$BUILD/vinet --root $ROOT exec line.A sh -c 'echo begun; cat; exit 7'" "$STAGE/typed" <&7 >>"$LOG" 2>&1 &
program=$!
wait_for 10 grep -q begun "$STAGE/typed"
kill -9 "$DAEMON"
run vinet ls
echo goes-on >&7
wait_for 10 grep -q goes-on "$STAGE/typed"
printf '\4' >&7
code=0
wait "$program" || code=$?
exec 7<&-
expect_equal "F-12: exit code of exec" 7 "$code"
remember "$EXAMPLES/figure7.vinet"
invariants "F-12: after a daemon was killed under exec"

# F-11: a daemon that cannot start: a verb says why, soon, and what runs is not touched.
kill -9 "$DAEMON"
wait_for 5 eval '[[ ! -d /proc/$DAEMON ]]'
rm -f "$ROOT/run/vinet/vinet.sock" && mkdir "$ROOT/run/vinet/vinet.sock"
SECONDS=0
expect_exit 1 vinet up "$STAGE/second.vinet"
expect_match "F-11: what up says" "vinet.sock is not a socket" "$(cat "$ERR")"
rmdir "$ROOT/run/vinet/vinet.sock"
# One that dies of something that it cannot say.
expect_exit 1 strace -qqfo /dev/null -e trace=signalfd4 -e inject=signalfd4:signal=KILL \
  "$BUILD/vinet" --root "$ROOT" up "$STAGE/second.vinet"
expect_match "F-11: what up says" "start the daemon: it was ended by signal 9" "$(cat "$ERR")"
expect_less "F-11: seconds until it says so" "$SECONDS" 20
run pings line.A "$(identity line.D)"
expect_match "F-11: the unit" "StartLimitBurst=" "$(cat "$SOURCE/systemd/vinet.service")"
remember "$EXAMPLES/figure7.vinet"
invariants "F-11: when it can start again"
ends_clean
