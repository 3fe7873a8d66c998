#!/usr/bin/env bash
# All that is compared between a VI and plain kernel routers, and every size of packet, for 1, 3 and 8 routers, on machines of
# their own, on one, and on three in turn.
#
#      a -- r0 -- ... -- b      virtual, and the same in namespaces joined by veth pairs
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/reality.sh"

for k in 1 3 8; do
  for placement in apart together mixed; do
    reality $k $placement "${slow_topics[@]}" "${quick_topics[@]}"
    reality $k $placement sizes
    expect_lines 2882 "^B < .* proto 254 "  # each of 1,441 sizes arrived, in both families
  done
done
leave_nothing
