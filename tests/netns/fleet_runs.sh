#!/usr/bin/env bash
# A node's program runs once, on the node's machine, and is seen at the controller; two fleets cannot have one computer.
#
#      h ----- i [run = …]      m1 ~ core ~ m2
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
fleet_begin 2
fleet_empty
{ fleet_description && echo 'internet x on fleet { host h at M1; host i at M2 [run = "exec sleep 4711"]; h -- i }'; } >"$STAGE/x.vinet"
run vinet_at 1 up "$STAGE/x.vinet"
runs() { vinet_at "$1" ls --json | jq -r '.[] | select(.name == "x.i") | .run.state'; }
shown() { [[ $(runs 1) == running ]]; }
wait_for 10 shown
sleepers() { pgrep -xc -f 'sleep 4711' || true; }
expect_equal "processes of the node's program" 1 "$(sleepers)"
expect_equal "starts told by the controller" "" "$(fleet_events 1 run-started)"
expect_equal "starts told by the machine" x.i "$(fleet_events 2 run-started | jq -r .object)"

pkill -xf 'sleep 4711'
again() { [[ $(fleet_events 2 run-started | wc -l) == 2 && $(sleepers) == 1 ]]; }
wait_for 10 again
expect_equal "starts told by the controller" "" "$(fleet_events 1 run-started)"

sed 's/base fleet/base other/; s/internet x on fleet/internet y on other/' "$STAGE/x.vinet" >"$STAGE/y.vinet"
expect_exit 3 vinet_at 1 up "$STAGE/y.vinet"
expect_match "a second fleet" "is machine 'fleet.M1' already" "$(cat "$ERR")"
expect_exit 5 vinet_at 2 up "$STAGE/y.vinet"
expect_match "a second fleet, of another controller" "M1 already; it can be a machine of one fleet" "$(cat "$ERR")"
run fleet_pings 1 x.h 2 x.i
run vinet_at 1 down --all
fleet_left_nothing "after down"
fleet_clean
leave_nothing
