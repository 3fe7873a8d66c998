#!/usr/bin/env bash
# `down` returns when the kernel has let go and leaves nothing: by file, by name, with processes that do not want to go,
# and again and again.
#
#      A -- B -- C -- D -- E -- F    on X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"

up figure11.vinet
note_programs
down "$EXAMPLES/figure11.vinet"
nothing_left "after down FILE"

up figure11.vinet
vinet exec fig11.B bash -c 'trap "" TERM HUP INT; touch '"$STAGE"'/stubborn; sleep 999 & wait; sleep 999' &
wait_for 5 test -e "$STAGE/stubborn"
nsenter --net="$ROOT/run/netns/fig11.C" setsid sleep 998 &
note_programs
down fig11
nothing_left "after down NAME with processes in it"
wait || true

expect_exit 4 vinet down fig11
down --all
nothing_left "after a second down"

for _ in 1 2 3; do
  up figure7.vinet
  leave_nothing
done
