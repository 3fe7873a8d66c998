#!/usr/bin/env bash
# Machines of a fleet, edited as operators do: with words that are no names, twice, at the same time, drained, the
# controller's own. What is refused changes nothing.
#
#      m1 (the controller) ~ core ~ m2, m3
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

fleet_begin 3
fleet_empty
edit() { vinet_at 1 base "$@"; }
machines() { edit ls --json | jq -r '[.[] | "\(.machine) \(.state)"] | join(", ")'; }
refused() {  # CODE PATTERN WORD...
  expect_exit "$1" edit "${@:3}"
  expect_match "what ${*:3} says" "$2" "$(cat "$ERR")"
}
for name in '' a.b 3x 'x y' machine 'x] } internet y on f {' "$(printf %064d 1)" $'x\ny' ä; do
  refused 2 "is no name" add fleet "$name" 10.99.2.2
  refused 2 "is no name" add "$name" x 10.99.2.2
done
refused 2 "it names no host" add fleet x ''
refused 2 "is no name of a host" add fleet x 'a b'
refused 2 "a port is 1 to 65535" add fleet x 10.99.2.2:0
refused 2 "over IPv4" add fleet x '[2001:db8::1]:7411'
refused 3 "does not say it: nowhere.invalid:7411" add fleet x nowhere.invalid
refused 1 "fleet.x .10.99.3.9:7411.: " add fleet x 10.99.3.9
expect_equal "machines of what was refused" "" "$(machines)"
fleet_left_nothing "what was refused"

# At the same time: each of them is done.
adders=()
for i in 1 2 3; do
  edit add fleet "x$i" "$(fleet_address $i)" >>"$LOG" 2>&1 &
  adders+=($!)
done
for pid in "${adders[@]}"; do wait "$pid" || fail "one of three that were added at once was refused"; done
all="fleet.x1 up, fleet.x2 up, fleet.x3 up"
expect_equal "three at once" "$all" "$(edit ls --json | jq -r '[.[] | "\(.machine) \(.state)"] | sort | join(", ")')"
refused 5 "has a machine 'x2' already" add fleet x2 10.99.2.2
refused 3 "have one daemon" add fleet other 10.99.2.2:7411
refused 3 "is machine 'fleet.x2' already" add other x2 10.99.2.2

# Drained, whatever comes and goes beside it.
run edit drain fleet x2
run edit rm fleet x3
run edit add fleet x3 10.99.3.2
expect_match "drained" "fleet.x2 drained" "$(machines)"
expect_exit 3 vinet_at 1 up - <<<'internet line on fleet { host a at x2; host b at x3; a -- b }'
run edit drain fleet x2 --undo

# The controller's own machine goes as others do, and controls on.
run vinet_at 1 up - <<<'internet line on fleet { host a at x1; host b at x3; a -- b }'
refused 5 "has node 'line.a'" rm fleet x1 --force
run vinet_at 1 down line
run edit rm fleet x1
run vinet_at 1 up - <<<'internet line on fleet { host a at x2; host b at x3; a -- b }'
run vinet_at 1 ping-all line
run vinet_at 1 down --all
fleet_left_nothing "after down"

# F-121: a machine that is not trusted any more holds up nobody; trusted again, it is cleaned.
for i in 1 2 3; do run edit add fleet "x$i" "$(fleet_address $i)"; done
run vinet_at 1 up - <<<'internet line on fleet { host a at x2; host b at x3; a -- b }'
"$BUILD/vinet" --root "$STAGE/ca" pki revoke m3 >>"$LOG" 2>&1
cp "$STAGE/ca/etc/vinet/pki/crl.pem" "$STAGE/m1/etc/vinet/crl.pem"
wait_for 10 eval 'edit ls --json | jq -e ".[] | select(.why | test(\"revoked\"))"'
expect_exit 3 vinet_at 1 up - <<<'internet more on fleet { host a at x3; host b at x3; a -- b }'
run vinet_at 1 down line
expect_match "what down says" "x3.*was revoked" "$(cat "$ERR")"
run edit rm fleet x3 --force
run vinet_at 1 up - <<<'internet line on fleet { host a at x2; host b at x1; a -- b }'
expect_match "of it" "leaving, to be cleaned" "$(edit ls)"
expect_exit 5 "$BUILD/vinet" --root "$STAGE/ca" pki issue m3 --role machine --address 10.99.3.2 --out "$STAGE/m3/etc/vinet"
expect_match "what issue says of the revoked one" "revoked: take it and its key.pem away first" "$(cat "$ERR")"
rm "$STAGE/m3/etc/vinet/"{cert,key}.pem
"$BUILD/vinet" --root "$STAGE/ca" pki issue m3 --role machine --address 10.99.3.2 --out "$STAGE/m3/etc/vinet" >>"$LOG" 2>&1
wait_for 20 eval '! edit ls | grep -q leaving'
expect_equal "what x3 holds" "[]" "$(vinet_at 3 ls --json | jq -c .)"
run vinet_at 1 down --all
fleet_left_nothing "after all"
fleet_clean
leave_nothing
