#!/usr/bin/env bash
# Babel (RFC 8966) by an unmodified BIRD, both families over link-local addresses.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/bird.sh"

up figure7.vinet
bird_everywhere <<'END'
protocol babel {
  ipv4 { import all; export all; };
  ipv6 { import all; export all; };
  interface "A", "B", "D" { type wired; hello interval 200 ms; update interval 400 ms; };
}
END
expect_learned 4
expect_learned 6
leave_nothing
wait || true
