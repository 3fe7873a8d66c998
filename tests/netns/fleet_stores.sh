#!/usr/bin/env bash
# Faults of the stores of machines, and of their controller's: faults.md F-60, F-61, F-62, F-63, F-64, F-66, F-67, F-69. What
# runs goes on, a witness loses no packet of 1,000 a second; an `up` that needs the machine is refused with its name, and
# leaves nothing anywhere; `vinet base ls` says what is wrong there; afterwards all is as it was.
#
#      A ----- B ----- D        line        v -- w     witness, on M1 and M3
#      m1 ~ core ~ m2 ~ core ~ m3           the stores of m1 and m2 lie on small disks
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
command -v sqlite3 >/dev/null || skip "no sqlite3"
state() { echo "$STAGE/m$1/run/vinet"; }
fill() { dd if=/dev/zero of="$(state "$1")/fill" bs=4k >/dev/null 2>&1 || true; }

fleet_net 3
fleet_pki
for i in 1 2; do mkdir -p "$(state $i)" && mount -t tmpfs -o size=4m tmpfs "$(state $i)"; done
for i in 1 2 3; do fleet_start $i; done
fleet_empty
{ fleet_description && echo 'internet witness on fleet { host v at M1; host w at M3; v -- w }'; } >"$STAGE/witness.vinet"
cat >"$STAGE/line.vinet" <<<'internet line on fleet { host A at M1; router B at M2; host D at M3; A -- B -- D }'
cat >"$STAGE/more.vinet" <<<'internet more on fleet { host a at M1; host b at M2; a -- b }'
run vinet_at 1 up "$STAGE/witness.vinet"
run vinet_at 1 up "$STAGE/line.vinet"
fleet_remember
fleet_watch 1 witness.v 3 witness.w
works() { fleet_pings 1 line.A 3 line.D; }
says() { [[ $(fleet_machine 1 fleet.M2 .trouble) =~ $1 ]]; }
well() { [[ $(fleet_machine 1 fleet.M2 '"\(.trouble)\(.away)"') == false ]]; }
# WHAT PATTERN: an up that needs m2 is refused with it, soon, and nothing of it is anywhere; what runs is whole.
refused() {
  local code=0
  SECONDS=0
  vinet_at 1 up "$STAGE/more.vinet" >"$OUT" 2>"$ERR" || code=$?
  cat "$ERR" >>"$LOG"
  ((code > 0 && code < 8)) || fail "$1: exit code $code of an up"
  expect_less "$1: seconds until it says so" "$SECONDS" 60
  expect_match "$1: what up says" "$2" "$(cat "$ERR")"
  expect_equal "$1: what is left of it" "" "$(ls "$STAGE"/m*/run/netns | grep '^more' || true)"
  run works
}
# Now it goes.
mended() {
  wait_for 30 well
  run vinet_at 1 up "$STAGE/more.vinet"
  run fleet_pings 1 more.a 2 more.b
  run vinet_at 1 verify
  run vinet_at 1 down more
  fleet_holds "$1"
}

fill 2
refused "F-60, F-61: disk of m2 full" "M2.*([Nn]o space|full)"
wait_for 10 says 'member.db.*([Nn]o space|full)'
expect_match "F-60: base ls" "M2 .*watching only" "$(vinet_at 1 base ls)"
fleet_kill 2
fleet_start 2
run works
refused "F-62: m2 started on a full disk" "M2.*([Nn]o space|full|takes no nodes)"
rm "$(state 2)/fill"
mended "F-60, F-62, F-69: space again, without a restart"

fill 1
refused "F-60: disk of the controller full" "([Nn]o space|full)"
rm "$(state 1)/fill"
mended "F-60: space again on the controller"

# A file system that cannot be written. (Not the whole directory: there a daemon could not even listen.)
fleet_kill 2
mount --bind "$(state 2)/member.db" "$(state 2)/member.db" && mount -o remount,ro,bind "$(state 2)/member.db"
fleet_start 2
refused "F-62: store of m2 read-only" "M2.*([Rr]ead-?only)"
fleet_holds "F-62: what m2 has made stays"
umount -l "$(state 2)/member.db"
mended "F-62: store of m2 can be written again"

# Lost or emptied, under the daemon and between two.
for how in 'rm "$(state 2)"/member.db*' ': >"$(state 2)/member.db"; rm -f "$(state 2)"/member.db-*'; do
  eval "$how"
  mended "F-63: store of m2 lost under its daemon: $how"
  fleet_kill 2
  eval "$how"
  fleet_start 2
  run works
  mended "F-63: store of m2 lost while no daemon ran: $how"
done

fleet_kill 2
sqlite3 "$(state 2)/member.db" 'pragma wal_checkpoint(truncate)' >>"$LOG"
cp -a "$(state 2)" "$STAGE/kept"
dd if=/dev/urandom of="$(state 2)/member.db" bs=1 seek=100 count=3000 conv=notrunc 2>/dev/null
cp "$(state 2)/member.db" "$STAGE/damaged"
fleet_start 2
wait_for 15 says 'member.db'
refused "F-64: store of m2 damaged" "M2.*member.db"
cmp -s "$(state 2)/member.db" "$STAGE/damaged" || fail "F-64: what is damaged was changed"
fleet_holds "F-64: what m2 has made stays"
run vinet_at 2 recover
expect_match "F-64: what recover says" "member.db" "$(cat "$OUT")"
mended "F-64: after recover"
rm -f "$(state 2)"/*.damaged*

# Every kind of write and sync fails once, then from some moment on.
more_is() { [[ $(vinet_at 1 plan --diff "$STAGE/more.vinet" 2>>"$LOG") == "no changes" ]]; }
for inject in pwrite64:error=EIO:when=1 pwrite64:error=EIO:when=4 fdatasync:error=EIO:when=1 pwrite64:error=ENOSPC:when=2+; do
  strace -qqfo /dev/null -p "${FLEET_PID[2]}" -e "trace=${inject%%:*}" -e "inject=$inject" 2>>"$LOG" & tracer=$!
  wait_for 10 eval '[[ $(sed -n "s/^TracerPid:[^0-9]*//p" /proc/${FLEET_PID[2]}/status) != 0 ]]'
  code=0
  vinet_at 1 up "$STAGE/more.vinet" >>"$LOG" 2>&1 || code=$?
  kill "$tracer" && wait "$tracer" || true
  wait_for 15 well
  if ((code == 0)); then
    run fleet_pings 1 more.a 2 more.b
    run vinet_at 1 down more
  fi
  fleet_holds "F-66: $inject (exit code $code)"
done

mkfifo "$STAGE/hold"
sqlite3 "$(state 2)/member.db" <"$STAGE/hold" >"$STAGE/held" 2>&1 & holder=$!
exec 7>"$STAGE/hold"
echo 'begin exclusive; select "held";' >&7
wait_for 5 grep -q held "$STAGE/held"
refused "F-67: store of m2 locked by another program" "M2.*locked"
exec 7>&-
wait "$holder" || true
mended "F-67: not locked any more"

fleet_watched "F-60 to F-69"
run vinet_at 1 down --all
fleet_left_nothing "after down"
fleet_clean
umount "$STAGE"/m{1,2}/run/vinet
leave_nothing
