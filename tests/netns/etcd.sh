#!/usr/bin/env bash
# Controllers of a fleet whose state is in an etcd of three members: one daemon leads; verbs given to the others go to it, as
# who gives them, or are refused with the way. The leader is killed: another leads within K (10 s), the VI loses no packet,
# and change, repair and down through the new one work. One that is asked to end lets go at once. faults.md F-02 to F-05, F-84.
#
#      m1 --+                                    A -- B -- D     line: A, B on M2, D on M3
#      m2 --+-- one store in etcd 1, 2, 3        m1 is a controller only
#      m3 --+
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/etcds.sh"

fleet_net 3
fleet_pki
"$BUILD/vinet" --root "$STAGE/ca" pki issue ann --role tenant --out "$STAGE/ann" >>"$LOG" 2>&1
fleet_etcds
for i in 1 2 3; do fleet_start $i --store "$STORE"; done
wait_for 5 fleet_leads 1
fleet_empty
machines() { fleet_description | grep -v M1; }
{ machines && echo 'internet line on fleet { host A at M2; router B at M2; host D at M3; A -- B -- D }'; } >"$STAGE/line.vinet"
sed 's/A -- B -- D/host E at M2; A -- B -- D -- E/' "$STAGE/line.vinet" >"$STAGE/more.vinet"
as() { fleet_net_at 3 "$BUILD/vinet" --root "$STAGE/nobody" --connect "$(fleet_endpoint 2)" --identity "$STAGE/$1" "${@:2}"; }
shown() { jq -r '.[] | select(.kind == "node") | .name' "$OUT" | paste -sd' '; }

# A lab would be made again on the computer that takes over.
expect_exit 5 vinet_at 1 up - <<<'base lab { machine X, Y; X -- Y }'
expect_match "a lab on a shared store" "'lab' is a base of one computer, and etcd://.* is shared" "$(cat "$ERR")"
fleet_left_nothing "a lab was refused"

# Who asks a daemon that does not lead is served by the one that leads, with his own rights.
run as op up "$STAGE/line.vinet"
wait_for 5 as op exec line.A -- true  # held by the one that is asked
wait_for 5 as op exec line.D -- true  # by another
fleet_remember
run as op ls line --json
expect_equal "what the other daemon shows" "line.A line.B line.D" "$(shown)"
run vinet_at 3 ls line --json
expect_equal "what the third shows" "line.A line.B line.D" "$(shown)"
wait_for 5 vinet_at 3 ping-all line
run vinet_at 3 base ls --json
expect_equal "machines, asked of one that does not lead" "false false" "$(jq -r '.[].away' "$OUT" | paste -sd' ')"
run as op up "$STAGE/more.vinet"
run as op base drain fleet M3
run as op base drain fleet M3 --undo
run as op up "$STAGE/line.vinet"
fleet_holds "changes through one that does not lead"
# A tenant does not grow by it, nor is a name told.
expect_exit 4 as ann down line
expect_exit 3 as ann up - <<<'internet mine on nothing { host a; host b; a -- b }'
run as ann up - <<<'internet anns on fleet { host a at M2; host b at M3; a -- b }'
run as ann ls anns --json
expect_equal "what a tenant made through one that does not lead" "anns.a anns.b" "$(shown)"
run as ann down anns
run as ann ls
expect_equal "what a tenant sees" "" "$(grep -o 'line' "$OUT" || true)"
# Root of a machine has the machine's identity, which may look.
for words in "down line" "up $STAGE/line.vinet" "renew line" "base drain fleet M3"; do
  # shellcheck disable=SC2086  # words
  expect_exit 5 vinet_at 2 $words
  expect_match "where to go on: $words" "the controller is at 10.99.1.2:7411; .* is a machine's identity.*--connect 10.99.1.2:7411 --identity DIR" "$(cat "$ERR")"
done
run vinet_at 2 --identity "$STAGE/op" up "$STAGE/line.vinet"
expect_match "by root with an operator's identity" "unchanged" "$(cat "$OUT")"
run vinet_at 2 backup "$STAGE/copy.db"
expect_exit 5 vinet_at 2 recover "$STAGE/copy.db"
expect_match "recover is of the daemon that leads" "the controller is at" "$(cat "$ERR")"
expect_match "what its status says" "the controller is at 10.99.1.2:7411" "$(fleet_trouble 2)"
expect_equal "likewise, for programs" "10.99.1.2:7411" "$(vinet_at 2 status --json | jq -r .daemon.controller)"
fleet_holds "refused verbs"

# Killed: another leads within K.
fleet_watch 2 line.A 3 line.D
begin=$SECONDS
fleet_kill 1
# No verb starts a daemon in its place, which would control and listen nowhere.
expect_exit 5 vinet_at 1 up "$STAGE/more.vinet"
expect_match "without a daemon" "no daemon runs for .*/m1/run/vinet, and its state is shared" "$(cat "$ERR")"
run vinet_at 1 ls line --json
expect_equal "what is there, without a daemon" "line.A line.B line.D" "$(shown)"
wait_for 11 fleet_leader
leader=$(fleet_leader)
expect_less "seconds until another leads" $((SECONDS - begin)) 11
run vinet_at "$leader" up "$STAGE/more.vinet"
run fleet_pings 2 line.E 3 line.D
run vinet_at "$leader" up "$STAGE/line.vinet"
fleet_holds "the leader was killed"
fleet_start 1 --store "$STORE"
wait_for 5 vinet_at 1 exec line.D -- true
expect_match "the old one, started again" "the controller is at 10.99.$leader.2:7411" "$(fleet_trouble 1)"

# Asked to end, it lets go at once. This one was a machine as well: changes of its share wait until its daemon is back.
old=$leader
fleet_kill "$old" TERM
wait_for 4 fleet_leader
leader=$(fleet_leader)
code=0
vinet_at "$leader" up "$STAGE/more.vinet" >"$OUT" 2>"$ERR" || code=$?
((code != 0)) || fail "a change of a machine that is away was done"
expect_match "why it refuses" "M$old" "$(cat "$ERR")"
for i in 2 3; do [[ -n ${FLEET_PID[$i]:-} ]] || fleet_start $i --store "$STORE"; done
fleet_watched "leaders went"
run fleet_net_at 1 "$BUILD/vinet" --root "$STAGE/nobody" --connect "$(fleet_endpoint 1)" --identity "$STAGE/op" down --all
fleet_left_nothing "down through the new leader"
for i in 1 2 3; do fleet_kill $i TERM; done
expect_equal "what is left in the etcd" /test/state "$(keys get --prefix /test/ --keys-only | grep -v -e '^$' -e /events/)"
etcds_end
fleet_clean
leave_nothing
