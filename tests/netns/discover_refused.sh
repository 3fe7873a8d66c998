#!/usr/bin/env bash
# faults.md F-120 on discovery: who has no certificate of the authority hears nothing, not even with a copy of a good
# invitation; nobody believes them; and a flood costs a daemon little.
#
#      desk, m1 ~ lan ~ core ~ m2
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/discover_net.sh"

discover_net 2
fleet_start 1 --discoverable
fleet_start 2
expect_equal "who listens for invitations" "1 0" "$(for i in 1 2; do fleet_net_at $i ss -Hlnu 'sport = :7411' | wc -l; done | xargs)"

# Datagrams that m1 has sent: only answers are.
sent() { fleet_net_at 1 awk '/^Udp:/ { n++; if (n == 2) print $5 }' /proc/net/snmp; }
events() { vinet_at 1 events --json | jq -r 'select(.kind == "refused") | .text'; }
record() {  # FILE WHO: the invitation that WHO sends, as text, and from which port
  nsenter --net="$STAGE/net/core" -- tcpdump -U -i lan -w "$STAGE/record" "src host $DESK and udp dst port 7411" 2>"$STAGE/dump" & local dump=$!
  wait_for 5 grep -q listening "$STAGE/dump"
  desk "$2" base discover --ttl 1 --json >"$OUT" 2>"$ERR" || true
  payload() { tshark -r "$STAGE/record" -c 1 -T fields -e udp.payload 2>>"$LOG" | grep .; }
  wait_for 5 payload
  printf '%b' "$(payload | sed 's/../\\x&/g')" >"$1"
  PORT=$(tshark -r "$STAGE/record" -c 1 -T fields -e udp.srcport 2>>"$LOG")
  kill $dump && wait $dump || true
}
say() { "$BUILD/multicast" send $GROUP 7411 "$@" 2>>"$LOG"; }
# One that comes after others shows that they have been looked at. The desk may have used up its looks of this second.
still_there() { wait_for 10 eval 'desk op base discover --ttl 1 --json >"$OUT" 2>>"$LOG" && [[ $(found) == m1:1 ]]'; }

# --- strangers ---------------------------------------------------------------------------------------------------------
still_there
before=$(sent)
expect_exit 4 desk eve base discover --ttl 2
expect_match "eve" "nobody answers" "$(cat "$ERR")"
expect_exit 7 desk tim base discover
expect_match "a tenant" "machines answer operators and machines" "$(cat "$ERR")"
expect_equal "answers to strangers" "$before" "$(sent)"
expect_match "what is told of them" "10.99.1.9:[0-9]+: .*eve.* invitation: " "$(events)"

# --- a good invitation, by somebody else ------------------------------------------------------------------------------
record "$STAGE/good" op
expect_match "what is recorded" "^vinet-invitation 1.*at $DESK:$PORT" "$(head -c 100 "$STAGE/good" | xargs)"
wait_for 5 eval "[[ \$(sent) -gt $before ]]"
before=$(sent)
in_core "$BUILD/multicast" send $GROUP 7411 10.99.1.1 "$PORT" 5 <"$STAGE/good"             # from elsewhere
at_desk "$BUILD/multicast" send $GROUP 7411 $DESK $((PORT ^ 1)) 5 <"$STAGE/good"           # to another port
sed "s/^at .*/at 10.99.1.1:5000/" "$STAGE/good" | in_core "$BUILD/multicast" send $GROUP 7411 10.99.1.1 5000 5
{ cat "$STAGE/good"; head -c 8000 /dev/zero; } | in_core "$BUILD/multicast" send $GROUP 7411 10.99.1.1 5000 5
head -c 500 "$STAGE/good" | at_desk "$BUILD/multicast" send $GROUP 7411 $DESK "$PORT" 5
echo hello | at_desk "$BUILD/multicast" send $GROUP 7411 $DESK "$PORT" 5
at_desk "$BUILD/multicast" send $GROUP 7411 $DESK "$PORT" 100 <"$STAGE/good"               # the same again, from there
still_there
# 15 more of this invitation, at most, which only who sent it gets, and one of the last search.
expect_less "answers to copies" "$(($(sent) - before))" 17

# --- a flood -----------------------------------------------------------------------------------------------------------
record "$STAGE/bad" eve
spent() { awk '{ print $14 + $15 }' "/proc/${FLEET_PID[1]}/stat"; }
for text in "$STAGE/bad" "$STAGE/good"; do
  at_desk timeout 2 "$BUILD/multicast" send $GROUP 7411 $DESK "$PORT" 0 <"$text" & flood=$!
  before=$(spent)
  run vinet_at 1 status
  wait $flood || true
  used=$(($(spent) - before))
  echo "CPU of 2 s of $text: $used of 200" >>"$LOG"
  expect_less "CPU in a flood of 2 s, in 1/100 s" "$used" 60
done
still_there
expect_less "events of a flood" "$(events | wc -l)" 25

# --- an inviter believes only machines ---------------------------------------------------------------------------------
"$BUILD/vinet" --root "$STAGE/ca2" pki issue m2 --role machine --address 10.99.2.2 --out "$STAGE/false" >>"$LOG" 2>&1
fleet_kill 2 TERM
cp -a "$STAGE/m2/etc/vinet" "$STAGE/true" && cp "$STAGE/false"/* "$STAGE/m2/etc/vinet/"
fleet_start 2 --discoverable
run desk op base discover --ttl 2 --json
expect_equal "who is believed" "m1:1" "$(found)"
expect_exit 1 desk op base discover --list 10.99.2.2
# Revoked: not heard any more, and not found.
fleet_kill 2 TERM
cp "$STAGE/true"/* "$STAGE/m2/etc/vinet/"
fleet_start 2 --discoverable
run desk op base discover --ttl 2 --json
expect_equal "with its own certificate" "m1:1 m2:2" "$(found)"
run "$BUILD/vinet" --root "$STAGE/ca" pki revoke m2
cp "$STAGE/ca/etc/vinet/pki/crl.pem" "$STAGE/op/crl.pem"
run desk op base discover --ttl 2 --json
expect_equal "after it was revoked" "m1:1" "$(found)"
discover_clean
leave_nothing
