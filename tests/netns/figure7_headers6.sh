#!/usr/bin/env bash
# IPv6 inside: the base header carries protocol 4, the link header protocol 41, and the traffic class is copied outwards.
#
#      A ------------ B ------------ D      IPv6, hop limit lowered once, by B
#      X ~~~~~~~~~~~~ Y ~~~~~~~~~~~~ Z      IPv4
source "$(dirname "$0")/lib.sh"

up figure7.vinet
X=$(identity lab.X) Y=$(identity lab.Y) Z=$(identity lab.Z)
A=$(address line.A B 6) D=$(identity line.D 6)

capture first lab.X Y ip proto 4
capture second lab.Z Y ip proto 4
run ns line.A ping -n -c 1 -s 56 -Q 0x28 "$D"
wait_for 5 captured first 1 "icmpv6.type == 129"
wait_for 5 captured second 1 "icmpv6.type == 128"
end_capture first
end_capture second

headers() { fields "$1" "icmpv6.type == $2" ipv6.src ipv6.dst ipv6.hlim ipv6.plen ipv6.tclass ip.proto ip.ttl ip.len \
  ip.dsfield ip.flags.df ip.checksum.status; }
outside() { fields "$1" "icmpv6.type == $2" ip.src ip.dst | sed -E 's/,[0-9.]+//g'; }
same="4,41 64,64 144,124 0x28,0x28 1,1 1,1"
expect_equal "echo on X-Y" "$A $D 64 64 0x00000028 $same" "$(headers first 128)"
expect_equal "echo on Y-Z" "$A $D 63 64 0x00000028 $same" "$(headers second 128)"
expect_equal "reply on X-Y" "$D $A 63 64 0x00000028 $same" "$(headers first 129)"
expect_equal "base header on X-Y" "$X $Y" "$(outside first 128)"
expect_equal "base header on Y-Z" "$Y $Z" "$(outside second 128)"
leave_nothing
