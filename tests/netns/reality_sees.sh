#!/usr/bin/env bash
# The comparison of reality.sh can fail: each small lie of one router of the two worlds is seen.
#
#      a -- r0 -- r1 -- b
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/reality.sh"

chain_up 2 mixed "[mtu = 1300]"
R4=$(identity "line.$MIDDLE") R6=$(identity "line.$MIDDLE" 6)
unlimit
sees() {  # WHAT TOPIC COMMAND-IN-R0 UNDO
  node plain r0 sh -c "$3"
  if (compare "$2" "see_$2") 2>"$STAGE/said"; then fail "not seen: $1"; fi
  grep -q "what the end nodes see differs" "$STAGE/said" || fail "$1: $(head -5 "$STAGE/said")"
  node plain r0 sh -c "$4"
}
changes() {  # WHAT TOPIC RULE-OF-NFT
  sees "$1" "$2" "nft 'table inet lie { chain way { type filter hook forward priority 0; $3; }; }'" "nft delete table inet lie"
}
compare ttl see_ttl
changes "TTL lowered twice" ttl "ip ttl 3 ip ttl set 2"
changes "hop limit lowered twice" ttl "ip6 hoplimit 3 ip6 hoplimit set 2"
changes "one answer in many is lost" payloads "ip protocol 77 drop"
changes "a bit of one TOS" payloads "ip dscp 45 ip dscp set 44"
changes "a flow label" payloads "ip6 flowlabel 0x80000 ip6 flowlabel set 0"
changes "DF is cleared" headers "ip frag-off & 0xc000 == 0xc000 ip frag-off set 0x8000"
changes "an error of another kind" sockets "udp dport 9 reject with icmpx host-unreachable"
sees "an MTU that is one less" mtu "ip link set dev r1 mtu 1299" "ip link set dev r1 mtu 1300"
sees "an error from another address" ttl "ip addr add 10.99.0.1/32 dev lo; ip route change $A4 dev a src 10.99.0.1" \
  "ip route change $A4 dev a src $(address line.r0 a)"
compare ttl see_ttl
chain_down
leave_nothing
