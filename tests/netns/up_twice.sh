#!/usr/bin/env bash
# `up` twice changes nothing and says so: not one link, address, route, queue, filter or program, and no packet is lost.
#
#      A -- B -- D
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"

up figure7.vinet
inventory >"$STAGE/running"
programs=$(attached_programs)
ns_background line.A ping -n -i 0.05 "$(identity line.D)" >"$STAGE/ping"
pinging=$BACKGROUND
wait_for 5 grep -q icmp_seq=3 "$STAGE/ping"

up figure7.vinet
expect_match "what the second up says" "unchanged|already|nothing (to|was) " "$(cat "$OUT" "$ERR")"

kill -INT "$pinging" || true
wait "$pinging" || true
same_inventory "$STAGE/running" "after the second up"
expect_equal "programs" "$programs" "$(attached_programs)"
leave_nothing
