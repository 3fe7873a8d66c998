#!/usr/bin/env bash
# A node's kernel is set as any computer's. Of all that /proc/sys/net shows nothing differs from a new namespace with a veth
# pair, but for what `promised` says: no reverse path filter (the network layer is weak, VI §II.2.1), redirects as by default
# whatever this computer was hardened with, no limit of ICMP errors (a traceroute is complete), and a router forwards. lo
# forwards too, so that programs can ask the node's FIB for links that stand on it; nothing of others ever comes in by lo.
#
#      A -- B -- D      A: a host, B: a router
source "$(dirname "$0")/lib.sh"

up figure7.vinet
new() {  # NAME SETTING...
  touch "$STAGE/$1" && unshare --net="$STAGE/$1" sh -c 'ip link set lo up
    ip link add x type veth peer name y; ip link set x up; ip link set y up'
  nsenter --net="$STAGE/$1" sysctl -qw "${@:2}"
}
promised=(net.ipv4.conf.{all,default,x}.rp_filter=0 net.ipv4.conf.x.{send_redirects,accept_redirects,secure_redirects,shared_media}=1
  net.ipv4.conf.lo.{forwarding,accept_local}=1 net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0
  net.ipv4.conf.x.{proxy_arp,log_martians,route_localnet,bc_forwarding}=0)
new host "${promised[@]}"
new router "${promised[@]}" net.ipv4.conf.x.forwarding=1 net.ipv6.conf.all.forwarding=1
# Every setting in one line, those of one device as `x`. Secrets and what depends on the device's size are left out.
settings() {
  nsenter --net="$1" sh -c 'cd /proc/sys/net; grep -rs "" core ipv4 ipv6 || true' | sed "s|/$2/|/x/|" |
    grep -vE '/(conf|neigh)/(y|D)/|stable_secret|fastopen_key|/x/mtu:' | sort
}
for pair in "host A B" "router B A"; do
  read -r like node device <<<"$pair"
  settings "$STAGE/$like" x >"$STAGE/want"
  settings "$ROOT/run/netns/line.$node" $device >"$STAGE/got"
  (($(wc -l <"$STAGE/want") > 300)) || fail "too few settings: $(wc -l <"$STAGE/want")"
  expect_equal "settings of a $like" "" "$(diff "$STAGE/want" "$STAGE/got" || true)"
done
umount "$STAGE/host" "$STAGE/router"
leave_nothing
