#!/usr/bin/env bash
# Segmentation offload survives the link layer: on the base link TCP travels in super-packets, over 10 kB on average.
#
#      A -- B -- D
#      X ~~ Y ~~ Z      captured at X
source "$(dirname "$0")/lib.sh"

up figure7.vinet
for family in 4 6; do
  ns_background line.D "$BUILD/sockcat" listen 5000 >/dev/null
  wait_for 5 listens line.D 5000
  before=$(ns lab.X ip -j -s link show dev Y | jq '.[0].stats64.tx | .bytes, .packets')
  "$BUILD/sockcat" pattern 200000000 | ns line.A "$BUILD/sockcat" connect "$(identity line.D $family)" 5000
  after=$(ns lab.X ip -j -s link show dev Y | jq '.[0].stats64.tx | .bytes, .packets')
  wait "$BACKGROUND"
  mean=$(paste <(echo "$before") <(echo "$after") | awk '{ d[NR] = $2 - $1 } END { print int(d[1] / d[2]) }')
  echo "IPv$family: $mean bytes a packet on the base link"
  expect_less "mean packet on the base link (IPv$family)" 10000 "$mean"
done
leave_nothing
