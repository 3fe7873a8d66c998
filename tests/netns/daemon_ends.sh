#!/usr/bin/env bash
# The daemon that `up` started ends with the last internet, before `down` returns; a lease ends an internet by itself;
# a file with errors starts no daemon; one started by hand stays; --no-daemon works beside none and is refused beside one.
#
#      A -- B
#      X ~~ Y
source "$(dirname "$0")/lib.sh"

two() {  # ATTRIBUTES
  describe two <<EOF
base lab { machine X, Y; X -- Y }
internet two on lab $1 { host A at X; host B at Y; A -- B }
EOF
}
# (One that is just ending has no command line any more, only a name.)
daemon_runs() { pgrep -f "vinet --root $ROOT daemon" >/dev/null || pgrep -x exe >/dev/null; }
no_daemon() { ! daemon_runs; }

echo 'internet broken on' >"$STAGE/bad.vinet"
expect_exit 3 vinet up "$STAGE/bad.vinet"
no_daemon || fail "a file with errors started a daemon"

two ''
up "$STAGE/two.vinet"
daemon_runs || fail "up started no daemon"
expect_exit 5 vinet --no-daemon down two
run vinet --no-daemon ls
down two
no_daemon || fail "the daemon outlived the last internet"
nothing_left "after down"

# A computer may be slow: the daemon waits for who has started it (here the connection to it takes 4 seconds).
run strace -qq -o /dev/null -e trace=connect -e inject=connect:delay_enter=4000000:when=3 "$BUILD/vinet" --root "$ROOT" up "$STAGE/two.vinet"
down two

two '[lease = 3s]'
up "$STAGE/two.vinet"
gone() { no_daemon && [[ -z $(ls "$ROOT/run/netns") ]]; }
wait_for 20 gone
nothing_left "after its lease ended"

two '[lease = 9s]'
up "$STAGE/two.vinet"
run vinet renew two --lease 1h
expect_match "renew" "1h" "$(cat "$OUT")"
down two

two ''
run vinet --no-daemon up "$STAGE/two.vinet"
no_daemon || fail "--no-daemon started a daemon"
all_reachable
down two
nothing_left "after --no-daemon"

"$BUILD/vinet" --root "$ROOT" daemon 2>>"$LOG" &
answers() { [[ $(vinet status --json | jq -r .daemon.pid) != null ]]; }
wait_for 10 answers
up "$STAGE/two.vinet"
down two
daemon_runs || fail "a daemon that was started by hand ended"
kill %1 && wait %1 || fail "SIGTERM: the daemon ends with exit code $?"
leave_nothing
