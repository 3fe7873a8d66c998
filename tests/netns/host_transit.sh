#!/usr/bin/env bash
# No way leads through a host: `ping-all` counts only pairs that the plan connects, and the host's stack forwards nothing.
# With `transit = yes` it does.
#
#      A -- H -- B
source "$(dirname "$0")/lib.sh"

for transit in no yes; do
  describe transit <<END
base lab {
  machine X, Y
  X -- Y
}

internet transit on lab {
  host A at X
  host H at Y [transit = $transit]
  host B at X
  A -- H -- B
}
END
  up "$STAGE/transit.vinet"
  run vinet ping-all --json
  pairs=$([[ $transit == yes ]] && echo 12 || echo 8)
  expect_equal "pairs" "$pairs" "$(jq '[.[].pairs] | add' "$OUT")"
  expect_equal "lost" 0 "$(jq '[.[].lost] | add' "$OUT")"
  # Even if A's owner sets a route.
  ns transit.A ip route replace "$(identity transit.B)/32" via "$(address transit.H A)" dev H metric 1
  ns transit.B ip route replace "$(identity transit.A)/32" via "$(address transit.H B)" dev H metric 1
  if pings transit.A "$(identity transit.B)" >/dev/null; then got=yes; else got=no; fi
  expect_equal "does H forward?" "$transit" "$got"
  leave_nothing
done
