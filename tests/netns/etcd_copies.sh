#!/usr/bin/env bash
# The state of a fleet that runs moves from a file into an etcd and back, by `vinet backup` and `vinet recover`: nothing is torn
# down, no packet is lost, and what is changed then is the newest word to the machines. A copy with a lab is refused. faults.md F-68.
#
#      A -- B      1,000 numbered packets a second        m1: controller, first with SQLite, then with an etcd, then SQLite
#      M2 ~ M3
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/etcds.sh"

fleet_net 3
fleet_pki
fleet_etcds
for i in 1 2 3; do fleet_start $i; done
fleet_empty
{ fleet_description | grep -v M1; echo 'internet net on fleet { host A at M2; host B at M3; A -- B }'; } >"$STAGE/net.vinet"
sed 's/host B at M3/host B at M3; host C at M2; B -- C/' "$STAGE/net.vinet" >"$STAGE/more.vinet"
run vinet_at 1 up "$STAGE/more.vinet"
run vinet_at 1 up "$STAGE/net.vinet"
fleet_remember
fleet_watch 2 net.A 3 net.B

from_to() {  # COPY STORE
  run vinet_at 1 backup "$STAGE/$1"
  fleet_kill 1 TERM
  fleet_start 1 --store "$2"
  run vinet_at 1 recover "$STAGE/$1"
  expect_match "what is known again ($1)" "net: known again" "$(cat "$OUT")"
  wait_for 5 fleet_leads 1
  fleet_holds "recover of $1"
  run vinet_at 1 up "$STAGE/net.vinet"
  expect_equal "up after recover ($1)" $'fleet: unchanged\nnet: unchanged' "$(cat "$OUT")"
}
from_to of-sqlite.db "$STORE"
[[ -e $STAGE/m1/run/vinet/vinet.db.moved-1 && ! -e $STAGE/m1/run/vinet/vinet.db ]] || fail "the file, whose state is elsewhere now, is not aside"
# Another daemon of the etcd takes over what was recovered.
fleet_kill 2 TERM
fleet_start 2 --store "$STORE"
fleet_kill 1 TERM
wait_for 5 fleet_leads 2
run vinet_at 2 up "$STAGE/more.vinet"
fleet_start 1
fleet_kill 2 TERM
fleet_start 2 --store sqlite
wait_for 5 fleet_leads 1
run vinet_at 1 up "$STAGE/net.vinet"
fleet_holds "changes by both"

# What the file said before must not be made again when the state comes back to it.
run vinet_at 1 up "$STAGE/more.vinet"
fleet_all >"$STAGE/larger"
run vinet_at 1 backup "$STAGE/of-etcd.db"
fleet_kill 1 TERM
fleet_start 1 --store sqlite
fleet_same "$STAGE/larger" "a daemon with its old file again"
run vinet_at 1 recover "$STAGE/of-etcd.db"
run vinet_at 1 up "$STAGE/more.vinet"
expect_equal "up after the way back" $'fleet: unchanged\nnet: unchanged' "$(cat "$OUT")"
fleet_same "$STAGE/larger" "the way back"

# What was brought up after the copy was made is named, and goes.
run vinet_at 1 up - <<<'internet late on fleet { host a at M2; host b at M3; a -- b }'
run vinet_at 1 recover "$STAGE/of-etcd.db"
expect_match "what the copy does not have" "late: held by machines, and is not in the copy; it is removed there" "$(cat "$OUT")"
fleet_same "$STAGE/larger" "an older copy"
fleet_watched "the state moved"

run vinet_at 1 down --all
run vinet_at 1 up - <<<'base lab { machine X }'
run vinet_at 1 backup "$STAGE/lab.db"
run vinet_at 1 down --all
fleet_kill 1 TERM
keys del --prefix /test/ >>"$LOG"
rm "$STAGE/m1/run/vinet/etcd.seen" 2>/dev/null || true
fleet_start 1 --store "$STORE"
expect_exit 5 vinet_at 1 recover "$STAGE/lab.db"
expect_match "a copy with a lab" "'lab' is a base of one computer" "$(cat "$ERR")"
fleet_kill 1 TERM
etcds_end
fleet_start 1 --store sqlite
fleet_left_nothing "down"
fleet_clean
leave_nothing
