#!/usr/bin/env bash
# What `ls` says of a fleet to whom: of a machine that is away, to a tenant, without a daemon; what `base ls` and `ping-all`
# say of machines; and what `up` says where there is no identity to speak to machines with.
#
#      h ----- i      m1 ~ core ~ m2      m3: nothing but a command line
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
fleet_net 3
fleet_pki
fleet_start 1
fleet_start 2 --attribute role=router
cat >"$STAGE/x.vinet" <<E2
base fleet {
  machine M1 [daemon = "$(fleet_endpoint 1)"]
  machine M2 [daemon = "$(fleet_endpoint 2)"]
}
internet x on fleet { host h at M1; host i at M2; h -- i }
E2
rm -rf "$STAGE/m3/etc/vinet"
expect_exit 7 vinet_at 3 up "$STAGE/x.vinet"
expect_equal "lines about no identity" 1 "$(grep -c . "$ERR")"
expect_match "no identity" "vinet pki issue" "$(cat "$ERR")"

run vinet_at 1 up "$STAGE/x.vinet"
states() { "$@" ls --json | jq -r '[.[] | select(.kind == "base" or .kind == "internet") | "\(.name) \(.state) \((.unseen // []) | join(" "))"] | join(", ")'; }
expect_equal "all is well" "fleet up , x up " "$(states vinet_at 1)"
"$BUILD/vinet" --root "$STAGE/ca" pki issue ten --role tenant --out "$STAGE/ten" >>"$LOG" 2>&1
tenant() { fleet_net_at 1 "$BUILD/vinet" --connect "$(fleet_endpoint 1)" --identity "$STAGE/ten" "$@"; }
expect_equal "what a tenant sees" "fleet up " "$(states tenant)"
expect_equal "without a daemon" "fleet up fleet.M1 fleet.M2, x up fleet.M1 fleet.M2" "$(states vinet_at 1 --no-daemon)"
# What a machine has, alike for people and for programs.
expect_match "columns" "CPUS +MEMORY +NODES +ATTRIBUTES" "$(vinet_at 1 base ls | head -1)"
expect_match "memory for people" "[0-9](MiB|GiB) " "$(vinet_at 1 base ls | sed -n 2p)"
expect_equal "memory for programs" "true true" "$(vinet_at 1 base ls --json | jq -r '.[0] | "\(.memory_bytes > 1000000) \(.cpus > 0)"')"
run fleet_net_at 3 "$BUILD/vinet" --identity "$STAGE/op" base discover --list "$(fleet_endpoint 1)" --json
expect_equal "and of those that are found" "$(vinet_at 1 base ls --json | jq .[0].memory_bytes)" "$(jq .[0].memory_bytes "$OUT")"
run vinet_at 1 ping-all x
# What machines say of themselves is known to `plan` as to `up`.
cat >"$STAGE/y.vinet" <<<'internet y on fleet [where = "role = router"] { host j, k; j -- k }'
run vinet_at 1 plan "$STAGE/y.vinet" --json
expect_equal "nodes of a plan" "M2 M2" "$(jq -r '[.internets[0].nodes[].machine] | join(" ")' "$OUT")"
run vinet_at 1 up "$STAGE/y.vinet"
expect_equal "what up made of it" "no changes" "$(vinet_at 1 plan --diff "$STAGE/y.vinet")"
run vinet_at 1 down y
fleet_kill 2
without() { [[ $(states vinet_at 1) == "fleet up fleet.M2, x up fleet.M2" ]]; }
wait_for 10 without
expect_match "a machine that is away" "up, not seen on fleet.M2" "$(vinet_at 1 ls)"
expect_exit 1 vinet_at 1 ping-all x
expect_match "echoes from a machine that is away" "no answer from fleet.M2.*x.i -> x.h [^:]*: no answer from machine fleet.M2" "$(tr '\n' ' ' <"$OUT")"
expect_exit 1 vinet_at 1 ping-all x --json
expect_equal "likewise" "fleet.M2 i" "$(jq -r '.[0] | "\(.unseen | join(" ")) \([.lost_pairs[].from] | unique | join(" "))"' "$OUT")"
fleet_start 2
with() { [[ $(states vinet_at 1) == "fleet up , x up " ]]; }
wait_for 10 with
fleet_clean
leave_nothing
