#!/usr/bin/env bash
# `run`: the daemon starts programs in nodes, keeps what they print, restarts what ends with growing pauses, and ends
# them with their internet. faults.md F-09, F-10.
#
#      web -- user        web serves a file; user fetches it; bad always fails; deaf ignores SIGTERM
#      X ~~~~ Y
source "$(dirname "$0")/lib.sh"

describe demo <<'EOF'
base lab { machine X, Y; X -- Y }
internet demo on lab {
  host web at X [run = "echo serving; exec python3 -m http.server 80"]
  host user at Y
  host bad at Y [run = "echo tried; exit 3"]
  host deaf at Y [run = "trap '' TERM; while :; do sleep 1000; done"]
  web -- user; user -- bad; user -- deaf
}
EOF
command -v python3 >/dev/null || skip "no python3"
up "$STAGE/demo.vinet"
of() { vinet ls "demo.$1" --json | jq -r ".[0].run.$2"; }
is() { [[ $(of "$1" state) == "$2" ]]; }
wait_for 20 is web running
wait_for 20 is deaf running
served() { vinet exec demo.user python3 -c 'import urllib.request as u; u.urlopen("http://web/", timeout=2).read()'; }
wait_for 20 served
run vinet logs demo.web
expect_match "the log of web" "serving" "$(cat "$OUT")"

# F-09: killed, it is back; what always fails is tried again and again, and shown.
first=$(of web pid)
kill -9 "$first"
is_another() { is web running && [[ $(of web pid) != "$first" ]]; }
wait_for 20 is_another
wait_for 20 served
wait_for 20 is bad failing
expect_equal "how bad ended" "exit code 3" "$(of bad last_end)"
tried_thrice() { [[ $(vinet logs demo.bad | grep -c tried) -ge 3 ]]; }
wait_for 30 tried_thrice
run vinet events demo.bad
expect_match "the events of bad" "run-ended.*exit code 3" "$(cat "$OUT")"

# F-10: down ends all, also what does not listen.
down "$STAGE/demo.vinet"
leave_nothing
