#!/usr/bin/env bash
# A controller on another computer, whose calendar is 20 minutes off, takes a lease over: it ends when it was to end, on the
# machines and in the state; one that ended while nobody controlled does not come back. faults.md F-76.
#
#      m1 (10 minutes ahead), m2 (10 minutes behind): controllers, one store in an etcd      m3, m4: machines
#      A (M3) -- B (M4)   line, under a lease        m2 has a boot of its own, as another computer has
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/etcds.sh"
faked=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -1)
[[ -n $faked ]] || skip "no libfaketime (package faketime)"

fleet_net 4
fleet_pki
fleet_etcds
cat /proc/sys/kernel/random/uuid >"$STAGE/boot_id"
start() {  # I
  local offset=(- +10m -10m)
  FLEET_WITH=()
  if (($1 <= 2)); then
    [[ $1 == 1 ]] || FLEET_WITH=(unshare --mount sh -c 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"' "$STAGE/boot_id")
    FLEET_WITH+=(env "LD_PRELOAD=$faked" "FAKETIME=${offset[$1]}" FAKETIME_DONT_FAKE_MONOTONIC=1)
    fleet_start "$1" --store "$STORE"
  else
    fleet_start "$1"
  fi
}
for i in 3 4 1; do start $i; done
wait_for 10 fleet_leads 1
start 2
fleet_description | grep -v -e M1 -e M2 >"$STAGE/fleet.vinet"
run vinet_at 1 up "$STAGE/fleet.vinet"
fleet_remember
has_line() { ls "$STAGE/m$1/run/netns" | grep -q '^line'; }
known() { vinet_at "$1" ls --json 2>/dev/null | jq -e '[.. | .name? | select(. == "line")] | length > 0'; }
since_begin() { awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print int(10 * (b - a)) }'; }  # in tenths of a second
up_for() {  # SECONDS AT
  begin=$EPOCHREALTIME
  run vinet_at "$2" up - <<<"internet line on fleet [lease = $1s] { host A at M3; host B at M4; A -- B }"
}
# Gone from machines and state when so many seconds are over, within 5 s, and for good.
ends_after() {  # WHAT SECONDS CONTROLLER
  local gone=0 at
  until ((gone)); do
    has_line 3 || has_line 4 || known "$3" >/dev/null || gone=1
    at=$(since_begin)
    ((at < 10 * $2 + 300)) || fail "$1: line is still there after $at tenths of a second"
    pause 0.1
  done
  echo "$1: a lease of $2 s, gone after $at tenths of a second"
  expect_less "$1: tenths of a second before its time" $((10 * $2 - 11)) "$at"
  expect_less "$1: tenths of a second after its time" "$at" $((10 * $2 + 51))
}

up_for 25 1
ahead=$(fleet_events 1 up | tail -1 | jq ".time_us / 1000000 - $EPOCHSECONDS | floor")
((ahead > 500)) || fail "the clock of m1 is not faked: $ahead s"
fleet_kill 1
fleet_takes_over 2
known 2 >/dev/null || fail "m2 has not taken line over"
ends_after "F-76: taken over by who is behind" 25 2

start 1
wait_for 10 eval '[[ $(fleet_trouble 1) == "the controller is at 10.99.2.2:7411" ]]'
up_for 25 2
fleet_kill 2
fleet_takes_over 1
ends_after "F-76: taken over by who is ahead" 25 1

# The lease ends while nobody controls: m2 would give it ten minutes more by its own calendar.
up_for 8 1
fleet_kill 1
ends() { ! has_line 3 && ! has_line 4; }
wait_for 20 ends
start 2
fleet_takes_over 2
gone() { ! known 2; }
wait_for 5 gone
fleet_holds "F-76: a lease that ended while nobody controlled"
run vinet_at 2 down --all
etcds_end
fleet_clean
leave_nothing
