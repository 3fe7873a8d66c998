#!/usr/bin/env bash
# The headers of VI Figure 7 on both base links, field by field: three IPv4 headers, written by X and again by Y.
#
#      A ------------ B ------------ D      end layer    A -> D, TTL lowered once, by B
#      q1 ========== r1 q2 ======== r2      link layer   its own addresses on either link
#      X ~~~~~~~~~~~~ Y ~~~~~~~~~~~~ Z      base layer   X -> Y, then Y -> Z
source "$(dirname "$0")/lib.sh"

up figure7.vinet
vinet plan "$EXAMPLES/figure7.vinet" --json >"$STAGE/plan"
link() { jq -r ".internets[].links[] | select(.name == \"$1\") | .$2.link_address" "$STAGE/plan"; }
X=$(identity lab.X) Y=$(identity lab.Y) Z=$(identity lab.Z)
A=$(address line.A B) D=$(identity line.D)

capture first lab.X Y ip proto 4
capture second lab.Z Y ip proto 4
run ns line.A ping -n -c 1 -s 56 -Q 0xb8 "$D"
wait_for 5 captured first 2
wait_for 5 captured second 2
end_capture first
end_capture second

# An echo of 84 bytes: 104 with the link header, 124 with the base header. TOS copied outwards; DF on all.
headers() { fields "$1" "icmp.type == $2" ip.src ip.dst ip.proto ip.ttl ip.len ip.dsfield ip.flags.df ip.hdr_len \
  ip.flags.mf ip.frag_offset ip.checksum.status; }
same="124,104,84 0xb8,0xb8,0xb8 1,1,1 20,20,20 0,0,0 0,0,0 1,1,1"
expect_equal "echo on X-Y" "$X,$(link A-B a),$A $Y,$(link A-B b),$D 4,4,1 64,64,64 $same" "$(headers first 8)"
expect_equal "echo on Y-Z" "$Y,$(link B-D a),$A $Z,$(link B-D b),$D 4,4,1 64,64,63 $same" "$(headers second 8)"
reply="124,104,84 0xb8,0xb8,0xb8 1,1,0 20,20,20 0,0,0 0,0,0 1,1,1"  # Linux answers an echo without DF
expect_equal "reply on Y-Z" "$Z,$(link B-D b),$D $Y,$(link B-D a),$A 4,4,1 64,64,64 $reply" "$(headers second 0)"
expect_equal "reply on X-Y" "$Y,$(link A-B b),$D $X,$(link A-B a),$A 4,4,1 64,64,63 $reply" "$(headers first 0)"

# Nothing else was put on the wire (but what IPv6 does to find its neighbours).
expect_equal "packets on X-Y" 2 "$(fields first "not ipv6" frame.number | wc -l)"
expect_equal "packets on Y-Z" 2 "$(fields second "not ipv6" frame.number | wc -l)"
leave_nothing
