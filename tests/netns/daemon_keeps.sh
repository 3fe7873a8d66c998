#!/usr/bin/env bash
# The daemon puts back what was removed or altered by hand, within 2 s, and names it; what a tenant added stays.
# faults.md F-40, F-43, F-44, F-45, F-47, F-49.
#
#      A -- B -- D
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"

up figure7.vinet
inventory >"$STAGE/whole"
is_whole() { inventory >"$STAGE/now" && cmp -s "$STAGE/whole" "$STAGE/now"; }
events() { vinet events --json | jq -r 'select(.kind == "repaired") | .text' | wc -l; }
backside() {  # NODE DEVICE MACHINE
  local peer
  peer=$(ns "$1" ip -j link show dev "$2" | jq -r '.[0].link_index')
  ns "$3" ip -j link | jq -r ".[] | select(.ifindex == $peer) | .ifname"
}

# by_hand WHAT COMMAND...: after it the inventory differs, and soon it does not, and an event says so.
by_hand() {
  local what=$1 before
  before=$(events)
  shift
  "$@"
  echo "by hand: $what" >>"$LOG"
  said_more() { (($(events) > before)); }
  wait_for 10 said_more
  wait_for 10 is_whole
  all_reachable
}

by_hand "F-43 a link deleted" ns line.A ip link del B
by_hand "F-43 a base link deleted" ns lab.X ip link del Y
by_hand "F-44 an interface set down" ns line.B ip link set D down
by_hand "F-44 an MTU changed" ns line.B ip link set D mtu 1400
by_hand "F-44 an address deleted" ns line.A ip -4 addr flush dev B
by_hand "F-44 a route deleted" ns line.A ip route flush proto 76
by_hand "F-44 forwarding switched off" ns line.B sysctl -qw net.ipv4.conf.A.forwarding=0
by_hand "F-45 the filter of a base interface removed" ns lab.Y tc qdisc del dev X clsact
by_hand "F-45 the filter of a backside removed" ns lab.Y tc qdisc del dev "$(backside line.B A lab.Y)" clsact
by_hand "F-49 a backside renamed" ns lab.Y ip link set "$(backside line.B A lab.Y)" name zz
unnamed() { umount -l "$ROOT/run/netns/$1" && { [[ -z ${2:-} ]] || rm "$ROOT/run/netns/$1"; }; }
by_hand "F-40 a namespace's name unmounted" unnamed line.B
by_hand "F-40 a namespace's name removed" unnamed line.A removed

# F-44: the tenant's own things are none of the daemon's business.
ns line.A ip addr add 10.200.0.1/32 dev lo
ns line.A ip route add 10.201.0.0/16 via "$(address line.B A)" dev B proto static
inventory >"$STAGE/whole"
by_hand "a link beside them deleted" ns line.D ip link del B
expect_match "the tenant's address" "10.200.0.1" "$(ns line.A ip addr show dev lo)"
expect_match "the tenant's route" "10.201.0.0/16" "$(ns line.A ip route)"
leave_nothing
