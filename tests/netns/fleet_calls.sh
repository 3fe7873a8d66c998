#!/usr/bin/env bash
# The controller, and a machine, are killed before each of their calls that change something (kernel, store, RPC) of up, a
# change and down of a small internet over two computers: started again, all is as before or as after on both, verify finds
# nothing, and the next verb works. faults.md F-02 to F-05, §4. Of each verb and victim about SAMPLE (30) calls, from one that
# SEED (printed) chooses; SAMPLE=all: every one, which takes an hour.
#
#      A ----- B ----- D       line: M1 -> M2 -> M1, a revisit;      v -- w     witness
#      m1 ~~~~ core ~~~~ m2    changed: a host more, B with another MTU towards D
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/fleet_states.sh"
source "$NETNS_DIR/schedule.sh"
SEED=${SEED:-$(new_seed)} SAMPLE=${SAMPLE:-30}
seed_random "$SEED"
echo "seed=$SEED"
MANY=1000000

fleet_net 2
fleet_pki
fleet_arm_all
for i in 1 2; do fleet_start $i; done
fleet_empty
{ fleet_description && echo 'internet witness on fleet { host v at M1; host w at M2; v -- w }'; } >"$STAGE/witness.vinet"
cat >"$STAGE/one.vinet" <<<'internet line on fleet { host A at M1; router B at M2; host D at M1; A -- B -- D }'
cat >"$STAGE/two.vinet" <<<'internet line on fleet { host A at M1; router B at M2; host D at M1; host E at M2; A -- B; B -- D [mtu = 1300]; B -- E }'
run vinet_at 1 up "$STAGE/witness.vinet"
fleet_watch 1 witness.v 2 witness.w
declare -A WORDS=([up]="up $STAGE/one.vinet" [change]="up $STAGE/two.vinet" [down]="down line")
declare -A BEFORE=([up]=none [change]=one [down]=two) AFTER=([up]=one [change]=two [down]=none)
# What the computers hold in each state; how many calls each victim makes for each verb.
declare -A CALLS
fleet_all >"$STAGE/is-none"
for verb in up change down; do
  for i in 1 2; do fleet_arm $i $MANY KILL; done
  # shellcheck disable=SC2086
  run vinet_at 1 ${WORDS[$verb]}
  for i in 1 2; do CALLS[$verb$i]=$((MANY - $(fleet_armed $i))) && fleet_arm $i 0; done
  [[ $verb == down ]] || wait_for 20 fleet_at_rest "$STAGE/is-${AFTER[$verb]}"
done
fleet_same "$STAGE/is-none" "down"
again() {  # I: whatever daemon runs there is another now
  local pid
  for pid in $(pgrep -f "vinet --root $STAGE/m$1 .*daemon"); do
    kill -9 "$pid" 2>/dev/null || true
  done
  wait "${FLEET_PID[$1]}" 2>/dev/null || true
  fleet_start "$1"
}
points=0 killed=0
for verb in up change down; do
  to "${BEFORE[$verb]}"
  for victim in 1 2; do
    calls=${CALLS[$verb$victim]}
    echo "$verb: $calls calls of m$victim"
    ((calls > 5)) || fail "only $calls calls of m$victim counted: the library does not see them"
    step=1
    [[ $SAMPLE == all ]] || ((calls <= SAMPLE)) || step=$((calls / SAMPLE))
    draw $step
    for ((call = 1 + DRAWN; call <= calls; call += step)); do
      what="$verb, m$victim killed before its call $call"
      fleet_arm $victim $call KILL
      # shellcheck disable=SC2086
      vinet_at 1 ${WORDS[$verb]} >>"$LOG" 2>&1 || true
      ((++points))
      (($(fleet_armed $victim) > 0)) || ((++killed))
      fleet_arm $victim 0
      again $victim
      deadline=$((SECONDS + 40))
      until is_either "${BEFORE[$verb]}" "${AFTER[$verb]}"; do
        ((SECONDS <= deadline)) || fail "$what: neither '${BEFORE[$verb]}' nor '${AFTER[$verb]}':
$(diff "$STAGE/is-${BEFORE[$verb]}" "$STAGE/fleet-now" | head -20)"
        pause 0.2
      done
      wait_for 15 vinet_at 1 verify
      to "${BEFORE[$verb]}"
    done
  done
done
fleet_watched "killed at each call"
run vinet_at 1 down --all
fleet_left_nothing "after down"
fleet_clean
leave_nothing
echo "$points points, $killed of them killed in time, all passed"
