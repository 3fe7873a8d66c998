#!/usr/bin/env bash
# A controller whose state is in an etcd of three members: one daemon leads, the others refuse, and say where it is. The
# leader is killed, and paused for longer than its lease: another leads within K, and what the old one does has no effect.
# faults.md F-08 (K is 10 s).
#
#      daemon root --+                   +-- etcd 1
#                    +-- one store ------+-- etcd 2
#      daemon two  --+                   +-- etcd 3
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/etcds.sh"

etcds_start
daemon_start root
wait_for 5 leads root
daemon_start two
index_revision() { keys get /test/state -w json | jq '.kvs[0].mod_revision'; }

describe net <<'END'
base lab { machine X, Y; X -- Y }
internet net on lab [lease = 8h] { host A at X; router B at Y; A -- B }
END
run at root up "$STAGE/net.vinet"
inventory >"$STAGE/whole"

# Who does not lead shows what there is, and changes nothing.
run at two ls --json
expect_equal "what the other daemon shows" "lab net" "$(jq -r '.[] | select(.kind == "base" or .kind == "internet") | .name' "$OUT" | paste -sd' ')"
for words in "down net" "up $STAGE/net.vinet" "renew net"; do
  # shellcheck disable=SC2086  # words
  expect_exit 5 at two $words
  expect_match "why it refuses: $words" "the controller is at .*$ROOT/run/vinet" "$(cat "$ERR")"
done
expect_match "what its status says" "the controller is at " "$(trouble two)"
same_inventory "$STAGE/whole" "after refused verbs"

# Its copy is whole, from any of them.
run at two backup "$STAGE/copy.db"
expect_equal "who may read it" 600 "$(stat -c %a "$STAGE/copy.db")"

# Killed: the other leads within K. (A lab is of one computer: whoever leads makes it at its own root. What runs here stays.)
alive() { run pings net.A "$(identity net.B)"; }
begin=$SECONDS
daemon_kill root
wait_for 11 leads two
echo "took over after $((SECONDS - begin)) s"
expect_less "seconds until another leads" $((SECONDS - begin)) 11
alive
run at two ls net

# Paused: when it goes on it neither writes nor acts.
daemon_start root
expect_match "who leads now" "the controller is at .*two" "$(trouble root)"
daemon_kill two STOP
wait_for 11 leads root
before=$(index_revision)
daemon_kill two CONT
other_leads() { [[ $(trouble two) == "the controller is at "*"$ROOT/run/vinet"* ]]; }
wait_for 5 other_leads
expect_exit 5 at two down net
expect_equal "changes of the state by the one that was paused" "$before" "$(index_revision)"

# Asked to end, it lets go at once.
daemon_kill root TERM
wait_for 4 leads two
daemon_start root
daemon_kill two TERM
wait_for 4 leads root
alive
run at root down --all
daemon_kill root TERM
daemon_start two
wait_for 10 leads two
run at two down --all
daemon_kill two TERM
expect_equal "what is left in the etcd" /test/state "$(keys get --prefix /test/ --keys-only | grep -v -e '^$' -e /events/)"
etcds_end
leave_nothing
