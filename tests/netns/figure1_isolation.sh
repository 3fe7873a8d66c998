#!/usr/bin/env bash
# Isolation (VI Figures 1, 3, 4): a star and a ring on the same machines, the same programs on the same ports. While one
# floods, every node of the other is watched on every interface: not one packet of the flood is seen there.
#
#      leaf0  leaf1        r0 --- r1
#          \  /            |      |          six machines, four of which have nodes of both
#          hub             |      |
#          /  \            r3 --- r2
source "$(dirname "$0")/lib.sh"

up figure1.vinet
STAR=(hub leaf0 leaf1 leaf2 leaf3) RING=(r0 r1 r2 r3)

# The same server, on the same port, in every node at once.
for node in "${STAR[@]/#/star.}" "${RING[@]/#/ring.}"; do
  ns_background "$node" "$BUILD/sockcat" udp-listen 4000 >"$STAGE/$node.heard"
  wait_for 5 listens "$node" 4000
done

# flood SENDER RECEIVER WITNESS...: the receiver gets it, the witnesses see nothing but the canary that ends the watch.
flood() {
  local from=$1 to=$2 witness heard
  shift 2
  for witness in "$@"; do
    : >"$STAGE/$witness.heard"
    capture "$witness" "$witness" any
  done
  run ns "$from" "$BUILD/sockcat" udp-send "$(identity "$to")" 4000 600 20000 0
  wait_for 5 grep -q " 600 " "$STAGE/$to.heard"
  for witness in "$@"; do
    run ns "$witness" ping -n -c 1 -W 2 127.0.0.1
    wait_for 10 seen "$witness" 1 "icmp[0] == 0"
    end_capture "$witness"
    heard=$(fields "$witness" "not icmp and not icmpv6" ip.src ip.dst | sort | uniq -c)
    expect_equal "packets in $witness while $from flooded" "" "$heard"
    expect_equal "datagrams in $witness" "" "$(cat "$STAGE/$witness.heard")"
  done
}
flood star.leaf0 star.leaf3 "${RING[@]/#/ring.}"
flood ring.r0 ring.r2 "${STAR[@]/#/star.}"

for pid in $(jobs -p); do end_background "$pid"; done
all_reachable
leave_nothing
