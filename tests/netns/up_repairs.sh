#!/usr/bin/env bash
# `up` repairs what someone deleted or altered by hand, says so, and leaves the rest as it is.
#
#      A -- B -- D
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1  # a daemon would repair by itself

up figure7.vinet
inventory >"$STAGE/whole"

repaired() {  # WHAT was done by hand
  inventory >"$STAGE/now"
  ! cmp -s "$STAGE/whole" "$STAGE/now" || fail "$1: the inventory does not see it"
  up figure7.vinet
  expect_match "what up says after: $1" "repair" "$(cat "$OUT" "$ERR")"
  same_inventory "$STAGE/whole" "after up repaired: $1"
  all_reachable
}
backside() {  # NODE DEVICE MACHINE
  local peer
  peer=$(ns "$1" ip -j link show dev "$2" | jq -r '.[0].link_index')
  ns "$3" ip -j link | jq -r ".[] | select(.ifindex == $peer) | .ifname"
}

ns line.A ip link del B
repaired "a link deleted"
ns lab.X ip link del Y
repaired "a base link deleted"
ns line.B ip link set D down
repaired "an interface set down"
ns line.B ip -4 addr flush dev D
repaired "an address deleted"
ns line.A ip route flush proto "$(ns line.A ip -j route | jq -r 'first(.[] | select(.protocol != "kernel") | .protocol)')"
repaired "routes deleted"
ns line.A ip route flush table main # the kernel's own routes to the peers too
repaired "all routes flushed"
ns lab.Y ip route flush proto "$(ns lab.Y ip -j route | jq -r 'first(.[] | select(.protocol != "kernel") | .protocol)')"
repaired "base routes deleted"
ns lab.Y tc qdisc del dev X clsact
repaired "the program of a base interface detached"
ns lab.Y tc qdisc del dev "$(backside line.B A lab.Y)" clsact
repaired "the program of a backside detached"
ns line.B sysctl -qw net.ipv4.ip_forward=0
# Settings are no part of the inventory: here the packets tell.
up figure7.vinet
all_reachable
umount "$ROOT/run/netns/line.B"
repaired "a namespace's name unmounted"
umount "$ROOT/run/netns/line.A" && rm "$ROOT/run/netns/line.A"
repaired "a namespace's name removed"

# What a tenant added to a node stays.
ns line.A ip addr add 10.200.0.1/32 dev lo
up figure7.vinet
expect_match "the tenant's address" "10.200.0.1" "$(ns line.A ip addr show dev lo)"
leave_nothing
