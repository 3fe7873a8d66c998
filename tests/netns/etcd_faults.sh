#!/usr/bin/env bash
# F-68 with a fleet: one of three members of the etcd dies: unseen. Two: what runs loses nothing, changes are refused within U
# (10 s), looking says so. Back: all works. Compaction: unseen. All data lost: watch only, nothing is torn down, until
# `vinet recover`.
#
#      A -- B      1,000 numbered packets a second, all the time      m1, m2: controllers, one store in etcd 1, 2, 3
#      M3 ~ M4                                                        m3, m4: machines
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/etcds.sh"

fleet_net 4
fleet_pki
fleet_etcds
for i in 1 2; do fleet_start $i --store "$STORE"; done
for i in 3 4; do fleet_start $i; done
wait_for 5 fleet_leads 1
fleet_empty
{ fleet_description | grep -v -e M1 -e M2; echo 'internet net on fleet [lease = 8h] { host A at M3; host B at M4; A -- B }'; } >"$STAGE/net.vinet"
sed 's/host B at M4/host B at M4; host C at M3; B -- C/' "$STAGE/net.vinet" >"$STAGE/more.vinet"
run vinet_at 1 up "$STAGE/net.vinet"
run vinet_at 1 backup "$STAGE/kept.db"
fleet_remember
fleet_watch 3 net.A 4 net.B
changes_again() {  # I WHAT
  run vinet_at "$1" up "$STAGE/more.vinet"
  run vinet_at "$1" up "$STAGE/net.vinet"
  fleet_holds "$2"
}

# Any one, also the one that was asked until now.
for i in 1 2 3; do
  etcd_kill "$i"
  changes_again 1 "member $i of the etcd is dead"
  etcd_start "$i"
  wait_for 20 etcd_healthy
done
fleet_leads 1 || fail "another leads, although the etcd had a quorum all the time: $(fleet_trouble 1)"

# Two: no quorum.
etcd_kill 1
etcd_kill 2
for words in "up $STAGE/more.vinet" "down net" "renew net" "base drain fleet M4"; do
  start=$SECONDS
  # shellcheck disable=SC2086  # words
  expect_exit 1 vinet_at 1 $words
  expect_match "why it refuses: $words" "10.99.0.1:2379" "$(cat "$ERR")"
  expect_less "seconds until it refuses: $words" $((SECONDS - start)) 11
done
expect_exit 1 vinet_at 1 ls net
expect_match "what looking says" "this is what was read from it last" "$(cat "$OUT" "$ERR")"
no_quorum() { [[ $(fleet_trouble "$1") == *"no quorum"* ]]; }
wait_for 10 no_quorum 1
wait_for 10 no_quorum 2
etcd_start 1
etcd_start 2
wait_for 20 etcd_healthy
fleet_holds "there was no quorum"
wait_for 15 fleet_leader
changes_again "$(fleet_leader)" "there is a quorum again"

# Compaction, all the time.
for ((i = 0; i < 5; i++)); do
  keys compact "$(keys get /test/state -w json | jq .header.revision)" >>"$LOG"
  changes_again "$(fleet_leader)" "compaction"
done

# Wiped: daemons that run, and those that start, watch only.
etcds_wipe
lost() { [[ $(fleet_trouble "$1") == *"its data was lost or replaced"* ]]; }
leads_nothing() { lost "$1" || lost "$2"; }
for round in running restarted; do
  wait_for 20 leads_nothing 1 2
  leader=1
  lost 1 || leader=2
  expect_exit 5 vinet_at $leader up "$STAGE/more.vinet"
  expect_match "what is said of a lost state ($round)" "vinet recover" "$(cat "$ERR")"
  expect_exit 5 vinet_at $leader down net
  fleet_holds "its data was lost ($round)"
  [[ $round == running ]] || break
  for i in 1 2; do fleet_kill $i; done
  for i in 1 2; do fleet_start $i --store "$STORE"; done
done
run vinet_at $leader recover "$STAGE/kept.db"
expect_match "what is known again" "net: known again" "$(cat "$OUT")"
wait_for 10 fleet_leads $leader
run vinet_at $leader up "$STAGE/net.vinet"
expect_equal "up after recover" $'fleet: unchanged\nnet: unchanged' "$(cat "$OUT")"
changes_again $leader "after recover"
fleet_watched "all that happened to the etcd"
run vinet_at $leader down --all
fleet_left_nothing "down"
etcds_end
fleet_clean
leave_nothing
