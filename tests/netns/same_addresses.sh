#!/usr/bin/env bash
# Two internets from two files, with the very same end addresses, at once on the same machines: namespaces keep their
# ends apart, link addresses their links (SITN, VI §II.2).
#
#      one:  a -- b      two:  a -- b        both from 10.77.0.0/24
#      X ~~~~~~~~~~~~~~~ Y
source "$(dirname "$0")/lib.sh"

for name in one two; do
  describe $name <<END
base lab {
  machine X, Y
  X -- Y
}

internet $name on lab [pool = 10.77.0.0/24] {
  host a at X
  host b at Y
  a -- b
}
END
  up "$STAGE/$name.vinet"
done
for node in a b; do
  expect_equal "identity of $node" "$(identity one.$node)" "$(identity two.$node)"
done

# Each pair talks to itself: what was said in one is heard in one.
B=$(identity one.b)
for name in one two; do
  ns_background $name.b "$BUILD/sockcat" listen 5000 >"$STAGE/$name.heard"
  wait_for 5 listens $name.b 5000
done
for name in one two; do ns $name.a "$BUILD/sockcat" connect "$B" 5000 <<<"this is $name"; done
for name in one two; do
  wait_for 5 test -s "$STAGE/$name.heard"
  expect_equal "heard in $name.b" "this is $name" "$(cat "$STAGE/$name.heard")"
done
all_reachable

# The end of one is nothing to the other.
down one
run pings two.a "$B"
leave_nothing
