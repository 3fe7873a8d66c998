#!/usr/bin/env bash
# Internets on internets at random, up to eight deep: siblings, several nodes on one node, links that are local at any layer,
# with IPv6 and without, flattened and not, mixed. Each is planned, deployed, verified, pinged (all pairs of all internets),
# changed while it runs, verified and pinged again, and taken down; nothing is left. SEED (printed) repeats a run; SEEDS says
# how many, DEPTH how deep (`DEPTH=5-8 SEEDS=24` in the long suite, stack_random_long.sh).
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/stack_make.sh"
SEED=${SEED:-$(date +%s)} SEEDS=${SEEDS:-2} DEPTH=${DEPTH:-2-4}
echo "SEED=$SEED SEEDS=$SEEDS DEPTH=$DEPTH"

sound() {  # WHEN
  run vinet verify
  run vinet ping-all --json
  expect_equal "seed $seed, $1: lost pairs" "[]" "$(jq -c '[.[].lost_pairs[]]' "$OUT")"
  pairs=$(jq '[.[].pairs] | add' "$OUT")
}
deep=0
for ((seed = SEED; seed < SEED + SEEDS; seed++)); do
  RANDOM=$seed
  depth=$((${DEPTH%-*} + RANDOM % (${DEPTH#*-} - ${DEPTH%-*} + 1))) start=$EPOCHREALTIME
  make_stack "$depth" $((depth + RANDOM % 4))
  histogram_add
  ((depth < 5)) || ((++deep))
  print_stack mixed | describe "stack.$seed"
  cp "$STAGE/stack.$seed.vinet" "$LOG"  # what lib.sh shows when something fails
  run vinet plan "$STAGE/stack.$seed.vinet"
  up "$STAGE/stack.$seed.vinet"
  sound "as deployed"
  change_stack
  print_stack mixed | describe "stack.$seed"
  up "$STAGE/stack.$seed.vinet"
  sound "after a change of $CHANGE"
  note_programs
  down --all
  nothing_left "after seed $seed"
  echo "seed $seed: $depth deep, ${#ON[@]} internets, changed $CHANGE; $pairs pairs, $(
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", b - a }')"
done
histogram_print
echo "$deep internets of depth 5 or more"
leave_nothing
