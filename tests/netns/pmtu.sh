#!/usr/bin/env bash
# A link's MTU is that of the base path less 40 bytes. What fits passes whole; one byte more is refused by the node's own
# stack with that MTU; a datagram of 65,507 bytes travels in fragments made and joined inside, never on the base.
#
#      A -- B -- D      1,460 inside
#      X ~~ Y ~~ Z      1,500
source "$(dirname "$0")/lib.sh"

up figure7.vinet
D=$(identity line.D) D6=$(identity line.D 6)
capture base lab.X Y ip
run ns line.A ping -n -c 1 -W 2 -M do -s 1432 "$D"
run ns line.A ping -n -c 1 -W 2 -M do -s 1412 "$D6"
expect_exit 1 ns line.A ping -n -c 1 -W 2 -M do -s 1433 "$D"
expect_match "one byte more" "mtu[ :=]+1460" "$(cat "$OUT" "$ERR")"
expect_exit 1 ns line.A ping -n -c 1 -W 2 -M do -s 1413 "$D6"
expect_match "one byte more, IPv6" "mtu[ :=]+1460" "$(cat "$OUT" "$ERR")"
for destination in "$D" "$D6"; do
  ns_background line.D "$BUILD/sockcat" udp-listen 4000 >"$STAGE/heard"
  wait_for 5 listens line.D 4000
  run ns line.A "$BUILD/sockcat" udp-send "$destination" 4000 65507 1 0
  wait_for 5 grep -q " 65507 " "$STAGE/heard"
  end_background "$BACKGROUND"
done
wait_for 5 captured base 90
end_capture base

# The first ip.len of a packet is the base header's.
expect_equal "largest packet on the base" 1500 "$(fields base ip ip.len | cut -d, -f1 | sort -n | tail -1)"
expect_equal "fragments made by the base" "" "$(fields base ip ip.flags.mf ip.frag_offset | grep -E '^1|^[01,]+ [1-9]' || true)"
leave_nothing
