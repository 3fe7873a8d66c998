#!/usr/bin/env bash
# traceroute, tracepath, mtr, nmap and ping with its options print the same on a VI as on plain kernel routers; so do
# many errors at once, and fragments waited for in vain.
#
#      a -- r0 -- r1 -- r2 -- b      on three machines, two links inside a machine
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/reality.sh"

reality 3 mixed limits tools
expect_lines 6 "^ ?4 +($B4|$B6) T T$"  # the last hop of six traceroutes
leave_nothing
