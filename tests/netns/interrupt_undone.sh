#!/usr/bin/env bash
# An `up` that is interrupted, whenever it is, undoes itself before it ends: exit code 6, nothing left; or it was done
# already: exit code 0, all there.
#
#      A -- B -- D
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/failpoints.sh"

count_calls up "$FILE"
inventory >"$STAGE/running"
down --all
undone=0
signals=(2 15 1)
for call in $(sample 24); do
  at "$call" "signal:${signals[call % 3]}" up "$FILE"
  case $CODE in
    6) nothing_left "interrupted at call $call" && ((++undone)) ;;
    0) same_inventory "$STAGE/running" "interrupted at call $call" && down --all ;;
    *) fail "interrupted at call $call: exit code $CODE" ;;
  esac
done
echo "$undone undone"
((undone > 10)) || fail "only $undone were undone"

# Under nohup a lost terminal is no reason to stop.
trap '' HUP
at $((CALLS / 2)) signal:1 up "$FILE"
trap - HUP
expect_equal "exit code under nohup" 0 "$CODE"
same_inventory "$STAGE/running" "SIGHUP under nohup"
down --all

# What ran before goes on running.
up figure11.vinet
inventory >"$STAGE/before-line"
at $((CALLS / 2)) signal:2 up "$FILE"
expect_equal "exit code" 6 "$CODE"
same_inventory "$STAGE/before-line" "another internet after the interrupted up"
all_reachable
leave_nothing
