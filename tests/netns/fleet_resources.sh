#!/usr/bin/env bash
# Machines of a fleet without what they need: faults.md F-31, F-90, F-91, F-93, F-96. An `up` is done, or refused with the
# machine's name; afterwards all is as before; a witness loses no packet of 1,000 a second.
#
#      A ----- B ----- D        line; B runs a program        v -- w     witness, on M1 and M3
#      m1 ~ core ~ m2 ~ core ~ m3       it is m2 that lacks something
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

fleet_begin 3
fleet_empty
{ fleet_description && echo 'internet witness on fleet { host v at M1; host w at M3; v -- w }'; } >"$STAGE/witness.vinet"
cat >"$STAGE/line.vinet" <<'EOF2'
internet line on fleet { host A at M1; router B at M2 [run = "while sleep 0.2; do echo tick; done"]; host D at M3; A -- B -- D }
EOF2
cat >"$STAGE/more.vinet" <<<'internet more on fleet { host a at M1; router r[8] at M2; host b at M3; chain(r); a -- r[0]; r[7] -- b }'
cat >"$STAGE/large.vinet" <<<'internet large on fleet { host a at M1; router r[300] at M2; chain(r); a -- r[0] }'
run vinet_at 1 up "$STAGE/witness.vinet"
run vinet_at 1 up "$STAGE/line.vinet"
program() { "$BUILD/hold" "$STAGE/m2/run/vinet/vinet.sock" report | sed -n 's/^run line.B running //p'; }
wait_for 20 eval '[[ -n $(program) ]]'
fleet_remember
fleet_watch 1 witness.v 3 witness.w
works() { fleet_pings 1 line.A 3 line.D; }
here() { [[ $(fleet_machine 1 fleet.M2 '"\(.trouble)\(.away)"') == false ]]; }
# An up that m2 makes hard: WHAT PATTERN [FILE]. $CODE; refused, it says the machine and the pattern within 60 s.
try_up() {
  SECONDS=0 CODE=0
  timeout -k 5 90 nsenter --net="$STAGE/net/m1" -- "$BUILD/vinet" --root "$STAGE/m1" up "$STAGE/${3:-more}.vinet" >"$OUT" 2>"$ERR" || CODE=$?
  cat "$ERR" >>"$LOG"
  cp "$ERR" "$STAGE/said"
  expect_less "$1: seconds of up" "$SECONDS" 61
  ((CODE < 8)) || fail "$1: exit code $CODE"
  ((CODE == 0)) || expect_match "$1: what up says" "$2" "$(cat "$ERR")"
  run works
}
restored() { wait_for 20 here; vinet_at 1 down "${2:-more}" >>"$LOG" 2>&1 || true; fleet_holds "$1"; }
# m2's daemon runs so many milliseconds of every 200, until $slow is killed.
starve() {
  local pid=${FLEET_PID[2]}
  (trap - EXIT ERR; while kill -STOP "$pid"; do pause "0.$(printf %03d $((200 - $1)))"; kill -CONT "$pid"; pause "0.$(printf %03d "$1")"; done) &
  slow=$!
}
feed() { kill "$slow" && wait "$slow" || true; kill -CONT "${FLEET_PID[2]}"; }

# F-96: a tenth of a processor is no reason to call it away, nor to start its programs anew.
first=$(program) gone=$(fleet_events 1 away | wc -l)
starve 20
pause 12
feed
expect_equal "F-96: how often m2 was called away" "$gone" "$(fleet_events 1 away | wc -l)"
expect_equal "F-96: the program" "$first" "$(program)"
fleet_holds "F-96: m2 was starved"

# F-31: a hundredth.
starve 2
try_up "F-31" "M2"
feed
echo "F-31: exit code $CODE after $SECONDS s"
restored "F-31: m2 was very slow"

# F-90: no descriptor is left to m2.
descriptors() { ls "/proc/${FLEET_PID[2]}/fd" | wc -l; }
held=$(for ((i = 0; i < 20; ++i)); do descriptors && pause 0.07; done | sort -n | head -1)
for ((free = 3; free >= 0; --free)); do
  prlimit --pid "${FLEET_PID[2]}" --nofile="$((held + free)):$((held + free))"
  try_up "F-90" "M2"
  ((CODE == 0)) || break
  run vinet_at 1 down more
done
((CODE != 0)) || fail "F-90: m2 needs no descriptors"
expect_match "F-90: what up says" "[Tt]oo many open files" "$(cat "$STAGE/said")"
prlimit --pid "${FLEET_PID[2]}" --nofile=1024:1024 || { fleet_kill 2 && fleet_start 2; }
restored "F-90: descriptors again"
wait_for 10 eval '(($(descriptors) <= held + 6))'

# F-93: the sysctl leaves m2 fewer namespaces than it needs, and others enough: refused before anything is made. (The real
# one is of all tests that run: it is seen changed in this test's mounts only.)
spaces() { { sed -n 's/.* net:\[\([0-9]*\)\] .*/\1/p' /proc/self/mountinfo; readlink /proc/[0-9]*/ns/net | tr -dc '0-9\n'; } | sort -u | wc -l; }
echo $(($(spaces) + 4)) >"$STAGE/most"
mount --bind "$STAGE/most" /proc/sys/user/max_net_namespaces
expect_exit 1 vinet_at 1 up "$STAGE/more.vinet"
expect_match "F-93: what up says" "M2.*8 more network namespaces are needed.*sysctl user.max_net_namespaces" "$(cat "$ERR")"
umount /proc/sys/user/max_net_namespaces
fleet_holds "F-93: the sysctl"

# F-93: the kernel has none left after all, when m2 is to make them.
strace -qqfo /dev/null -p "${FLEET_PID[2]}" -e trace=unshare -e inject=unshare:error=ENOSPC 2>>"$LOG" & tracer=$!
traced() { [[ $(sed -n "s/^TracerPid:[^0-9]*//p" "/proc/${FLEET_PID[2]}/status") != 0 ]]; }
wait_for 10 traced
try_up "F-93" "M2.*user.max_net_namespaces"
kill "$tracer" && wait "$tracer" || true
((CODE != 0)) || fail "F-93: m2 needs no namespaces"
restored "F-93: namespaces again"

# F-91: no thread, then no memory. It may die of that.
strace -qqfo /dev/null -p "${FLEET_PID[2]}" -e trace=clone,clone3 -e inject=clone,clone3:error=EAGAIN 2>>"$LOG" & tracer=$!
wait_for 10 traced
try_up "F-91: no threads" "M2"
kill "$tracer" && wait "$tracer" || true
restored "F-91: threads again"
prlimit --pid "${FLEET_PID[2]}" --data=1000000:
try_up "F-91: no memory" "M2" large
echo "F-91: exit code $CODE after $SECONDS s, m2 $([[ -d /proc/${FLEET_PID[2]} ]] && echo lives || echo died)"
fleet_kill 2
fleet_start 2
restored "F-91: memory again" large

fleet_watched "F-31 to F-96"
run vinet_at 1 down --all
fleet_left_nothing "after down"
fleet_clean
leave_nothing
