#!/usr/bin/env bash
# Two commands at once under one root: one works, the other waits its turn; those that only look do not wait.
#
#      line and fig11, both on lab
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/failpoints.sh"

# The first is stopped in the middle of its work.
export FAILCALLS_AT=120 FAILCALLS_DO=wait:$STAGE/go
LD_PRELOAD=$LIBRARY vinet up "$FILE" >"$STAGE/first" 2>&1 &
first=$!
unset FAILCALLS_AT FAILCALLS_DO
wait_for 10 test -e "$STAGE/go.reached"

vinet up "$EXAMPLES/figure11.vinet" >"$STAGE/second" 2>&1 &
second=$!
waits() { grep -q "locks_\|flock\|nanosleep\|poll\|futex" "/proc/$1/wchan" || grep -q "^State:.S" "/proc/$1/status"; }
wait_for 5 waits $second
run vinet ls --json
run vinet status --json
expect_match "operation in status" "up" "$(jq -r .operation "$OUT")"
kill -0 $second || fail "the second did not wait: $(cat "$STAGE/second")"
[[ ! -e $ROOT/run/netns/fig11.A ]] || fail "the second has begun its work"

touch "$STAGE/go"
wait $first || fail "the first failed: $(cat "$STAGE/first")"
wait $second || fail "the second failed: $(cat "$STAGE/second")"
all_reachable

# The lock of a command that was killed is free at once.
at 60 kill down --all
expect_equal "exit code" 137 "$CODE"
leave_nothing
