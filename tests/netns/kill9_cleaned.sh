#!/usr/bin/env bash
# kill -9 at any call of `up` or `down`: the next `up` makes it whole, the next `down` leaves nothing.
#
#      A -- B -- D
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/failpoints.sh"

count_calls up "$FILE"
inventory >"$STAGE/running"
up_calls=$CALLS
count_calls down --all
down_calls=$CALLS
nothing_left

CALLS=$up_calls
for call in $(sample 14); do
  at "$call" kill up "$FILE"
  # Where the kernel lets it wait, an up asks once more than the next: of the last calls there may be fewer.
  ((call > CALLS - 5 && CODE == 0)) || expect_equal "exit code, killed at call $call of up" 137 "$CODE"
  if ((call % 2)); then
    up "$FILE"
    same_inventory "$STAGE/running" "up after up was killed at call $call"
    run vinet status --json
    expect_equal "leftovers" "[]" "$(jq -c .leftovers "$OUT")"
  fi
  note_programs
  down --all
  nothing_left "down after up was killed at call $call"
done

CALLS=$down_calls
for call in $(sample 10); do
  up "$FILE"
  note_programs
  at "$call" kill down line
  [[ $CODE == 137 || $CODE == 0 ]] || fail "killed at call $call of down: exit code $CODE"
  if ((call % 2)); then
    up "$FILE"
    same_inventory "$STAGE/running" "up after down was killed at call $call"
    note_programs
  fi
  down --all
  nothing_left "down after down was killed at call $call"
done
