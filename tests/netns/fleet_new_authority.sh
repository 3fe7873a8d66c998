#!/usr/bin/env bash
# The authority's key is lost, or somebody else has it: a new authority, brought to one computer after the other. What runs
# loses no packet; meanwhile machines of the two authorities do not speak to each other; afterwards the old one's people
# are strangers. And before that: with a copy of the authority's directory nothing is lost (docs/operations.md).
#
#      a ~~~~ b       m1 (controller) ~ core ~ m2
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

fleet_net 2
fleet_pki
old() { "$BUILD/vinet" --root "$STAGE/ca" pki "$@"; }
new() { "$BUILD/vinet" --root "$STAGE/ca2" pki "$@"; }
for i in 1 2; do fleet_start $i; done
{ fleet_description && echo 'internet line on fleet { host a at M1; host b at M2; a -- b }'; } >"$STAGE/line.vinet"
run vinet_at 1 up "$STAGE/line.vinet"
fleet_watch 1 line.a 2 line.b

# A copy of the directory issues and revokes as the first did.
cp -a "$STAGE/ca" "$STAGE/kept" && rm -rf "$STAGE/ca" && cp -a "$STAGE/kept" "$STAGE/ca"
run old issue ada --role operator --out "$STAGE/ada"
as() { fleet_net_at 1 "$BUILD/vinet" --root "$STAGE/nobody" --identity "$STAGE/$1" --connect "$(fleet_endpoint "$2")" "${@:3}"; }
run as ada 2 ls
run fleet_net_at 1 "$BUILD/vinet" --root "$STAGE/ca" --identity "$STAGE/op" pki revoke ada --push "$(fleet_endpoint 1)" "$(fleet_endpoint 2)"
keeps_out() { ! as ada "$1" ls; }
for i in 1 2; do wait_for 5 keeps_out $i; done

# A new one. Each computer gets its four files at once.
run new init
run new issue op2 --role operator --out "$STAGE/op2"
give() {
  run new issue "m$1" --role machine --address "$(fleet_address "$1")" --out "$STAGE/new$1"
  cp -a "$STAGE/new$1"/* "$STAGE/m$1/etc/vinet/"
}
give 2
apart() { [[ $(fleet_machine 1 fleet.M2 .state) == away* ]]; }
wait_for 20 apart
expect_match "why" "refused|not trusted" "$(fleet_machine 1 fleet.M2 .why)"
give 1
together() { [[ $(fleet_machine 1 fleet.M2 .state) == up ]]; }
wait_for 20 together
run as op2 1 ls
run as op2 2 ls
for i in 1 2; do expect_exit 7 as op $i ls; done
expect_equal "trouble" "" "$(vinet_at 1 status --json | jq -r .daemon.identity_trouble)"
run vinet_at 1 up - <<<'internet two on fleet { host a at M1; host b at M2; a -- b }'
fleet_watched "the new authority"
run vinet_at 1 verify
run vinet_at 1 down --recursive fleet
fleet_clean
leave_nothing
