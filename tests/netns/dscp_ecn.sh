#!/usr/bin/env bash
# DSCP and ECN of what is sent stand in both outer headers (RFC 6040, normal mode).
#
#      A ----- B ----- D
#      X ~~~~~ Y ~~~~~ Z
source "$(dirname "$0")/lib.sh"

up figure7.vinet
D=$(identity line.D) D6=$(identity line.D 6)
ns_background line.D "$BUILD/sockcat" udp-listen 4000 >"$STAGE/heard"
wait_for 5 listens line.D 4000
capture base lab.X Y ip proto 4
for tos in 0x00 0xb8 0x01 0x02 0x03 0xba; do
  for destination in "$D" "$D6"; do
    : >"$STAGE/heard"
    run ns line.A "$BUILD/sockcat" udp-send "$destination" 4000 $((100 + tos)) 1 0 "$tos"
    wait_for 5 grep -q " $((100 + tos)) $tos\$" "$STAGE/heard"
  done
done
wait_for 5 captured base 12 udp
end_capture base
# Both outer headers carry the inner byte (normal mode, RFC 6040 §4.1).
expect_equal "TOS of base, link and inner header" "0x00 0x01 0x02 0x03 0xb8 0xba" \
  "$(fields base 'udp and not ipv6' ip.dsfield | tr , '\n' | sort | uniq -c | awk '$1 == 3 { print $2 }' | xargs)"
expect_equal "TOS of base and link header of IPv6" "0x00 0x01 0x02 0x03 0xb8 0xba" \
  "$(fields base 'udp and ipv6' ip.dsfield | tr , '\n' | sort | uniq -c | awk '$1 == 2 { print $2 }' | xargs)"
leave_nothing
