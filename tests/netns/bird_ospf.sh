#!/usr/bin/env bash
# OSPFv2 (RFC 2328) by an unmodified BIRD: hellos to 224.0.0.5 over the virtual links, neighbours become Full and exchange routes.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/bird.sh"

up figure7.vinet
bird_everywhere <<'END'
protocol ospf v2 {
  ipv4 { import all; export filter announced; };
  area 0 { interface "A", "B", "D" { type ptp; hello 1; dead 5; }; };
}
END
expect_learned 4
neighbours=$(birdc B show ospf neighbors)
expect_equal "neighbours of B" 2 "$(grep -c Full <<<"$neighbours")"
expect_match "neighbour" "$(identity line.A)" "$neighbours"
expect_match "neighbour" "$(identity line.D)" "$neighbours"
leave_nothing
wait || true
