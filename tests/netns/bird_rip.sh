#!/usr/bin/env bash
# RIP (RFC 2453) and RIPng (RFC 2080) by an unmodified BIRD: updates to 224.0.0.9 and ff02::9.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/bird.sh"

up figure7.vinet
bird_everywhere <<'END'
protocol rip {
  ipv4 { import all; export all; };
  interface "A", "B", "D" { update time 1; };
}
protocol rip ng {
  ipv6 { import all; export all; };
  interface "A", "B", "D" { update time 1; };
}
END
expect_learned 4
expect_learned 6
leave_nothing
wait || true
