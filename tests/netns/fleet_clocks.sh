#!/usr/bin/env bash
# Clocks of machines: faults.md F-75, F-76, F-77, F-78. A lease ends on each machine by itself, within 5 s of the same moment
# and not before its time, whatever the wall clocks say, also where the controller is gone; a lease renewed while a machine
# was frozen holds there too; nobody is kept busy by clocks that jump.
#
#      A ----- B ----- D           line, on M2 to M4, under a lease      v -- w     witness, on M2 and M4
#      m2 ~ core ~ m3 ~ core ~ m4       m1 is the controller; m2 is 10 minutes ahead, m3 10 minutes behind
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
faked=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -1)
[[ -n $faked ]] || skip "no libfaketime (package faketime)"

fleet_net 4
fleet_pki
# A daemon's wall clock is so far from the right one as $STAGE/clock-m<i> says; its other clocks are right.
clock() { echo "$2" >"$STAGE/clock-m$1.new" && mv "$STAGE/clock-m$1.new" "$STAGE/clock-m$1"; }
start() {  # I [WORD...]: by these words
  FLEET_WITH=("${@:2}" env "LD_PRELOAD=$faked" "FAKETIME_TIMESTAMP_FILE=$STAGE/clock-m$1" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
  fleet_start "$1"
  FLEET_WITH=()
}
clock 1 +0
clock 2 +10m
clock 3 -10m
clock 4 +0
for i in 1 2 3 4; do start $i; done
fleet_empty
{ fleet_description && echo 'internet witness on fleet { host v at M2; host w at M4; v -- w }'; } >"$STAGE/witness.vinet"
run vinet_at 1 up "$STAGE/witness.vinet"
run vinet_at 1 verify
fleet_remember
fleet_watch 2 witness.v 4 witness.w
works() { fleet_pings 2 line.A 4 line.D; }
has_line() { ls "$STAGE/m$1/run/netns" | grep -q '^line'; }
up_for() {  # SECONDS; $begin: just before
  begin=$EPOCHREALTIME
  run vinet_at 1 up - <<<"internet line on fleet [lease = $1s] { host A at M2; router B at M3; host D at M4; A -- B -- D }"
  run works
}
since_begin() { awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print int(10 * (b - a)) }'; }  # in tenths of a second
# All let go of line when so many seconds are over, and within 5 s.
ends_after() {  # WHAT SECONDS
  local i went=() first last
  while ((${#went[@]} < 3)); do
    for i in 2 3 4; do [[ -n ${went[$i]:-} ]] || has_line $i || went[$i]=$(since_begin); done
    (($(since_begin) < 10 * $2 + 300)) || fail "$1: line is still there; gone after ${went[*]} tenths of a second on m${!went[*]}"
    pause 0.1
  done
  echo "$1: a lease of $2 s, gone after ${went[*]} tenths of a second" | tee -a "$LOG"
  read -r first last < <(printf '%s\n' "${went[@]}" | sort -n | sed -n '1p;$p' | xargs)
  expect_less "$1: tenths of a second before its time" $((10 * $2 - 11)) "$first"
  expect_less "$1: tenths of a second between two machines" $((last - first)) 50
}

up_for 25
shift=$(($(fleet_events 2 held | tail -1 | jq .time_us) / 1000000 - EPOCHSECONDS))
((shift > 500 && shift < 700)) || fail "the clock of m2 is not faked: $shift s"
used() { awk '{ print $14 + $15 }' "/proc/${FLEET_PID[$1]}/stat"; }  # hundredths of a second of a processor
before=$(used 3)
for ((flip = 0; flip < 20; ++flip)); do
  clock 2 "$( ((flip % 2)) && echo -10m || echo +1d)"
  clock 3 "$([[ $((flip % 2)) == 0 ]] && echo +0.2 || echo -0.2)"
  pause 0.2
done
expect_less "F-75: hundredths of a second of a processor, in 4 s of a jumping clock" $(($(used 3) - before)) 120
clock 2 +10m
clock 3 -10m
fleet_kill 1
ends_after "F-75, F-76: clocks far apart and jumping, no controller" 25
start 1
fleet_holds "F-76: after the lease has ended"
run vinet_at 1 ls
expect_no_match "F-76: the controller knows it" "line" "$(cat "$OUT")"

# F-77: m3 starts with the clocks of another boot, a day later by them.
up_for 40
fleet_kill 3
unshare --time --monotonic 86400 --boottime 86400 --fork sleep infinity & time_holder=$!
wait_for 5 pgrep -P "$time_holder"
cat /proc/sys/kernel/random/uuid >"$STAGE/boot_id"
mount --bind "$STAGE/boot_id" /proc/sys/kernel/random/boot_id
start 3 nsenter --time="/proc/$(pgrep -P "$time_holder")/ns/time" --
has_line 3 || fail "F-77: m3 let go of line"
run works
umount /proc/sys/kernel/random/boot_id
ends_after "F-77: m3 started with the clocks of another boot" 40

# F-78: m3 is frozen for longer than its lease, which is renewed meanwhile: contact comes before its end is judged.
# With its right clock: where only what the process reads is late, and not the kernel's own, timed waits return at once.
clock 3 +0
up_for 40
kill -STOP "${FLEET_PID[3]}"
pause 30
run vinet_at 1 renew line --lease 80s
pause 25
kill -CONT "${FLEET_PID[3]}"
before=$(used 3)
pause 5
expect_less "F-78: hundredths of a second of a processor, in 5 s after it" $(($(used 3) - before)) 150
has_line 3 || fail "F-78: m3 let go of a lease that was renewed"
run works
run vinet_at 1 verify
run vinet_at 1 down line
fleet_watched "F-75 to F-78"
run vinet_at 1 down --all
fleet_left_nothing "after down"
kill "$(pgrep -P "$time_holder")" && wait "$time_holder" || true
fleet_clean
leave_nothing
