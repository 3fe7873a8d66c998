#!/usr/bin/env bash
# An `up` of a changed description is killed between the name of a new namespace and its namespace, of a node and of a machine;
# and one that takes them away, between the namespace and its name. Taken back, nothing of it is left. faults.md F-03.
#
#      A -- B        changed: B -- C, and C is at W
#      X ~~ Y        changed: Y ~~ W
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/failpoints.sh"
describe small <<<'base lab { machine X, Y; X -- Y }
internet line on lab { host A at X; host B at Y; A -- B }'
describe large <<<'base lab { machine X, Y, W; X -- Y -- W }
internet line on lab { host A at X; router B at Y; host C at W; A -- B -- C }'
declare -A OTHER=([small]=large [large]=small)
for form in small large; do
  run vinet up "$STAGE/$form.vinet"
  inventory >"$STAGE/is-$form"
  run vinet down --all
done
points=0
for from in small large; do
  to=${OTHER[$from]}
  run vinet up "$STAGE/$from.vinet"
  count_calls up "$STAGE/$to.vinet"
  # Before the mount that makes a name a namespace, and about the unmount that takes it from it.
  mapfile -t moments < <(awk '$2 == "mount" || $2 == "umount2" || last == "umount2" { print $1 } { last = $2 }' "$STAGE/calls")
  run vinet down --all
  for call in "${moments[@]}"; do
    run vinet up "$STAGE/$from.vinet"
    at "$call" kill up "$STAGE/$to.vinet"
    expect_equal "exit code, killed at call $call" 137 "$CODE"
    run vinet up "$STAGE/$from.vinet"
    same_inventory "$STAGE/is-$from" "'$from' again after a change to '$to' was killed at call $call"
    note_programs
    run vinet down --all
    nothing_left "down after it"
    points=$((points + 1))
  done
done
expect_less "moments" 4 "$points"
leave_nothing
