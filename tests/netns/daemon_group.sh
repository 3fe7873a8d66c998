#!/usr/bin/env bash
# Who may use the daemon: root, and the group that was named; nobody else, not even to look. faults.md F-123.
source "$(dirname "$0")/lib.sh"
group=$(getent group users | cut -d: -f1) gid=$(getent group users | cut -d: -f3)
[[ -n $group ]] || skip "no group 'users'"
chmod 755 "$STAGE" "$ROOT"

"$BUILD/vinet" --root "$ROOT" daemon --group "$group" 2>>"$LOG" &
answers() { [[ $(vinet status --json | jq -r .daemon.pid) != null ]]; }
wait_for 10 answers
up figure7.vinet
as() { setpriv --reuid 65534 --regid "$1" --clear-groups "$BUILD/vinet" --root "$ROOT" "${@:2}"; }
[[ -x $BUILD/vinet ]] && setpriv --reuid 65534 --regid "$gid" --clear-groups test -x "$BUILD/vinet" || skip "the build is not readable by others"
run as "$gid" ls
expect_match "what a member of the group sees" "line.A" "$(cat "$OUT")"
run as "$gid" ping-all line
run as "$gid" verify line --canary
expect_match "what a member proves" "listen: isolated" "$(cat "$OUT")"
expect_exit 7 as 65534 verify
expect_exit 7 as 65534 ls
expect_match "what a stranger is told" "needs root" "$(cat "$ERR")"
run vinet down --all
kill %1 && wait %1 || fail "SIGTERM: the daemon ends with exit code $?"
leave_nothing
