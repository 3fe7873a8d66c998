#!/usr/bin/env bash
# The strong link layer: a packet of the base whose addresses are not exactly one link's is dropped and counted by
# reason, and no node sees it. What is protocol 4 but for no link of ours is left to the machine's own stack.
#
#      A -- B -- D       forged in Z, sent to Y over the base
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"

up figure7.vinet
vinet plan "$EXAMPLES/figure7.vinet" --json >"$STAGE/plan"
link() { jq -r ".internets[].links[] | select(.name == \"$1\") | .$2.link_address" "$STAGE/plan"; }
A_link=$(link A-B a) B_link=$(link A-B b) D_link=$(link B-D b) B2_link=$(link B-D a)
X=$(identity lab.X) Y=$(identity lab.Y) Z=$(identity lab.Z)
B=$(identity line.B) D=$(identity line.D)
mac=$(ns lab.Y ip -j link show dev Z | jq -r '.[0].address')
drops() { vinet show lab.Y --json | jq "[.. | .$1? | numbers] | add // 0"; }
capture inside line.B any icmp
# forge REASON BASE_SOURCE BASE_DESTINATION LINK_SOURCE LINK_DESTINATION: 10 of them; that counter moves by exactly 10.
forge() {
  local reason=$1 before
  before=$(drops "$reason")
  ns lab.Z "$BUILD/rawsend" Y "$mac" 10 ipip "${@:2}" "$D" "$B"
  counted() { (($(drops "$reason") == before + 10)); }
  wait_for 5 counted
}
forge unknown_key "$X" "$Y" "$D_link" "$B2_link"    # base source wrong
forge unknown_key "$Z" "$Y" "$A_link" "$B2_link"    # link source wrong
forge unknown_key "$Z" "$Y" "$D_link" "$B_link"     # another link's destination
forge not_ours "$Z" "$Y" "$D_link" 172.31.255.254   # no link of ours
# The control: with all four right it arrives.
ns lab.Z "$BUILD/rawsend" Y "$mac" 1 ipip "$Z" "$Y" "$D_link" "$B2_link" "$D" "$B"
wait_for 5 captured inside 1 "icmp.type == 8"
end_capture inside
expect_equal "echoes that B got" 1 "$(fields inside 'icmp.type == 8' ip.src | wc -l)"
leave_nothing
