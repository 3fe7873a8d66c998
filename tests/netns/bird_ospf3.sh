#!/usr/bin/env bash
# OSPFv3 (RFC 5340) by an unmodified BIRD: neighbours find each other by multicast over link-local addresses and exchange routes.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/bird.sh"

up figure7.vinet
bird_everywhere <<'END'
protocol ospf v3 {
  ipv6 { import all; export filter announced; };
  area 0 { interface "A", "B", "D" { type ptp; hello 1; dead 5; }; };
}
END
expect_learned 6
expect_equal "neighbours of B" 2 "$(birdc B show ospf neighbors | grep -c Full)"
leave_nothing
wait || true
