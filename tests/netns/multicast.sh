#!/usr/bin/env bash
# Multicast and the limited broadcast go to the one neighbour of the link: what routing protocols and discovery need.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"

up figure7.vinet
run ns line.A ping -n -c 1 -W 2 "ff02::1%B"
expect_match "who answers" "from fe80::" "$(cat "$OUT")"
capture near line.B A
capture far line.D B
mac() { ns line.A ip -j link show dev B | jq -r '.[0].address'; }
ns line.A "$BUILD/rawsend" B 01:00:5e:00:00:05 3 udp "$(address line.A B)" 224.0.0.5 89
ns line.A "$BUILD/rawsend" B ff:ff:ff:ff:ff:ff 3 udp "$(address line.A B)" 255.255.255.255 67
wait_for 5 seen near 6 udp
run pings line.A "$(identity line.D)"
wait_for 5 seen far 2 icmp
end_capture near
end_capture far
expect_equal "multicast at B" 3 "$(fields near "ip.dst == 224.0.0.5" frame.number | wc -l)"
expect_equal "broadcast at B" 3 "$(fields near "ip.dst == 255.255.255.255" frame.number | wc -l)"
expect_equal "either at D" 0 "$(fields far "ip.dst == 224.0.0.5 or ip.dst == 255.255.255.255" frame.number | wc -l)"
leave_nothing
