#!/usr/bin/env bash
# The network layer is weak: every address of every node answers, whatever interface the packet comes to. An address that
# nobody has is refused at once by the router whose block it is in: it never loops.
#
#      A -- B -- C -- D -- E -- F
source "$(dirname "$0")/lib.sh"

up figure11.vinet
for node in B C D E F; do
  for address in $(ns fig11.$node ip -j addr show scope global | jq -r '.[].addr_info[].local | strings'); do
    pings fig11.A "$address" >/dev/null || fail "$address of $node does not answer A"
  done
done
vinet plan "$EXAMPLES/figure11.vinet" --json >"$STAGE/plan"
for node in B D; do
  identity=$(identity fig11.$node)
  unassigned=${identity%.*}.$((${identity##*.} + 14))
  expect_exit 1 ns fig11.A ping -n -c 1 -W 2 "$unassigned"
  expect_match "who refuses $unassigned" "From [0-9.]+ .*Unreachable" "$(cat "$OUT")"
done
leave_nothing
