#!/usr/bin/env bash
# On one link, what is no router's business is as on a cable: multicast, broadcast, neighbour and router discovery, hellos,
# every size up to the MTU and none above.
#
#      a -- b      virtual, and the same joined by a veth pair
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/reality.sh"

link_local() { node vi "$1" ip -j -6 addr show dev "$2" scope link | jq -r '[.[].addr_info[]?.local | strings][0]'; }
for placement in apart together; do
  chain_up 0 $placement
  LINK_A=$(link_local a b) LINK_B=$(link_local b a)
  compare limits see_limits
  # A plain kernel's would be 6: nodes answer all, so that traceroutes are complete (docs/conformance.md).
  expect_lines 12 "^A < .* proto 1 type 3 code 3 "
  expect_lines 12 "^A < .* proto 58 type 1 code 4 "
  unlimit
  compare link see_link
  expect_lines 1 "^A < .* type 136 "  # b's answer to the solicitation
  # The one known difference, which docs/conformance.md tells.
  expect_equal "answers to its group on a cable" 1 "$(see_solicited_group plain | grep -c "^A < .* type 136 ")"
  expect_equal "answers to its group on a virtual link" 0 "$(see_solicited_group vi | grep -c "^A < .* type 136 " || true)"
  [[ -z ${VINET_KEEP:-} ]] || cp "$SAME" "$VINET_KEEP/link.$placement"
  compare payloads see_payloads
  compare headers see_headers
  chain_down
done
leave_nothing
