#!/usr/bin/env bash
# Command lines, replies and versions of a fleet: faults.md F-06, F-12, F-81, F-82, F-123, F-132, F-135. Each leaves all
# machines as before or as after; a witness loses no packet of 1,000 a second.
#
#      A ----- B ----- D        line        v -- w     witness, on M1 and M3
#      m1 ~ core ~ m2 ~ core ~ m3
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

fleet_net 3
fleet_pki
fleet_arm_all
for i in 1 2 3; do fleet_start $i; done
fleet_empty
{ fleet_description && echo 'internet witness on fleet { host v at M1; host w at M3; v -- w }'; } >"$STAGE/witness.vinet"
cat >"$STAGE/line.vinet" <<<'internet line on fleet { host A at M1; router B at M2; host D at M3; A -- B -- D }'
cat >"$STAGE/more.vinet" <<<'internet more on fleet { host a at M1; host b at M2; a -- b }'
run vinet_at 1 up "$STAGE/witness.vinet"
run vinet_at 1 up "$STAGE/line.vinet"
run vinet_at 1 exec line.D true  # the files of a node that a program sees are made with the first one
fleet_remember
fleet_watch 1 witness.v 3 witness.w
works() { fleet_pings 1 line.A 3 line.D; }
report() { "$BUILD/hold" "$STAGE/m$1/run/vinet/vinet.sock" report; }
reserved() { report 2 | grep -q '^reserved'; }
no_more() { ! ls "$STAGE"/m*/run/netns | grep -q '^more'; }
more_is() { [[ $(vinet_at 1 plan --diff "$STAGE/more.vinet" 2>>"$LOG") == "no changes" ]]; }
core() { nsenter --net="$STAGE/net/core" -- "$@"; }
at_end() { [[ ! -d /proc/$client ]] || [[ $(sed 's/.*) //' "/proc/$client/stat" 2>/dev/null | cut -c1) == Z ]]; }
# An `up` of more ($client) whose controller is stopped while m2 has a reservation for it, and nothing is made yet: between
# prepare and commit. The call at which that is is looked for, one after the other.
between() {
  local call
  for ((call = ${FOUND:-1}; call < 200; ++call)); do
    fleet_arm 1 "$call" STOP
    nsenter --net="$STAGE/net/m1" -- "$BUILD/vinet" --root "$STAGE/m1" up "$STAGE/more.vinet" >"$OUT" 2>"$ERR" &
    client=$!
    wait_for 20 eval '(($(fleet_armed 1) == 0))' 
    if wait_a_little reserved && no_more; then echo "between the phases: call $call" && FOUND=$((call > 3 ? call - 3 : 1)) && return; fi
    kill -CONT "${FLEET_PID[1]}"
    wait "$client" || true  # held up too long, it is refused
    vinet_at 1 down more >>"$LOG" 2>&1 || true
  done
  fail "no moment between prepare and commit"
}
wait_a_little() {
  local n tick
  for ((n = 0; n < 4; ++n)); do
    ! "$@" || return 0
    read -rt 0.05 tick <>"$STAGE/tick" || true
  done
  return 1
}
go_on() { kill -CONT "${FLEET_PID[1]}"; }
ends() { CODE=0; wait_for 60 at_end; wait "$client" || CODE=$?; cat "$OUT" "$ERR" >>"$LOG"; }
operation_is_over() { [[ $(vinet_at 1 status --json | jq -r .operation) == none ]]; }

# F-06: the command line goes between the phases.
for signal in INT HUP KILL; do
  between
  kill "-$signal" "$client"
  go_on
  ends
  wait_for 20 operation_is_over
  ((CODE != 0)) || fail "F-06: SIG$signal: exit code 0"
  if [[ $signal == INT ]]; then
    expect_equal "F-06: exit code after SIGINT" 6 "$CODE"
  else
    wait_for 20 more_is
    run fleet_pings 1 more.a 2 more.b
    run vinet_at 1 down more
  fi
  fleet_holds "F-06: SIG$signal to the command line of an up"
done

# F-82: the commit comes when the reservations are over: of a controller that was paused, whose command line has given it
# up meanwhile, and of a plain caller, who is told.
describe lab <<<$'base lab { machine X }\ninternet lone on lab { host a at X }'
between
hold() { "$BUILD/hold" "$STAGE/m2/run/vinet/vinet.sock" other:i:1:1:o "$@"; }
run hold prepare "$STAGE/lab.vinet"
wait_for 45 eval '! reserved'
expect_exit 1 hold commit
expect_match "F-82: what a machine says" "reservation expired" "$(cat "$ERR")"
go_on
ends
((CODE != 0)) || fail "F-82: an up whose reservations were over says it is done"
wait_for 30 operation_is_over
fleet_holds "F-82: a commit after its reservation had expired"

# F-81: m2 commits, and its answers are lost, until up has ended.
between
core nft 'add table ip cut; add chain ip cut f { type filter hook forward priority 0; }; add rule ip cut f ip saddr 10.99.2.2 tcp sport 7411 drop'
go_on
SECONDS=0
ends
expect_less "F-81: seconds of an up" "$SECONDS" 60
core nft delete table ip cut
wait_for 20 eval '[[ $(fleet_machine 1 fleet.M2 .away) == false ]]'
if ((CODE == 0)); then
  run fleet_pings 1 more.a 2 more.b
  run vinet_at 1 down more
else
  expect_match "F-81: what up says" "M2" "$(cat "$ERR")"
fi
fleet_holds "F-81: answers of m2 were lost (exit code $CODE)"

# F-12: a program on another machine whose daemon is killed ends, not with success, and the terminal is as before.
mkfifo "$STAGE/keys"
exec 7<>"$STAGE/keys"
cat >"$STAGE/typing" <<END
stty -a >$STAGE/tty-before
nsenter --net=$STAGE/net/m1 -- $BUILD/vinet --root $STAGE/m1 exec line.D sleep 1000.77
echo \$? >$STAGE/code
stty -a >$STAGE/tty-after
END
script -qfec "bash $STAGE/typing" "$STAGE/typed" <&7 >>"$LOG" 2>&1 &
wait_for 20 pgrep -fx "sleep 1000.77"
fleet_kill 3
wait_for 20 test -s "$STAGE/tty-after"
exec 7<&-
expect_less "F-12: exit code" 0 "$(cat "$STAGE/code")"
cmp "$STAGE/tty-before" "$STAGE/tty-after"
wait_for 10 eval '! pgrep -fx "sleep 1000.77"'
fleet_start 3
fleet_holds "F-12: daemon of m3 killed under exec"

# F-123: another user, and what lies where the socket should be.
expect_exit 7 nsenter --net="$STAGE/net/m2" -- setpriv --reuid 65534 --regid 65534 --clear-groups "$BUILD/vinet" --root "$STAGE/m2" down --all
fleet_kill 2
mkdir "$STAGE/elsewhere"
rm -f "$STAGE/m2/run/vinet/vinet.sock" && ln -s "$STAGE/elsewhere/sock" "$STAGE/m2/run/vinet/vinet.sock"
code=0
nsenter --net="$STAGE/net/m2" -- timeout 10 "$BUILD/vinet" --root "$STAGE/m2" daemon --listen "$(fleet_endpoint 2)" >>"$LOG" 2>&1 || code=$?
((code != 0)) || fail "F-123: a daemon that follows a symbolic link"
expect_equal "F-123: where the link leads" "" "$(ls "$STAGE/elsewhere")"
rm "$STAGE/m2/run/vinet/vinet.sock"
run works

# F-135: a newer vinet has written m2's store: this one does not touch it, and says so.
sqlite3 "$STAGE/m2/run/vinet/member.db" 'pragma user_version = 99' >>"$LOG"
dump() { sqlite3 "$STAGE/m2/run/vinet/member.db" .dump; }
dump >"$STAGE/dump"
fleet_start 2
wait_for 15 eval '[[ $(fleet_machine 1 fleet.M2 .trouble) =~ "version 99" ]]'
expect_exit 3 vinet_at 1 up "$STAGE/more.vinet"
expect_match "F-135: what up says" "M2.*version 99" "$(cat "$ERR")"
dump | cmp - "$STAGE/dump"
fleet_holds "F-135: an older daemon on a newer store"
sqlite3 "$STAGE/m2/run/vinet/member.db" 'pragma user_version = 1' >>"$LOG"
wait_for 15 eval '[[ -z $(fleet_machine 1 fleet.M2 .trouble) ]]'

# F-132: m2's programs are of another map layout: they go on, nothing is made beside them, and it is said.
ours() { fleet_net_at 2 sh -c 'tc filter show block 30313; tc filter show dev eth0 ingress' | sed -nE 's/.* id ([0-9]+) name vi_.*/\1/p' | sort -u; }
config=$(for id in $(ours); do bpftool -j prog show id "$id" | jq -r '.map_ids[]'; done | sort -un |
  while read -r id; do bpftool -j map show id "$id" | jq -r 'select(.name == "vi_config").id'; done | head -1)
value=$(bpftool -j map lookup id "$config" key 0 0 0 0 | jq -r '.value | map(ltrimstr("0x")) | join(" ")')
fleet_kill 2
bpftool map update id "$config" key 0 0 0 0 value hex 63 ${value#* }
fleet_start 2
wait_for 20 eval 'report 2 | grep -q "^held fleet .*another version"'
expect_exit 5 vinet_at 1 up "$STAGE/more.vinet"
expect_match "F-132: what up says" "M2.*another version of vinet" "$(cat "$ERR")"
run works
wait_for 10 no_more
bpftool map update id "$config" key 0 0 0 0 value hex ${value}
fleet_holds "F-132: programs of another map layout"
wait_for 20 eval '! report 2 | grep -q "another version"'
run vinet_at 1 up "$STAGE/more.vinet"
run vinet_at 1 down more
fleet_holds "F-132: afterwards"
fleet_watched "F-06 to F-135"
run vinet_at 1 down --all
fleet_left_nothing "after down"
fleet_clean
leave_nothing
