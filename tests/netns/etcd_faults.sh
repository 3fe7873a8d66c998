#!/usr/bin/env bash
# F-68: one of three members of the etcd dies: unseen. Two: what runs loses nothing, changes are refused within U (10 s),
# looking says so. Back: all works. Compaction: unseen. All data lost: watch only, until `vinet recover`.
#
#      A -- B      1,000 numbered packets a second, all the time
#      X ~~ Y
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/etcds.sh"

etcds_start
daemon_start root
wait_for 5 leads root
describe net <<'END'
base lab { machine X, Y; X -- Y }
internet net on lab { host A at X; host B at Y; A -- B }
END
sed 's/host B at Y/host B at Y; host C at X; B -- C/' "$STAGE/net.vinet" >"$STAGE/more.vinet"
run vinet up "$STAGE/net.vinet"
run vinet backup "$STAGE/kept.db"
ns_background net.B "$BUILD/stream" receive 7000 >"$STAGE/received" 2>>"$LOG"
receiver=$BACKGROUND
wait_for 5 listens net.B 7000
ns_background net.A "$BUILD/stream" send "$(identity net.B)" 7000 1000 >"$STAGE/sent" 2>>"$LOG"
sender=$BACKGROUND
inventory >"$STAGE/streaming"

# Any one, also the one that was asked until now.
for i in 1 2 3; do
  etcd_kill "$i"
  run vinet up "$STAGE/more.vinet"
  run vinet up "$STAGE/net.vinet"
  etcd_start "$i"
  wait_for 20 etcd_healthy
done
run vinet ls net
same_inventory "$STAGE/streaming" "after each member was killed once"

# Two: no quorum.
etcd_kill 1
etcd_kill 2
for words in "up $STAGE/more.vinet" "down net" "renew net"; do
  start=$SECONDS
  # shellcheck disable=SC2086  # words
  expect_exit 1 vinet $words
  expect_match "why it refuses: $words" "127.0.0.1:2379" "$(cat "$ERR")"
  expect_less "seconds until it refuses: $words" $((SECONDS - start)) 11
done
expect_exit 1 vinet ls net
expect_match "what looking says" "this is what was read from it last" "$(cat "$OUT" "$ERR")"
no_quorum() { [[ $(trouble root) == *"no quorum"* ]]; }
wait_for 10 no_quorum
etcd_start 1
etcd_start 2
wait_for 20 etcd_healthy
same_inventory "$STAGE/streaming" "after there was no quorum"
wait_for 15 leads root
run vinet up "$STAGE/more.vinet"
run vinet up "$STAGE/net.vinet"

# Compaction, all the time.
for ((i = 0; i < 5; i++)); do
  keys compact "$(keys get /test/state -w json | jq .header.revision)" >>"$LOG"
  run vinet up "$STAGE/more.vinet"
  run vinet up "$STAGE/net.vinet"
done
same_inventory "$STAGE/streaming" "after compactions"

# Wiped: the daemon that runs, and one that starts, watch only.
etcds_wipe
lost() { [[ $(trouble root) == *"its data was lost or replaced"* ]]; }
wait_for 20 lost
for round in running restarted; do
  expect_exit 5 vinet up "$STAGE/more.vinet"
  expect_match "what is said of a lost state ($round)" "vinet recover" "$(cat "$ERR")"
  expect_exit 5 vinet down net
  same_inventory "$STAGE/streaming" "after its data was lost ($round)"
  daemon_kill root
  daemon_start root
  wait_for 20 lost
done
run vinet recover "$STAGE/kept.db"
expect_match "what is known again" "net: known again" "$(cat "$OUT")"
wait_for 10 leads root
run vinet up "$STAGE/net.vinet"
expect_equal "up after recover" $'lab: unchanged\nnet: unchanged' "$(cat "$OUT")"
same_inventory "$STAGE/streaming" "after recover"

kill "$sender" && wait "$sender" || true
arrived() { [[ $(ns net.B ss -Hlunm 'sport = :7000' | awk '{print $2}') == 0 ]]; }
wait_for 5 arrived
kill "$receiver" && wait "$receiver" || true
sent=$(awk '{print $2}' "$STAGE/sent")
expect_match "the stream" "^received $sent doubled 0 " "$(cat "$STAGE/received")"
run vinet down --all
daemon_kill root TERM
etcds_end
leave_nothing
