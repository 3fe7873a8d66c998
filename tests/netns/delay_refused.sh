#!/usr/bin/env bash
# `delay` needs netem. A kernel without it: refused with the reason, nothing touched. With it: the round trip shows it.
#
#      A ----- B      [delay = 20ms], each way
source "$(dirname "$0")/lib.sh"

describe late <<'END'
base lab {
  machine X, Y
  X -- Y
}

internet late on lab {
  host A at X
  host B at Y
  A -- B [delay = 20ms]
}
END
ip link add probe type veth peer name probed
if tc qdisc add dev probe root netem delay 1ms 2>/dev/null; then netem=yes; else netem=no; fi
ip link del probe

if [[ $netem == no ]]; then
  expect_exit 3 vinet up "$STAGE/late.vinet"
  expect_match "reason" "netem" "$(cat "$ERR")"
  expect_match "place" "late.vinet:9:" "$(cat "$ERR")"
  nothing_left
else
  up "$STAGE/late.vinet"
  run ns late.A ping -n -c 3 -i 0.2 "$(identity late.B)"
  expect_less "round trip in ms" 39.9 "$(awk -F/ '/^rtt/ { print $4 }' "$OUT" | grep -o '[0-9.]*$')"
  leave_nothing
fi
