#!/usr/bin/env bash
# What only a hand can end: a machine that left while it was away and is not to be waited for, what a machine holds for a
# controller that is gone for good, and a machine whose own store is damaged (faults.md F-60).
#
#      a -- b       m1 (controller) ~ core ~ m2
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"

fleet_begin 2
fleet_empty
{ fleet_description && echo 'internet line on fleet { host a at M1; host b at M2; a -- b }'; } >"$STAGE/line.vinet"
held() { vinet_at 2 ls --json | jq -r '[.[] | select(.kind == "held").name] | join(" ")'; }
leaving() { vinet_at 1 base ls --json | jq -r '[.[] | select(.leaving).machine] | join(" ")'; }

# --- a machine that left while it was away ------------------------------------------------------------------------------
run vinet_at 1 up "$STAGE/line.vinet"
fleet_down 2
away() { [[ $(fleet_machine 1 fleet.M2 .away) == true ]]; }
wait_for 15 away
run vinet_at 1 down --recursive fleet
expect_equal "who is leaving" "fleet.M2" "$(leaving)"
expect_exit 5 vinet_at 1 base rm fleet M2
expect_match "what would be" "cleaned should it come back; --force forgets it" "$(cat "$ERR")"
run vinet_at 1 base rm fleet M2 --force
expect_equal "who is known" "[]" "$(vinet_at 1 base ls --json)"
fleet_back 2
expect_equal "what m2 holds" "fleet line" "$(held)"

# --- a controller that is gone for good ---------------------------------------------------------------------------------
expect_exit 4 vinet_at 2 base forget nothing --force
expect_exit 5 vinet_at 2 base forget line
expect_match "whose it is" "line is held for the controller of store .*--force" "$(cat "$ERR")"
expect_exit 5 vinet_at 2 base forget fleet --force
expect_match "what stands on it" "line stands on fleet here" "$(cat "$ERR")"
# Machines may not make each other forget; an operator may, from elsewhere.
expect_exit 7 vinet_at 1 --connect "$(fleet_endpoint 2)" base forget line --force
expect_equal "what m2 holds" "fleet line" "$(held)"
run fleet_net_at 1 "$BUILD/vinet" --root "$STAGE/desk" --identity "$STAGE/op" --connect "$(fleet_endpoint 2)" \
  base forget fleet --force --recursive
fleet_left_nothing "what is forgotten"
expect_match "events" "forgotten" "$(vinet_at 2 events)"

# --- a controller that is not gone --------------------------------------------------------------------------------------
run vinet_at 1 up "$STAGE/line.vinet"
fleet_remember
expect_exit 5 vinet_at 2 base forget line --force
expect_match "it is back" "line is back: the controller of store .* is still there" "$(cat "$ERR")"
fleet_holds "what its controller says"
run fleet_pings 1 line.a 2 line.b

# --- a damaged store ----------------------------------------------------------------------------------------------------
fleet_kill 2 TERM
head -c 8192 /dev/urandom >"$STAGE/m2/run/vinet/member.db"
rm -f "$STAGE/m2/run/vinet/member.db-wal" "$STAGE/m2/run/vinet/member.db-shm"
fleet_start 2
watching() { [[ $(fleet_machine 1 fleet.M2 .state) == "watching only" ]]; }
wait_for 10 watching
expect_exit 5 vinet_at 2 base forget line --force
run fleet_pings 1 line.a 2 line.b
run vinet_at 2 recover
expect_match "what recover says" "member.db.damaged-1" "$(cat "$OUT")"
rm "$STAGE/m2/run/vinet/member.db.damaged-1"
whole() { [[ $(held) == "fleet line" && $(fleet_machine 1 fleet.M2 .state) == up ]]; }
wait_for 15 whole
fleet_holds "after recover"
run vinet_at 1 verify
run vinet_at 1 down --recursive fleet
fleet_left_nothing "after down"
fleet_clean
leave_nothing
