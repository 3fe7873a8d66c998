#!/usr/bin/env bash
# Each call that `up` or `down` makes fails once, one after another: all or nothing afterwards, and the exit code says
# which. (The quick suite takes a sample, the long one every call.)
#
#      A -- B -- D
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/failpoints.sh"
ERRORS=(12 28 16 1)  # ENOMEM ENOSPC EBUSY EPERM

count_calls up "$FILE"
inventory >"$STAGE/running"
cp "$STAGE/calls" "$STAGE/up-calls"
up_calls=$CALLS
count_calls down --all
cp "$STAGE/calls" "$STAGE/down-calls"
down_calls=$CALLS

what() { sed -n "${1}s/.* //p" "$STAGE/$2-calls"; }
CALLS=$up_calls points=0 borne=0
for call in $(sample 24); do
  at "$call" "error:${ERRORS[call % 4]}" up "$FILE"
  if ((CODE == 0)); then  # borne: it could do without, or did it in another way
    same_inventory "$STAGE/running" "up says it is done, call $call ($(what "$call" up)) failed"
    ((++borne))
    down --all
  else
    ((CODE < 128)) || fail "call $call ($(what "$call" up)) failed: exit code $CODE"
    [[ -s $ERR ]] || fail "call $call ($(what "$call" up)) failed: not a word about it"
    nothing_left "up says it failed, call $call ($(what "$call" up)) failed"
  fi
  ((++points))
done

without_state() { grep -vE '^(file|directory) run/vinet/'; }
CALLS=$down_calls
for call in $(sample 12); do
  up "$FILE"
  at "$call" "error:${ERRORS[call % 4]}" down line
  if ((CODE == 0)); then
    # Only the emptied state may still be there, where it could not be removed: the next command does that.
    inventory | without_state >"$STAGE/now"
    without_state <"$STAGE/before" | cmp -s - "$STAGE/now" || fail "call $call of down failed, and down says it is done"
    down --all
    ((++borne))
  else
    ((CODE < 128)) || fail "call $call ($(what "$call" down)) of down failed: exit code $CODE"
    [[ -s $ERR ]] || fail "call $call ($(what "$call" down)) of down failed: not a word about it"
    inventory >"$STAGE/now"
    cmp -s "$STAGE/now" "$STAGE/running" || cmp -s "$STAGE/now" "$STAGE/before" || down --all
    down --all
  fi
  nothing_left "down, call $call ($(what "$call" down)) failed, exit code $CODE"
  ((++points))
done
echo "$points points passed; at $borne of them the command went on"
