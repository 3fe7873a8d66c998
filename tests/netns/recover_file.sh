#!/usr/bin/env bash
# `backup FILE` and `recover FILE` while a daemon runs: the copy takes the state's place, and what runs follows it; the
# former is aside. A copy in the version of an older vinet is taken too.
source "$(dirname "$0")/lib.sh"
state=$ROOT/run/vinet

net() {
  describe net <<EOF
base lab { machine X, Y; X -- Y }
internet net on lab { host A at X; router B at Y; A -- B; $1 }
EOF
}
net ''
up "$STAGE/net.vinet"
expect_exit 4 "$BUILD/vinet" --root "$STAGE/nothing" backup "$STAGE/none.db"
run vinet backup "$STAGE/kept.db"
run vinet backup --schema 2 "$STAGE/old.db"
expect_exit 2 vinet backup --schema 1 "$STAGE/none.db"
[[ ! -e $STAGE/none.db ]] || fail "a copy that could not be made is there"
version() { od -An -tu4 --endian=big -j60 -N4 "$1" | tr -d ' '; }
expect_equal "versions of the copies" "3 2" "$(version "$STAGE/kept.db") $(version "$STAGE/old.db")"
expect_equal "who may read them" "600 600" "$(stat -c %a "$STAGE/kept.db") $(stat -c %a "$STAGE/old.db")"
before=$(identity net.A)
net 'host C at X; B -- C [rate = 10mbit]'
up "$STAGE/net.vinet"
run pings net.C "$before"

expect_exit 5 vinet recover "$STAGE/net.vinet"
run vinet ls net.C
(cd "$STAGE" && run vinet recover kept.db)
expect_match "where the former state is" "$state/vinet.db.before-1" "$(cat "$OUT")"
expect_match "what is known" "net: known again" "$(cat "$OUT")"
gone() { [[ ! -e $ROOT/run/netns/net.C ]]; }
wait_for 20 gone
expect_exit 4 vinet ls net.C
expect_equal "A's address" "$before" "$(identity net.A)"
all_reachable

# And forward again, from what was put aside.
run vinet recover "$state/vinet.db.before-1"
there() { pings net.C "$before"; }
wait_for 20 there
all_reachable
run vinet recover "$STAGE/old.db"
wait_for 20 gone
all_reachable
rm -f "$state"/vinet.db.before-*
down --all
leave_nothing
