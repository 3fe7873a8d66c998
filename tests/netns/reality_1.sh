#!/usr/bin/env bash
# What end nodes see through 1 virtual router is what they see through 1 plain kernel router: the answers byte by byte, the
# packets that arrive, what sockets are told. Nodes on machines of their own, on one, and on three in turn.
#
#      a -- r0 -- ... -- b      virtual, and the same in namespaces joined by veth pairs
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/reality.sh"

for placement in apart together mixed; do
  reality 1 $placement "${quick_topics[@]}"
  # b sent back what its socket got, over IPv4 and IPv6.
  expect_lines 2 "^A's socket: 65507 bytes"
done
leave_nothing
