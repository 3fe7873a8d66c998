#!/usr/bin/env bash
# What IPv6 has learned of a path it keeps for ten minutes (RFC 8201 §4), though Linux looks every 30 s (here: every second)
# whether the gateway is still a router, which on a link without ARP nobody says.
#
#      A -- B -- D      B-D: 1,300
source "$(dirname "$0")/lib.sh"

describe small <<'END'
base lab {
  machine X, Y, Z
  X -- Y -- Z
}
internet small on lab {
  host A at X
  router B at Y
  host D at Z
  A -- B
  B -- D [mtu = 1300]
}
END
up "$STAGE/small.vinet"
expect_match "B at A" "router" "$(ns small.A ip -6 neigh show "$(address small.B A 6)" nud permanent)"
ns small.A sysctl -qw net.ipv6.route.gc_interval=1
ns small.A ping -n -c 1 -W 1 -s 1400 "$(identity small.D 6)" >/dev/null || true
expires() { ns small.A ip -6 route show cache | sed -n 's/.*expires \([0-9]*\)sec mtu 1300.*/\1/p'; }
expect_match "seconds that the path's MTU will be known" "^(5[0-9][0-9]|600)$" "$(expires)"
until_looked=$(($(expires) - 4))
gone_or_older() { (($(expires) + 0 <= until_looked)); }
wait_for 20 gone_or_older
expect_match "seconds later" "^5[0-9][0-9]$" "$(expires)"
leave_nothing
