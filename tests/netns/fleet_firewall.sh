#!/usr/bin/env bash
# The firewall rules of docs/operations.md are what a fleet needs of a network that lets nothing else through.
#
#      desk ~ m1 ~ core (drops what no rule of the document allows) ~ m2
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/discover_net.sh"

discover_net 2
awk '/^    table inet fleet/ { on = 1 } on { print } on && /^    }$/ { exit }' "$SOURCE/docs/operations.md" |
  sed 's/192\.0\.2\.0/10.99.0.0/g; s|/24|/16|g' >"$STAGE/rules"
expect_match "the rules" "policy drop" "$(cat "$STAGE/rules")"
in_core nft -f "$STAGE/rules"
for i in 1 2; do fleet_start $i --discoverable; done
run desk op base discover --ttl 2 --json
expect_equal "who is found" "m1:1 m2:2" "$(found)"
run desk op --connect 10.99.1.2 base discover --ttl 2 --add fleet
echo 'internet line on fleet { host a at m1; host b at m2; a -- b }' | describe line
run desk op --connect 10.99.1.2 up "$STAGE/line.vinet"
run fleet_pings 1 line.a 2 line.b
run at_node 1 line.a ping -6 -n -c 1 -W 2 "$(at_node 2 line.b ip -j -6 addr show dev lo scope global | jq -r '[.[].addr_info[]?.local | strings][0]')"
run desk op --connect 10.99.1.2 trace line.a line.b
# Nothing else gets through: each rule is needed.
closed() { ! fleet_net_at 2 timeout 1 bash -c "echo >/dev/tcp/10.99.1.2/$1" 2>>"$LOG"; }
closed 22 || fail "port 22 is not closed"
in_core nft flush chain inet fleet forward
expect_exit 1 fleet_pings 1 line.a 2 line.b
in_core nft delete table inet fleet
run fleet_pings 1 line.a 2 line.b
wait_for 15 eval '[[ $(fleet_machine 1 fleet.m2 .state) == up ]]'
run desk op --connect 10.99.1.2 down --recursive fleet
discover_clean
leave_nothing
