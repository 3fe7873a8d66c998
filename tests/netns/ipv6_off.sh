#!/usr/bin/env bash
# `ipv6 = off`: no IPv6 address in any node, and what root in a node sends as IPv6 is dropped and counted as not_ip.
#
#      A ----- B      internet [ipv6 = off]
#      X ~~~~~ Y
source "$(dirname "$0")/lib.sh"

describe four <<'END'
base lab {
  machine X, Y
  X -- Y
}

internet four on lab [ipv6 = off] {
  host A at X
  host B at Y
  A -- B
}
END
up "$STAGE/four.vinet"
for node in A B; do
  expect_equal "IPv6 addresses in $node" "" "$(ns four.$node ip -6 -o addr show scope global)"
done
mac=$(ns four.B ip -j link show dev A | jq -r '.[0].address')
capture inside four.B A ip6
run ns four.A "$BUILD/rawsend" B "$mac" 25 echo 2001:db8::1 2001:db8::2
run pings four.A "$(identity four.B)"
end_capture inside
expect_equal "IPv6 packets in B" "" "$(fields inside ipv6 ipv6.src)"
run vinet show four.A-B --json
expect_less "drops counted as not_ip" 24 "$(jq '[.counters[] | select(.node == "A") | .drops.not_ip // 0] | add' "$OUT")"
all_reachable
leave_nothing
