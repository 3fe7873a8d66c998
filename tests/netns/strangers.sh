#!/usr/bin/env bash
# What is no internet's passes the machines of a base as if vinet were not there: all IP protocols (strangers' IP in IP
# among them) of all sizes and with every TOS, fragments, TCP, UDP, ICMP, IPv6, VXLAN and where the kernel has it GRE and
# IPIP, to a machine and through it, every byte as it was sent. Strangers' IP in IP is counted as not_ours where it ends,
# and nowhere on its way.
#
#      A ------ B ------ D      running meanwhile
#      X ~~~~~~ Y ~~~~~~ Z
source "$(dirname "$0")/lib.sh"

up figure7.vinet
X=$(identity lab.X) Y=$(identity lab.Y) Z=$(identity lab.Z)
not_ours() { vinet show "$1" --json | jq '[.counters[] | select(.link == "") | .drops.not_ours // 0] | add'; }

# --- every protocol -----------------------------------------------------------------------------------------------------
for to in Y Z; do
  ns_background lab.$to "$BUILD/rawcat" listen >"$STAGE/heard"
  wait_for 5 grep -q listening "$STAGE/heard"
  before=$(not_ours lab.$to) before_Y=$(not_ours lab.Y)
  run ns lab.X "$BUILD/rawcat" send "${!to}" 2003
  sort "$OUT" >"$STAGE/sent"
  all_heard() { (($(grep -vc listening "$STAGE/heard") >= $(wc -l <"$STAGE/sent"))); }
  wait_for 10 all_heard
  end_background "$BACKGROUND"
  # The machine's own stack may send and get what it likes meanwhile (answers to strange protocols).
  expect_equal "what did not arrive at $to" "" "$(sort "$STAGE/heard" | comm -23 "$STAGE/sent" - | head -5)"
  expect_less "strangers' IP in IP at $to" 10 $(($(not_ours lab.$to) - before))
  [[ $to == Y ]] || expect_equal "counted on its way" "$before_Y" "$(not_ours lab.Y)"
done

# --- connections --------------------------------------------------------------------------------------------------------
head -c 3000000 /dev/urandom >"$STAGE/data"
# transfer ADDRESS_OF_Z: bytes over TCP, a whole UDP datagram, pings of many sizes, from X.
transfer() {
  local size
  ns_background lab.Z "$BUILD/sockcat" listen 5000 >"$STAGE/got"
  wait_for 5 listens lab.Z 5000
  run ns lab.X "$BUILD/sockcat" connect "$1" 5000 <"$STAGE/data"
  wait "$BACKGROUND"
  cmp "$STAGE/data" "$STAGE/got"
  ns_background lab.Z "$BUILD/sockcat" udp-listen 5000 >"$STAGE/got"
  wait_for 5 listens lab.Z 5000
  run ns lab.X "$BUILD/sockcat" udp-send "$1" 5000 65000 1 0
  wait_for 5 grep -q " 65000 " "$STAGE/got"
  end_background "$BACKGROUND"
  for size in 0 1 500 1400 8000 60000; do run ns lab.X ping -n -c 1 -W 2 -s $size "$1"; done
}
transfer "$Z"

# Tunnels of the machines' own, between X and Z through Y.
tunnel() {  # KIND OPTIONS...
  local kind=$1 end
  shift
  ns lab.X ip link add name tunnel type "$kind" local "$X" remote "$Z" "$@" 2>/dev/null || { echo "no $kind in this kernel" && return; }
  ns lab.Z ip link add name tunnel type "$kind" local "$Z" remote "$X" "$@"
  ns lab.X ip addr add 10.99.0.1/24 dev tunnel
  ns lab.Z ip addr add 10.99.0.2/24 dev tunnel
  for end in X Z; do ns lab.$end ip link set dev tunnel up; done
  transfer 10.99.0.2
  for end in X Z; do ns lab.$end ip link del dev tunnel; done
  echo "$kind: whole"
}
tunnel vxlan id 42 dstport 4789
tunnel gre
tunnel ipip

# IPv6 on the base, where the machines' owner wants it.
for end in "X Y 1" "Y X 2"; do
  read -r machine device number <<<"$end"
  ns lab.$machine sysctl -qw net.ipv6.conf.all.disable_ipv6=0 "net.ipv6.conf.$device.disable_ipv6=0"
  ns lab.$machine ip addr add "fd99::$number/64" dev "$device" nodad
done
wait_for 10 ns lab.X ping -n -c 1 -W 2 fd99::2
for size in 0 1400 8000; do run ns lab.X ping -n -c 1 -W 2 -s $size fd99::2; done
all_reachable
leave_nothing
