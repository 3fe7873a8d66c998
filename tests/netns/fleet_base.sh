#!/usr/bin/env bash
# What the owner of a machine, and others, do to the network of a computer that is a machine of a fleet: faults.md F-22,
# F-30, F-45, F-48, F-51. What is ours comes back within R (10 s), what is theirs stays, what cannot be mended is said.
#
#      A ----- B ----- D         line
#      m1 ~ core ~ m2 ~ core ~ m3
#                  10.99.2.9: base address of M2; its daemon listens at 10.99.2.2
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
command -v nft >/dev/null || skip "no nft"

core() { nsenter --net="$STAGE/net/core" -- "$@"; }
at2() { fleet_net_at 2 sh -c "$*"; }
fleet_net 3
# What the owner of m2 has: a second address, a firewall, a qdisc, filters before and after ours.
at2 'ip addr add 10.99.2.9/24 dev eth0; sysctl -qw net.ipv4.conf.eth0.arp_notify=1; tc qdisc add dev eth0 root handle 7: pfifo limit 500
  tc qdisc add dev eth0 clsact; tc filter add dev eth0 ingress pref 1 protocol ip u32 match ip protocol 253 0xff classid 1:1
  tc filter add dev eth0 ingress pref 60000 protocol ip u32 match ip protocol 254 0xff classid 1:1
  nft add table inet owner; nft "add chain inet owner in { type filter hook input priority 0; }"
  nft add rule inet owner in ip protocol 4 counter drop'
fleet_pki
for i in 1 2 3; do fleet_start $i; done
{ fleet_description | sed 's/10.99.2.2:7411"/&, address = 10.99.2.9/' && cat; } >"$STAGE/line.vinet" <<'END'
internet line on fleet { host A at M1; router B at M2; host D at M3; A -- B -- D }
internet side on fleet { host a at M1; host d at M3; a -- d }
END
run vinet_at 1 up "$STAGE/line.vinet"
fleet_remember
works() { fleet_pings 1 line.A 3 line.D; }
owners() {
  at2 'tc -s qdisc show dev eth0; tc filter show dev eth0 ingress; nft list ruleset; sysctl -a -r "^net.ipv[46].(conf.(all|default|eth0)|ip_forward)" 2>/dev/null' |
    grep -vE 'Sent|backlog|vi_base|stable_secret|mc_forwarding|pref 49|^filter .* bpf' | sed -E 's/packets [0-9]+ bytes [0-9]+//; s/rule hit.*|\(.*success.*//'
}
owners >"$STAGE/owners"
# What follows is over, and how soon; then all computers hold what they held, and the owner's things are as they were.
over() {  # WHAT
  local begin=$EPOCHREALTIME
  wait_for 10 works
  echo "$1: $(awk "BEGIN { print $EPOCHREALTIME - $begin }") s" | tee -a "$LOG"
}
mended() {
  over "$1"
  fleet_holds "$1"
  run works
}
owner_untouched() { owners | diff "$STAGE/owners" - || fail "$1: what is the owner's is not as it was"; }
expect_equal "everybody reachable" 0 "$(vinet_at 1 ping-all --json | jq '[.. | .lost? | numbers] | add')"

# F-45: our filter goes, alone and with all of the device.
at2 'tc filter show dev eth0 ingress' >>"$LOG"
ours() { at2 'tc filter show dev eth0 ingress' | sed -nE 's/.* pref ([0-9]+) bpf .*/\1/p' | head -1; }
at2 "tc filter del dev eth0 ingress pref $(ours)"
mended "F-45: the filter of a base device removed"
owner_untouched F-45
at2 'tc qdisc del dev eth0 clsact'
over "F-45: with the qdisc that it hangs on"
at2 'tc filter add dev eth0 ingress pref 1 protocol ip u32 match ip protocol 253 0xff classid 1:1
  tc filter add dev eth0 ingress pref 60000 protocol ip u32 match ip protocol 254 0xff classid 1:1'
mended "F-45: and their filters made anew (F-48)"
owner_untouched F-45

# F-48, F-51: what the owner changes beside ours stays while ours is mended; a firewall that drops IP in IP and a computer
# that does not forward are none of our business.
at2 'nft add rule inet owner in ip protocol ipip counter drop; sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv4.ip_forward=0
  for of in all eth0; do echo 1 >/proc/sys/net/ipv4/conf/$of/rp_filter; done
  tc qdisc replace dev eth0 root handle 8: pfifo limit 400; tc filter add dev eth0 ingress pref 7 protocol ip u32 match ip protocol 252 0xff classid 1:1'
owners >"$STAGE/owners"
fleet_remember
mended "F-51: settings, firewall and qdisc of the computer"
at2 'nft flush ruleset; tc filter del dev eth0 ingress pref 7'
owners >"$STAGE/owners"
fleet_remember
mended "F-51: no firewall any more"
owner_untouched F-51
at2 'sysctl -qw net.ipv4.conf.lo.forwarding=0'  # of lo it is ours
lo_forwards() { [[ $(at2 'sysctl -n net.ipv4.conf.lo.forwarding') == 1 ]]; }
wait_for 10 lo_forwards
owner_untouched "F-51: lo mended"

# F-30: the base device gets another name, is made anew, it or the gateway another MAC.
routes='ip route replace default via 10.99.2.1'
at2 "ip link set eth0 down; ip link set eth0 name uplink; ip link set uplink up; $routes"
over "F-30: renamed"
at2 "ip link set uplink down; ip link set uplink name eth0; ip link set eth0 up; $routes"
over "F-30: renamed again"
at2 'ip link set eth0 address 02:00:00:00:99:02'
over "F-30: another MAC"
core ip link set c2 address 02:00:00:00:99:01
over "F-30: another MAC of the gateway"
core ip link del c2
core ip link add c2 type veth peer name eth0 netns "$STAGE/net/m2"
core sh -c 'ip addr add 10.99.2.1/24 dev c2; ip link set c2 up'
at2 "ip addr add 10.99.2.2/24 dev eth0; ip addr add 10.99.2.9/24 dev eth0; ip link set eth0 up; $routes"
over "F-30: made anew"
wait_for 15 eval '[[ $(fleet_machine 1 fleet.M2 .state) == up ]]'

# F-30: another base address is said, not guessed; nobody else's internets care.
in_trouble() { [[ "$(fleet_machine 1 fleet.M2 .state) $(fleet_machine 1 fleet.M2 .troubles.fleet)" == "in trouble fleet.M2 has lost its base address 10.99.2.9"* ]]; }
fleet_watch 1 side.a 3 side.d
at2 'ip addr add 10.99.2.10/24 dev eth0; ip addr del 10.99.2.9/24 dev eth0'
wait_for 10 in_trouble
expect_match "F-30: what m1 tells" "lost its base address 10.99.2.9" "$(fleet_events 1 trouble)"
expect_match "F-30: what m2 tells" "lost its base address 10.99.2.9" "$(fleet_events 2 trouble)"
expect_equal "F-30: the address of the plan" 10.99.2.9 "$(fleet_machine 1 fleet.M2 .address)"
at2 'ip addr del 10.99.2.10/24 dev eth0; ip addr add 10.99.2.9/24 dev eth0'
wait_for 10 eval '[[ $(fleet_machine 1 fleet.M2 .state) == up ]]'
over "F-30: the address is back"
fleet_watched "F-30: of an internet that is not on M2"

fleet_clean
leave_nothing
