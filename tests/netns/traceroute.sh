#!/usr/bin/env bash
# Traceroute, by ICMP, UDP and TCP, IPv4 and IPv6, lists every router in order; none is missing, none is there twice.
#
#      A -- B -- C -- D -- E -- F    on X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"

up figure11.vinet
for family in 4 6; do
  # A router answers from its interface towards A.
  want="$(address fig11.B A $family) $(address fig11.C B $family) $(address fig11.D C $family) "
  want+="$(address fig11.E D $family) $(identity fig11.F $family)"
  for method in icmp udp tcp; do
    run ns fig11.A traceroute -n -"$family" -q 3 -w 2 -M "$method" "$(identity fig11.F $family)"
    expect_equal "routers by $method, IPv$family" "$want" \
      "$(awk '$1 ~ /^[0-9]+$/ { printf "%s%s", s, $2; s = " " }' "$OUT")"
    expect_no_match "answers by $method, IPv$family" "\*" "$(cat "$OUT")"
  done
done
leave_nothing
