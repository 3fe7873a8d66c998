#!/usr/bin/env bash
# A computer with a kernel of its own on a virtual host, as a user would put it there. The tap has the upper half of the
# host's block, to which every node has a route already; dnsmasq in the host gives the guest address, router and names.
#
#      guest ~~ tap in H -- B -- C -- D          machines: H at X, B and D at Y, C at Z
source "$(dirname "$0")/guest.sh"
command -v dnsmasq >/dev/null || skip "no dnsmasq"

describe net <<'END'
base lab {
  machine X, Y, Z
  X -- Y -- Z
}

internet net on lab [pool = 10.40.0.0/24, pool6 = fd40::/48] {
  host H at X [transit = yes]  # forwards what its guest sends
  router B at Y
  router C at Z
  host D at Y
  H -- B -- C -- D
}
END
up "$STAGE/net.vinet"
B=$(identity net.B) C=$(identity net.C) D=$(identity net.D)
expect_equal "H's block" "10.40.0.0/28 fd40::a28:0/124" \
  "$(vinet plan "$STAGE/net.vinet" --json | jq -r '.internets[0].nodes[] | select(.name == "H") | "\(.block) \(.block6)"')"

run vinet exec net.H -- ip tuntap add tap0 mode tap
run vinet exec net.H -- ip addr add 10.40.0.9/29 dev tap0
run vinet exec net.H -- ip addr add fd40::a28:9/125 dev tap0 nodad
run vinet exec net.H -- ip link set tap0 up
run vinet exec net.H -- sysctl -q net.ipv4.conf.tap0.forwarding=1
vinet exec net.H -- dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file --no-resolv --interface=tap0 \
  --bind-interfaces --dhcp-authoritative --dhcp-leasefile=/run/leases --dhcp-range=10.40.0.10,10.40.0.14,1h \
  >"$STAGE/dnsmasq" 2>&1 &
mkdir "$STAGE/www"
head -c 4000000 /dev/urandom >"$STAGE/www/file"
vinet exec net.D -- busybox httpd -f -p 80 -h "$STAGE/www" &

# What DHCP says is carried out by a script, as in any system that has udhcpc.
guest_script guest /etc/bound <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route add default via "$router"
echo "nameserver $dns" >/etc/resolv.conf
END
start_guest guest net.H tap0
in_guest guest 120 "uname -r; ip link set eth0 up; udhcpc -i eth0 -n -q -s /etc/bound"
expect_match "the guest's kernel" "$RELEASE" "$(cat "$OUT")"
in_guest guest 120 "ip -4 -o addr show dev eth0; ip route; cat /etc/resolv.conf"
expect_match "address, router and names by DHCP" "10\.40\.0\.(1[0-4])/29 .*default via 10\.40\.0\.9 .*nameserver 10\.40\.0\.9" \
  "$(tr '\n' ' ' <"$OUT")"
guest=${BASH_REMATCH[0]%%/*}

# By name, two routers away, and every router on the way shows itself.
in_guest guest 120 "ping -4 -c 3 D"
expect_match "ping D" "PING D \($D\).*ttl=61 .* 0% packet loss" "$(tr '\n' ' ' <"$OUT")"
in_guest guest 120 "traceroute -n -4 -q 1 -w 3 D"
expect_equal "the way to D" "10.40.0.9 $(address net.B H) $(address net.C B) $D" "$(awk 'NR > 1 { print $2 }' "$OUT" | xargs)"
in_guest guest 120 "nslookup -type=a C"
expect_match "C's address" "$C" "$(cat "$OUT")"
run vinet exec net.D ping -n -c 3 -W 5 "$guest"

# The links hold 1,460 bytes, the guest's card 1,500: H tells it so, once.
in_guest guest 120 "ping -4 -c 3 -s 1472 D"
expect_match "pings of 1,500 bytes" "3 packets transmitted, 2 packets received" "$(cat "$OUT")"
in_guest guest 120 "wget -q -O /tmp/file http://D/file && sha256sum </tmp/file"
expect_equal "what was downloaded" "$(sha256sum <"$STAGE/www/file")" "$(cat "$OUT")"
vinet exec net.D -- "$BUILD/sockcat" listen 9 >"$STAGE/sent" &
sent=$!
wait_for 5 listens net.D 9
in_guest guest 120 "nc D 9 </tmp/file"
wait $sent
cmp "$STAGE/sent" "$STAGE/www/file" || fail "what was sent is not what arrived"

# IPv6, with addresses set by hand; the first second is for duplicate address detection.
in_guest guest 120 "ip addr add fd40::a28:a/125 dev eth0; ip -6 route add default via fd40::a28:9; until ping -6 -c 1 -W 1 D; do :; done"
expect_match "ping -6 D" "ttl=61 .* 0% packet loss" "$(tr '\n' ' ' <"$OUT")"
end_guest guest
leave_nothing
