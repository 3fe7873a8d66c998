#!/usr/bin/env bash
# Each call that `up` of a stack makes fails once, or is its last one; likewise of `down`: all or nothing afterwards, and
# what the stack stands on is as before.
#
#   top      u ------ v
#   upper    p ------ s        brought up on lower, which runs
#   lower    a ------ c
#   lab      X ~~~~~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/failpoints.sh"
ERRORS=(12 28 16 1)  # ENOMEM ENOSPC EBUSY EPERM

describe lower <<'END'
base lab { machine X, Z; X -- Z }
internet lower on lab { host a at X; host c at Z; a -- c }
END
describe upper <<'END'
internet upper on lower { host p at a; host s at c; p -- s }
internet top on upper { host u at p; host v at s; u -- v }
END
FILE=$STAGE/upper.vinet
kernel() { inventory | grep -vE '^(file|directory) run/vinet/' >"$1"; }
same_kernel() {  # FILE WHAT
  kernel "$STAGE/now"
  cmp -s "$1" "$STAGE/now" || { diff "$1" "$STAGE/now" | head -20 >&2; fail "$2"; }
}

run vinet up "$STAGE/lower.vinet"
kernel "$STAGE/alone"
count_calls up "$FILE"
kernel "$STAGE/whole"
up_calls=$CALLS
count_calls down --recursive upper
down_calls=$CALLS
same_kernel "$STAGE/alone" "down leaves something on lower"

CALLS=$up_calls
for call in $(sample 5); do
  at "$call" "error:${ERRORS[call % 4]}" up "$FILE"
  if ((CODE == 0)); then
    same_kernel "$STAGE/whole" "up says it is done, call $call failed"
    run vinet down --recursive upper
  else
    ((CODE < 128)) || fail "call $call failed: exit code $CODE"
    same_kernel "$STAGE/alone" "up says it failed, call $call failed"
  fi
  at "$call" kill up "$FILE"
  if ((call % 2)); then
    run vinet up "$FILE"
    same_kernel "$STAGE/whole" "up after up was killed at call $call"
  fi
  vinet down --recursive upper >>"$LOG" 2>&1 || true  # it may be gone already
  same_kernel "$STAGE/alone" "down after up was killed at call $call"
done
CALLS=$down_calls
for call in $(sample 4); do
  run vinet up "$FILE"
  at "$call" kill down --recursive upper
  run vinet up "$STAGE/lower.vinet"  # ends what was begun
  kernel "$STAGE/now"
  cmp -s "$STAGE/now" "$STAGE/whole" || same_kernel "$STAGE/alone" "after down was killed at call $call"
done
run vinet down --all
leave_nothing
