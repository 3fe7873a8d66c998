#!/usr/bin/env bash
# Two tenants and an operator on one base: a tenant sees and touches what is theirs, and is answered about the other's as about what is not there.
#
#     eve, bob, op at m2 ---- core ---- m1: base lab { X -- Y }, internet evenet of eve, internet bobnet of bob
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
fleet_net 2
fleet_pki
fleet_start 1
as() { fleet_net_at 2 "$BUILD/vinet" --root "$STAGE/nobody" --connect "$(fleet_endpoint 1)" --identity "$STAGE/$1" "${@:2}"; }
for who in eve bob; do run "$BUILD/vinet" --root "$STAGE/ca" pki issue "$who" --role tenant --out "$STAGE/$who"; done
internet() { echo "internet $1 on ${2:-lab} [ipv6 = off] { host a at X; host b at Y; a -- b }"; }
echo 'base lab { machine X, Y; X -- Y }' | describe lab
internet evenet | describe evenet
internet bobnet | describe bobnet
internet evenet lab | sed 's/a -- b/a -- b [cost = 3]/' | describe evenet2

# --- bases are the operator's ------------------------------------------------------------------------------------------
expect_exit 7 as eve up "$STAGE/lab.vinet"
expect_match "a base of a tenant" "use bases that are there" "$(cat "$ERR")"
run as op up "$STAGE/lab.vinet"
run as eve up "$STAGE/evenet.vinet"
run as bob up "$STAGE/bobnet.vinet"
{ echo 'base lab { machine X, Y, Z; X -- Y; Y -- Z }'; internet more; } | describe changed
expect_exit 7 as eve up "$STAGE/changed.vinet"
expect_exit 7 as eve down lab

# --- what is theirs ----------------------------------------------------------------------------------------------------
names() { as "$1" ls --json | jq -r '[.[] | select(.kind == "internet").name] | join(" ")'; }
expect_equal "what eve sees" evenet "$(names eve)"
expect_equal "what bob sees" bobnet "$(names bob)"
expect_equal "what the operator sees" "bobnet evenet" "$(names op)"
run as eve ping-all evenet
run as eve trace evenet.a evenet.b
run as eve stats
expect_no_match "eve's counters" "bobnet" "$(cat "$OUT")"
run as eve events
expect_no_match "eve's events" "bobnet|lab|refused" "$(cat "$OUT")"
run as eve status
expect_no_match "eve's status" "bobnet" "$(cat "$OUT")"
run as eve up "$STAGE/evenet2.vinet"

# --- what is another's is as what is not there ------------------------------------------------------------------------
ask() {  # WHO INTERNET: all that one could ask about it
  local words
  internet upper "$2" | sed 's/at X/at a/; s/at Y/at b/' | describe upper
  for words in "show $2" "show $2.a" "ls $2" "down $2" "renew $2" "ping-all $2" "trace $2.a $2.b" "logs $2.a" "events $2" "stats $2" \
    "exec $2.a true" "capture --count 1 --duration 1s $2.a" "verify $2" "map $2" "export $2" "up $STAGE/upper.vinet"; do
    echo "\$ $words"
    as "$1" $words 2>&1 || echo "exit code $?"
  done | sed "s/$2/NAME/g"
}
ask eve bobnet >"$STAGE/there"
ask eve bobnot >"$STAGE/not_there"
cmp "$STAGE/there" "$STAGE/not_there" || { diff "$STAGE/there" "$STAGE/not_there"; fail "it can be told that 'bobnet' exists"; }
expect_no_match "what eve is told" "bob" "$(cat "$STAGE/there")"
# Only where she would have the name herself, it is said to be taken; not by whom.
expect_exit 5 as eve up "$STAGE/bobnet.vinet"
expect_match "a taken name" "the name bobnet is taken$" "$(cat "$ERR")"

# --- and untouched -----------------------------------------------------------------------------------------------------
run as eve down --all
expect_equal "what is left" bobnet "$(names op)"
run as bob ping-all bobnet
expect_equal "bob after all" bobnet "$(names bob)"
run as op down --all
fleet_clean
