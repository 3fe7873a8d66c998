#!/usr/bin/env bash
# examples/fleet.vinet as it stands: three computers of one /32 each behind a router, one of them called by its name.
#
#      192.0.2.10 m1 ~ core ~ m2 192.0.2.20        A ----- B ----- D
#                       \~ m3 192.0.2.30 z.example.net
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
fleet_address() { echo "192.0.2.${1}0"; }
fleet_endpoint() { echo "192.0.2.${1}0:7411"; }
{ cat /etc/hosts && echo "192.0.2.30 z.example.net"; } >"$STAGE/hosts"
mount --bind "$STAGE/hosts" /etc/hosts

fleet_net 3
for i in 1 2 3; do
  fleet_net_at $i sh -c "ip addr flush dev eth0; ip addr add 192.0.2.${i}0/32 dev eth0
    ip route add 10.99.$i.1 dev eth0; ip route add default via 10.99.$i.1"
  nsenter --net="$STAGE/net/core" -- ip route add 192.0.2.${i}0/32 dev c$i
done
"$BUILD/vinet" --root "$STAGE/ca" pki init >>"$LOG" 2>&1
issue() { "$BUILD/vinet" --root "$STAGE/ca" pki issue "$1" --role machine --address "$2" --out "$STAGE/$3/etc/vinet" >>"$LOG" 2>&1; }
issue x 192.0.2.10 m1
issue y 192.0.2.20 m2
issue z z.example.net m3
for i in 1 2 3; do fleet_start $i; done
fleet_empty
run vinet_at 1 up "$EXAMPLES/fleet.vinet"
run fleet_pings 1 line.A 3 line.D
run vinet_at 1 ping-all
run vinet_at 1 verify
expect_equal "its machines" "x y z" "$(vinet_at 1 base ls --json | jq -r '[.[] | select(.away | not) | .machine] | join(" ")' | sed 's/fleet\.//g')"
run vinet_at 1 down "$EXAMPLES/fleet.vinet"
fleet_left_nothing "after down"
fleet_clean
umount /etc/hosts
leave_nothing
