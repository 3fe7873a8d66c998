#!/usr/bin/env bash
# Machines of a fleet are found: those that are willing by invitations, the nearer ones first, others by a list; they
# become machines of a fleet, and nodes are placed on those that fit.
#
#      desk, m1 (router) ~ lan ~ core ~ m2 (host), m3 (router, not discoverable), m4 (discoverable in another group)
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/discover_net.sh"

discover_net 4
fleet_start 1 --discoverable --attribute role=router
fleet_start 2 --discoverable --attribute role=host --most-nodes 1
fleet_start 3 --attribute role=router
fleet_start 4 --discoverable --discovery-group 239.255.74.12
fleet_empty

# --- by invitation -----------------------------------------------------------------------------------------------------
run desk op base discover --ttl 1 --json
expect_equal "on this network" "m1:1" "$(found)"
run desk op base discover --json
expect_equal "behind the router" "m1:1 m2:2" "$(found)"
expect_equal "what they say" "router host 1" "$(jq -r '"\(.[0].attributes.role) \(.[1].attributes.role) \(.[1].attributes.nodes)"' "$OUT")"
expect_equal "numbers" "true true" "$(jq -r '.[0].attributes | "\(.memory | tonumber > 1e6) \(.cpus | tonumber > 0)"' "$OUT")"
expect_equal "where they are" "10.99.1.2:7411 10.99.2.2:7411" "$(jq -r 'map(.daemon) | join(" ")' "$OUT")"
expect_equal "versions" "$("$BUILD/vinet" version | awk 'NR == 1 { print $2 }')" "$(jq -r '.[1].version' "$OUT")"
run desk op base discover --enough 1 --json
expect_equal "as many as are enough" "m1:1" "$(found)"
run desk op base discover --ttl 2 --where "role = host" --json
expect_equal "those that fit" "m2:2" "$(found)"
expect_exit 4 desk op base discover --ttl 2 --where "role = switch"
expect_match "none fits" "2 machines found, none with role = switch" "$(cat "$ERR")"
run desk op base discover --ttl 1
expect_match "the table" "m1 +10.99.1.2:7411 +ttl 1 +.*MiB.* role=router" "$(cat "$OUT")"
expect_exit 4 desk op base discover --group 239.255.74.13 --ttl 1
expect_match "nobody" "nobody answers" "$(cat "$ERR")"
# A machine may ask, too: here one that stands on no network with others.
run vinet_at 4 base discover --group 239.255.74.12 --ttl 1 --json
expect_equal "its own daemon" "m4:1" "$(found)"
expect_exit 2 vinet_at 4 daemon --discoverable
expect_exit 2 desk op base discover --ttl 0
expect_exit 2 desk op base discover --ttl 2 --where "role <"

# --- by a list ---------------------------------------------------------------------------------------------------------
printf '# ours\n\n  10.99.3.2:7411 # the third\n10.99.2.2\n' >"$STAGE/list"
run desk op base discover --list 10.99.1.2 "$STAGE/list" --json
expect_equal "those of a list" "m1:0 m3:0 m2:0" "$(found)"
expect_exit 1 desk op base discover --list 10.99.1.2 10.99.9.9:7411 --json
expect_equal "those that answer" "m1:0" "$(found)"
expect_match "who does not" "10.99.9.9:7411: " "$(cat "$ERR")"
expect_exit 1 desk op --connect 10.99.1.2 base discover --list 10.99.1.2 10.99.9.9:7411 --add fleet
expect_equal "a list is taken whole or not" "[]" "$(vinet_at 1 base ls --json)"

# --- into a fleet ------------------------------------------------------------------------------------------------------
run desk op --connect 10.99.1.2 base discover --ttl 2 --add fleet
expect_equal "the fleet" "fleet.m1 10.99.1.2:7411 fleet.m2 10.99.2.2:7411" "$(vinet_at 1 base ls --json | jq -r 'map(.machine + " " + .daemon) | join(" ")')"
run desk op base discover --ttl 2 --json
expect_equal "what they hold" "fleet fleet" "$(jq -r 'map(.holds | join(",")) | join(" ")' "$OUT")"
expect_exit 5 desk op --connect 10.99.4.2 base discover --ttl 1 --add pool
expect_match "one fleet a computer" "m1 is in a fleet already: it holds fleet" "$(cat "$ERR")"
line() { echo "internet line on fleet [where = \"$1\"] { host a; host b; a -- b }"; }
expect_exit 3 desk op --connect 10.99.1.2 up - < <(line "role = router, memory >= 4096GiB")
expect_match "too little" "no machine of 'fleet' has memory >= 4096GiB" "$(cat "$ERR")"
expect_match "where" '\^~' "$(cat "$ERR")"
expect_exit 3 desk op --connect 10.99.1.2 up - < <(line "role = host")
expect_match "too few" "needs room for 2 more nodes, and the machines of 'fleet' that have role = host have room for 1" "$(cat "$ERR")"
run desk op --connect 10.99.1.2 base discover --list 10.99.3.2 --add fleet
run desk op --connect 10.99.1.2 up - < <(line "role = router" | sed 's/host b/host b at m3; host c; c -- b/')
expect_equal "nodes on the host" "" "$(ls "$STAGE/m2/run/netns" | grep ^line || true)"
expect_equal "nodes on routers" "line.a line.b line.c" "$(ls "$STAGE"/m[13]/run/netns | grep ^line | sort | xargs)"
run vinet_at 1 ping-all
run vinet_at 1 down --recursive fleet
fleet_left_nothing "after the fleet"
discover_clean
leave_nothing
