#!/usr/bin/env bash
# A base interface without offloads (as on an old NIC): the kernel must cut the super-packets of a link, with all their
# headers, into packets of the base's MTU. TCP arrives whole, at speed, IPv4 and IPv6, over one link and over two.
#
#      A -- B -- D
#      X ~~ Y ~~ Z      all base interfaces: tso off, gso off, tx off
source "$(dirname "$0")/lib.sh"
command -v ethtool >/dev/null || skip "no ethtool"

up figure7.vinet
for place in "X Y" "Y X" "Y Z" "Z Y"; do
  read -r machine device <<<"$place"
  ns "lab.$machine" ethtool -K "$device" tso off gso off tx off >/dev/null 2>&1
done
"$BUILD/sockcat" pattern 50000000 >"$STAGE/sent"
for to in B D; do
  for family in 4 6; do
    ns_background line.$to "$BUILD/sockcat" listen 5000 >"$STAGE/arrived"
    wait_for 5 listens line.$to 5000
    capture base lab.Y X -c 4000 ip proto 4
    start=$(date +%s%N)
    ns line.A timeout 15 "$BUILD/sockcat" connect "$(identity line.$to $family)" 5000 <"$STAGE/sent" ||
      fail "TCP to $to by IPv$family did not get through in 15 s"
    wait "$BACKGROUND"
    echo "A to $to, IPv$family: $((50000000 * 8000 / ($(date +%s%N) - start))) Mbit/s"
    end_capture base
    cmp "$STAGE/sent" "$STAGE/arrived" || fail "TCP to $to by IPv$family arrived damaged"
    expect_equal "largest packet on the base, IPv$family" 1500 \
      "$(fields base "tcp and ip.src == $(identity lab.X)" ip.len | cut -d, -f1 | sort -n | tail -1)"
  done
done
leave_nothing
