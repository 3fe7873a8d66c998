#!/usr/bin/env bash
# Faults of resources: faults.md F-69, F-90, F-91, F-93, F-95, F-96. A verb fails whole and says why; what runs is not
# touched, and there is nothing to mend afterwards.
#
#      A -- B -- D        chain of 16 on the same machines; D runs a program
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/invariants.sh"

describe line <<'EOF'
base lab { machine X, Y, Z; X -- Y -- Z }
internet line on lab { host A at X; router B at Y; host D at Z [run = "while sleep 0.2; do echo tick; done"]; A -- B -- D }
EOF
describe second <<'EOF'
base lab { machine X, Y, Z; X -- Y -- Z }
internet second on lab { router r[16] at Y; chain(r) }
EOF
describe large <<'EOF'
base lab { machine X, Y, Z; X -- Y -- Z }
internet large on lab { router r[400] at Y; chain(r) }
EOF
direct() { expect_exit "$1" "${@:2}" "$BUILD/vinet" --root "$ROOT" --no-daemon up "$STAGE/line.vinet"; }

# F-93, F-95: while nothing runs yet. The first call of its kind, one in the middle, and all.
while read -r errno when; do
  code=0
  strace -qqfo /dev/null -e trace=bpf -e "inject=bpf:error=$errno:when=$when" \
    "$BUILD/vinet" --root "$ROOT" --no-daemon up "$STAGE/line.vinet" >"$OUT" 2>"$ERR" </dev/null || code=$?
  cat "$ERR" >>"$LOG"
  if ((code == 0)); then
    [[ $when != 1+ ]] || fail "F-95: up without bpf() says it is done"
    down --all  # it found another way
  else
    ((code < 128)) && grep -qiE 'bpf|program|map' "$ERR" || fail "F-95: $errno at $when: exit code $code: $(cat "$ERR")"
  fi
done <<<$'EPERM 1\nEINVAL 9\nE2BIG 1+\nENOMEM 12'
nothing_left "F-95: after refused programs"
direct 1 strace -qqfo /dev/null -e trace=unshare -e inject=unshare:error=ENOSPC:when=1+
expect_match "F-93: what up says" "user.max_net_namespaces" "$(cat "$ERR")"
nothing_left "F-93: after namespaces were refused"

up "$STAGE/line.vinet"
ticks() { vinet logs line.D | grep -c tick; }
wait_for 20 eval '(($(ticks) > 1))'
watch line.A line.D
remember "$STAGE/line.vinet"

# F-90: no descriptor is left to the daemon.
held=$(for ((i = 0; i < 40; ++i)); do descriptors "$DAEMON" && pause 0.07; done | sort -n | head -1)  # between its looks
for ((free = 3; free >= 0; --free)); do
  prlimit --pid "$DAEMON" --nofile="$((held + free)):$((held + free))"  # the hard one too: it raises the soft one
  code=0
  timeout -k 5 60 "$BUILD/vinet" --root "$ROOT" up "$STAGE/second.vinet" >"$OUT" 2>"$ERR" || code=$?
  cat "$ERR" >>"$LOG"
  if ((code != 0)); then break; fi  # it had enough
  down second
done
((code > 0 && code < 8)) || fail "F-90: up without descriptors: exit code $code: $(cat "$ERR")"
expect_match "F-90: what up says" "[Tt]oo many open files" "$(cat "$ERR")"
run pings line.A "$(identity line.D)"
fewer() { (($(descriptors "$DAEMON") <= held + 1)); }
wait_for 10 fewer
kill -9 "$DAEMON"  # a hard limit is not lifted again
run vinet ls
forget_daemon
invariants "F-90: when there are descriptors again"
remember "$STAGE/line.vinet"

# F-96: the daemon gets a tenth of a processor: nothing is taken for dead, no program is started again.
program() { vinet ls line.D --json | jq -r '.[0].run.pid'; }
first=$(program)
for ((i = 0; i < 20; ++i)); do
  kill -STOP "$DAEMON" && pause 0.18
  kill -CONT "$DAEMON" && pause 0.02
done
expect_equal "F-96: the program" "$first" "$(program)"
invariants "F-96: a starved daemon"

# F-69: the disk of state and logs is full: the daemon goes on, and so does what runs.
WATCHED=
down --all
state=$ROOT/run/vinet
mkdir -p "$state" && mount -t tmpfs -o size=2m tmpfs "$state"
up "$STAGE/line.vinet"
wait_for 20 eval '(($(ticks) > 1))'
first=$(program)
dd if=/dev/zero of="$state/fill" bs=4k >/dev/null 2>&1 || true
run pings line.A "$(identity line.D)"
run vinet ls
expect_equal "F-69: the program" "$first" "$(program)"
expect_exit 1 vinet up "$STAGE/second.vinet"
expect_match "F-69: what up says" "[Nn]o space" "$(cat "$ERR")"
rm "$state/fill"
said=$(ticks)
wait_for 10 eval '(($(ticks) > said))'
remember "$STAGE/line.vinet"
invariants "F-69: when there is space again"

# F-91: no memory is left to the daemon. It may die of it; then the next one finds all as it was.
prlimit --pid "$DAEMON" --data=1000000:
code=0
timeout -k 5 60 "$BUILD/vinet" --root "$ROOT" up "$STAGE/large.vinet" >>"$LOG" 2>&1 || code=$?
((code == 1)) || fail "F-91: up without memory: exit code $code"
run pings line.A "$(identity line.D)"
[[ ! -d /proc/$DAEMON ]] || prlimit --pid "$DAEMON" --data=unlimited:
run vinet ls
forget_daemon
invariants "F-91: when there is memory again"
remember "$STAGE/line.vinet"

# F-91: no further thread or process is given to the daemon: it refuses what it cannot do, and lives.
strace -qqfo /dev/null -p "$DAEMON" -e trace=clone,clone3 -e inject=clone,clone3:error=EAGAIN 2>>"$LOG" &
tracer=$!
wait_for 10 eval '[[ $(sed -n "s/^TracerPid:[^0-9]*//p" /proc/$DAEMON/status) != 0 ]]'
code=0
timeout -k 5 60 "$BUILD/vinet" --root "$ROOT" up "$STAGE/second.vinet" >>"$LOG" 2>"$ERR" || code=$?
cat "$ERR" >>"$LOG"
expect_match "F-91: what up says without threads" "no thread is left" "$(cat "$ERR")"
((code == 1)) || fail "F-91: up without threads: exit code $code: $(cat "$ERR")"
run pings line.A "$(identity line.D)"
kill "$tracer" && wait "$tracer" || true
invariants "F-91: when there are threads again"
down --all
umount "$state"
leave_nothing
