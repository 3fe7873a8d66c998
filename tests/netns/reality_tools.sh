#!/usr/bin/env bash
# traceroute, tracepath, mtr, nmap and ping with its options print the same on a VI as on plain kernel routers, and ICMP is
# limited as there.
#
#      a -- r0 -- r1 -- r2 -- b      on three machines, two links inside a machine
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/reality.sh"

reality 3 mixed tools
expect_lines 6 "^ ?[34] +($B4|$B6) +T +T"  # the last hop of six traceroutes
reality 3 mixed limits
leave_nothing
