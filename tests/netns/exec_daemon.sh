#!/usr/bin/env bash
# `exec` and `shell` of a member of the daemon's group, who is not root: through the daemon. Exit codes, streams, terminal
# and signals are as in exec_program.sh; the program ends with its caller; a stranger is refused. faults.md F-12, F-123.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
group=$(getent group users | cut -d: -f1) gid=$(getent group users | cut -d: -f3)
[[ -n $group ]] || skip "no group 'users'"
command -v script >/dev/null || skip "no script"
cp "$BUILD/vinet" "$STAGE/vinet"
chmod 755 "$STAGE" "$STAGE/vinet" "$ROOT"
touch "$STAGE/pid" && chmod 666 "$STAGE/pid"

"$BUILD/vinet" --root "$ROOT" daemon --group "$group" 2>>"$LOG" &
daemon=$!
answers() { [[ $(vinet status --json | jq -r .daemon.pid) == "$daemon" ]]; }
wait_for 10 answers
up figure7.vinet
user() { setpriv --reuid 65534 --regid "$1" --clear-groups "${@:2}"; }
member() { user "$gid" "$STAGE/vinet" --root "$ROOT" "$@"; }
member_background() { setpriv --reuid 65534 --regid "$gid" --clear-groups "$STAGE/vinet" --root "$ROOT" "$@" & CALLER=$!; }
gone() { ! kill -0 "$1" 2>/dev/null; }

# As root in the node; what is wrong is told as to root.
run member exec line.A sh -c 'id -u; hostname; ip -o link | grep -c B@'
expect_equal "who and where" $'0\nA\n1' "$(cat "$OUT")"
run member exec line.A cat /proc/self/cgroup
[[ -z $CGROUP ]] || expect_match "control group" '/vinet/line(@[0-9a-f]+)?/A$' "$(cat "$OUT")"
expect_exit 0 member exec line.A true
expect_exit 37 member exec line.A sh -c 'exit 37'
expect_exit 127 member exec line.A no-such-program
expect_exit 126 member exec line.A /etc/passwd
expect_exit 4 member exec line.Q true
expect_exit 2 member exec line.A
expect_exit 143 member exec line.A sh -c 'kill -TERM $$'
expect_exit 7 user 65534 "$STAGE/vinet" --root "$ROOT" exec line.A true
expect_match "what a stranger is told" "needs root" "$(cat "$ERR")"

# Arguments, directory and the caller's language; not what would make programs load others.
run member exec line.A printf '%s|' "two words" '' '$HOME' --json -h
expect_equal "arguments" "two words||\$HOME|--json|-h|" "$(cat "$OUT")"
cd /usr/share
LC_TIME=C.UTF-8 LD_LIBRARY_PATH=/yy run member exec line.A sh -c 'pwd; echo $LC_TIME $LD_LIBRARY_PATH'
cd "$SOURCE"
expect_equal "directory and environment" $'/usr/share\nC.UTF-8' "$(cat "$OUT")"
expect_no_match "environment" "VINET_" "$(member exec line.A env)"

# Ten megabytes each way, and the two output streams apart.
head -c 10000000 /dev/urandom >"$STAGE/bytes"
sum=$(md5sum <"$STAGE/bytes")
expect_equal "what cat sent back" "$sum" "$(member exec line.A cat <"$STAGE/bytes" | md5sum)"
run member exec line.A md5sum <"$STAGE/bytes"
expect_equal "what md5sum was sent" "$sum" "$(cat "$OUT")"
run member exec line.A sh -c 'echo out; echo err >&2'
expect_equal "output" out "$(cat "$OUT")"
expect_equal "error" err "$(cat "$ERR")"
{ code=0; member exec line.A yes || code=$?; echo "$code" >"$STAGE/code"; } | head -1 >/dev/null
expect_equal "exit code of yes, whose reader went away" 141 "$(cat "$STAGE/code")"

# A caller that does not read costs the daemon no memory, and holds up nobody.
memory() { awk '/VmRSS/ { print $2 }' "/proc/$daemon/status"; }
before=$(memory)
mkfifo "$STAGE/slow"
member exec line.A sh -c 'echo $$ >'"$STAGE"'/pid; exec head -c 300000000 /dev/zero' >"$STAGE/slow" &
slow=$!
exec 8<"$STAGE/slow"
wait_for 5 test -s "$STAGE/pid"
blocked() { [[ $(cat "/proc/$(cat "$STAGE/pid")/wchan") == *pipe* ]]; }
wait_for 5 blocked
expect_less "KB that the daemon grew by" $(($(memory) - before)) 20000
run member exec line.A true
expect_equal "bytes read in the end" 300000000 "$(wc -c <&8)"
exec 8<&-
wait "$slow"

# The terminal: one of the daemon's computer, with the caller's size, keys and all.
as_member="setpriv --reuid 65534 --regid $gid --clear-groups $STAGE/vinet --root $ROOT"
script -qec "stty rows 33 cols 99; $as_member exec line.A sh -c 'tty; stty size'" /dev/null >"$OUT" </dev/null
expect_match "terminal" "/dev/pts/.*33 99" "$(tr -d '\r' <"$OUT" | xargs)"
expect_exit 0 script -qec "before=\$(stty -g); $as_member exec line.A true; test \"\$before\" = \"\$(stty -g)\"" /dev/null
code=0
SHELL=/bin/sh script -qec "$as_member shell line.A" /dev/null <<<'hostname; exit 9' >"$OUT" || code=$?
expect_equal "exit code of shell" 9 "$code"
expect_match "the shell's node" $' A\r' "$(cat "$OUT")"
mkfifo "$STAGE/keys"
script -qec "$as_member exec line.A sh -c 'trap \"exit 66\" INT; trap \"stty size\" WINCH; echo ready; while :; do sleep 0.1; done'" /dev/null \
  <"$STAGE/keys" >"$STAGE/screen" &
screen=$!
exec 9>"$STAGE/keys"
wait_for 5 grep -q ready "$STAGE/screen"
outer=$(pgrep -f "vinet --root $ROOT exec line.A sh -c trap" | head -1)
stty -F "$(readlink "/proc/$outer/fd/0")" rows 44 cols 55
wait_for 5 grep -q "44 55" "$STAGE/screen"
printf '\003' >&9
code=0
wait "$screen" || code=$?
exec 9>&-
expect_equal "exit code after Ctrl-C at the terminal" 66 "$code"

# Signals to the caller are the program's.
for signal in USR1 TERM HUP; do
  : >"$STAGE/pid"
  member_background exec line.A bash -c "trap 'exit 55' $signal; echo \$\$ >$STAGE/pid; while :; do read -rt 0.05 x <>$STAGE/tick; done"
  wait_for 5 test -s "$STAGE/pid"
  kill -"$signal" "$CALLER"
  code=0
  wait "$CALLER" || code=$?
  expect_equal "exit code after SIG$signal" 55 "$code"
done

# Ctrl-Z, as a shell sends it, stops the program with its caller; both go on together.
: >"$STAGE/pid"
member_background exec line.A sh -c "echo \$\$ >$STAGE/pid; exec sleep 1000"
wait_for 5 test -s "$STAGE/pid"
both() { for pid in "$CALLER" "$(cat "$STAGE/pid")"; do grep -q "^State:.$1" "/proc/$pid/status" || return; done; }
wait_for 5 both S
kill -TSTP "$CALLER"
wait_for 5 both T
kill -CONT "$CALLER"
wait_for 5 both S
kill -TERM "$CALLER"
code=0
wait "$CALLER" || code=$?
expect_equal "exit code after SIGTERM" 143 "$code"

# A caller that is killed takes its program with it, also one that does not hear SIGHUP.
for program in 'exec sleep 1000' 'trap "" HUP; sleep 1000; sleep 1000'; do
  : >"$STAGE/pid"
  member_background exec line.A sh -c "echo \$\$ >$STAGE/pid; $program"
  wait_for 5 test -s "$STAGE/pid"
  kill -KILL "$CALLER"
  wait_for 10 gone "$(cat "$STAGE/pid")"
  wait "$CALLER" || true
done

# A daemon that ends takes the programs of members with it, but not root's own (F-12).
vinet exec line.A sh -c "echo \$\$ >$STAGE/root_pid; exec sleep 1000" &
: >"$STAGE/pid"
member_background exec line.A sh -c "echo \$\$ >$STAGE/pid; exec sleep 1000" 2>"$STAGE/told"
wait_for 5 test -s "$STAGE/pid"
wait_for 5 test -s "$STAGE/root_pid"
kill "$daemon" && wait "$daemon" || fail "SIGTERM: the daemon ends with exit code $?"
wait_for 10 gone "$(cat "$STAGE/pid")"
wait "$CALLER" && fail "the member's exec ended well"
kill -0 "$(cat "$STAGE/root_pid")" || fail "root's program ended with the daemon"

# Nor does a daemon that is killed leave them behind.
"$BUILD/vinet" --root "$ROOT" daemon --group "$group" 2>>"$LOG" &
daemon=$!
wait_for 10 answers
: >"$STAGE/pid"
member_background exec line.A sh -c "echo \$\$ >$STAGE/pid; exec sleep 1000" 2>"$STAGE/told"
wait_for 5 test -s "$STAGE/pid"
kill -KILL "$daemon"
wait_for 10 gone "$(cat "$STAGE/pid")"
wait "$CALLER" && fail "the member's exec ended well"
kill -0 "$(cat "$STAGE/root_pid")" || fail "root's program ended with the killed daemon"
run vinet down --all
leave_nothing
