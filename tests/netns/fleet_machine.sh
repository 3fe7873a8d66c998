#!/usr/bin/env bash
# Computers as machines of a fleet: an internet over a plain routed network, on computers that have things of their own.
# Ping, TCP and traceroute go through, whatever the owner's firewall, reverse path filter and forwarding say; what the
# network carries is heard; forged packets end at the machine, strangers' IP in IP goes to its own stack. A device that is
# made anew is served again (faults.md F-30). Afterwards all that the owner had is as it was (F-48).
#
#      A, D               B             A -- B -- D
#       m1 ---- core ---- m2            rp_filter = 1, ip_forward = 0, a firewall against IP in IP, a filter on eth0
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
fleet_net 2

{
  fleet_description
  echo "internet line on fleet { host A, D at M1; router B at M2; A -- B -- D }"
} >"$STAGE/line.vinet"
run vinet plan --no-inventory --json "$STAGE/line.vinet"
cp "$OUT" "$STAGE/plan.json"
of_plan() { jq -r "$1" "$STAGE/plan.json"; }
of_node() { of_plan ".internets[0].nodes[] | select(.name == \"$1\") | .$2"; }
slices() { fleet_net_at "$1" "$BUILD/applyslices" "$STAGE/m$1" "fleet.M$1" "${@:2}" <"$STAGE/plan.json"; }
at() { nsenter --net="$STAGE/m$1/run/netns/line.$2" -- "${@:3}"; }

# What a computer has, but for counters.
photo() {
  fleet_net_at "$1" sh -c 'ip -d link; ip addr; ip route show table all; ip -6 route show table all; ip rule
    nft list ruleset; tc qdisc show; tc filter show dev eth0 ingress; tc filter show dev eth0 egress
    grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward || true' 2>>"$LOG" |
    sed 's/packets [0-9]* bytes [0-9]*//'
}
for i in 1 2; do
  fleet_net_at "$i" sh -c 'ip link add s0 type veth peer name s1; ip addr add 198.51.100.1/24 dev s0
    ip link set s0 up; ip link set s1 up; ip link set eth0 alias "the uplink of its owner"
    ip route add 203.0.113.0/24 via 198.51.100.2; ip rule add from 198.51.100.9 lookup 77
    tc qdisc add dev eth0 clsact; tc filter add dev eth0 egress prio 9 protocol ip u32 match u8 0 0 flowid 1:1
    for of in all eth0; do echo 1 >/proc/sys/net/ipv4/conf/$of/rp_filter; done
    nft "table inet owner { chain in { type filter hook input priority 0; meta l4proto 4 counter drop; }; }"'
done 2>>"$LOG"
dad_is_over() { [[ $(fleet_net_at "$1" ip -6 -o addr show scope link -tentative | wc -l) == 3 ]]; }
for i in 1 2; do wait_for 10 dad_is_over "$i"; photo "$i" >"$STAGE/before$i"; done

for i in 1 2; do run slices "$i" apply; done
for i in 1 2; do
  expect_equal "what strayed on m$i" "" "$(slices "$i" strayed)"
  expect_equal "findings on m$i" "" "$(slices "$i" check)"
  expect_equal "IPv6 on devices of ours in m$i" "" \
    "$(fleet_net_at "$i" ip -6 -o addr | awk '$2 ~ /^v/ { print $2, $4 }')"
done
D=$(of_node D identity) B=$(of_node B identity)
run at 1 A ping -n -c 3 -i 0.1 -W 2 "$D"
run at 1 A ping -n -c 3 -i 0.1 -W 2 "$(of_node D identity6)"
run at 1 A traceroute -n -q 1 -w 2 "$D"
expect_match "the way to D" " 1 $(of_node B "interfaces[0].address") .* 2 $D " "$(xargs <"$OUT")"
at 1 D "$BUILD/sockcat" listen 5000 >"$STAGE/got" & server=$!
tcp_listens() { at 1 D ss -Hlnt "sport = :5000" | grep -q .; }
wait_for 5 tcp_listens
"$BUILD/sockcat" pattern 300000 >"$STAGE/sent"
at 1 A "$BUILD/sockcat" connect "$D" 5000 <"$STAGE/sent" >>"$LOG"
wait "$server"
cmp "$STAGE/sent" "$STAGE/got"

# A router of the network carries less, and says so.
nsenter --net="$STAGE/net/core" -- ip link set c2 mtu 1400
at 1 A ping -n -c 2 -i 0.1 -W 1 -M do -s 1432 "$B" >>"$LOG" 2>&1 && fail "1,460 bytes went through 1,400"
expect_equal "what m1 has heard" "10.99.2.2 1400" "$(slices 1 heard)"
run at 1 A ping -n -c 2 -i 0.1 -W 2 -M do -s 1332 "$B"
nsenter --net="$STAGE/net/core" -- ip link set c2 mtu 1500

# Less than IPv6 needs: what is larger is fragmented outside, through the owner's own stack, and put together again.
narrow() { nsenter --net="$STAGE/net/core" -- ip link set c2 mtu "$1" && fleet_net_at 2 ip link set eth0 mtu "$1"; }
narrow 1300
run slices 1 path 10.99.1.2 10.99.2.2 1300
run slices 2 path 10.99.2.2 10.99.1.2 1300
for i in 1 2; do run slices "$i" apply line; done
run at 1 A ping -n -c 2 -i 0.1 -W 2 -M do -s 1232 "$(of_node B identity6)"
narrow 1500
run slices 1 path 10.99.1.2 10.99.2.2 0
run slices 2 path 10.99.2.2 10.99.1.2 0
for i in 1 2; do run slices "$i" apply line; done
run at 1 A ping -n -c 2 -i 0.1 -W 2 -M do -s 1432 "$B"

# From the network: a link source that is none ends at the machine; what is no link of ours is its owner's to judge.
link=($(of_plan '.internets[0].links[0] | "\(.a.link_address) \(.b.link_address)"'))
mac=$(fleet_net_at 2 ip -j link show eth0 | jq -r ".[0].address")
forge() {
  nsenter --net="$STAGE/net/core" -- "$BUILD/rawsend" c2 "$mac" 5 ipip 10.99.1.2 10.99.2.2 "$@" "$(of_node A identity)" "$B"
}
refused_by_owner() { fleet_net_at 2 nft list ruleset | grep -o 'packets [0-9]*'; }
before=$(refused_by_owner)
run forge 172.31.255.1 "${link[1]}"
dropped() { [[ $(slices 2 drops) == *"$1 5"* ]]; }
wait_for 5 dropped unknown_key
expect_equal "what the owner's firewall has seen of it" "$before" "$(refused_by_owner)"
run forge 172.31.255.1 172.31.255.2
five_refused() { [[ $(refused_by_owner) == "packets $((${before#packets } + 5))" ]]; }
wait_for 5 five_refused

# A device of the same name that is another one.
nsenter --net="$STAGE/net/core" -- ip link del c2
expect_equal "what strayed without its device" "" "$(slices 2 strayed)"
nsenter --net="$STAGE/net/core" -- ip link add c2 type veth peer name eth0 netns "$STAGE/net/m2"
nsenter --net="$STAGE/net/core" -- sh -c 'ip addr add 10.99.2.1/24 dev c2; ip link set c2 up'
fleet_net_at 2 sh -c 'ip addr add 10.99.2.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.99.2.1'
expect_equal "what strayed with its new device" "line" "$(slices 2 strayed)"
run slices 2 apply
wait_for 5 at 1 A ping -n -c 1 -W 1 "$D"

for i in 1 2; do
  run slices "$i" remove
  expect_equal "names on m$i" "" "$(ls "$STAGE/m$i/run/netns" 2>/dev/null)"
done
# Of m2 the owner has made the device anew, without its filter and name.
photo 1 >"$STAGE/after1"
diff "$STAGE/before1" "$STAGE/after1" || fail "m1 is not as it was"
expect_equal "devices of m2" "$(grep -c '^[0-9]*: ' "$STAGE/before2")" "$(photo 2 | grep -c '^[0-9]*: ')"
expect_equal "filters of m2" "" "$(fleet_net_at 2 tc filter show dev eth0 ingress)"
fleet_clean
