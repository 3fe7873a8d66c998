#!/usr/bin/env bash
# What a link puts on the wire is RFC 2003's: a computer that knows nothing of vinet, with the kernel's own `ipip` in
# `ipip`, takes the place of machine Y and talks to node A. Its cable is the one that was plugged into Y.
#
#      A ---------------------- D      end layer    inner tunnel (ipip; IPv6: sit)
#      Q ====================== R      link layer   outer tunnel (ipip)
#      X ~~~~ cable ~ bridge ~~ Y      base layer   virtio card of the guest
source "$(dirname "$0")/guest.sh"
export VINET_NO_DAEMON=1  # a daemon would plug the cable into Y again

describe pair <<'END'
base lab {
  machine X, Y
  X -- Y
}

internet pair on lab {
  host A at X
  host D at Y
  A -- D
}
END
up "$STAGE/pair.vinet"
vinet plan "$STAGE/pair.vinet" --json >"$STAGE/plan"
Q=$(jq -r '.internets[].links[].a.link_address' "$STAGE/plan") R=$(jq -r '.internets[].links[].b.link_address' "$STAGE/plan")
X=$(identity lab.X) Y=$(identity lab.Y) near=$(address lab.Y X) far=$(address lab.X Y)
A=$(address pair.A D) A6=$(address pair.A D 6) D=$(identity pair.D) D6=$(identity pair.D 6)

# The cable's end goes from Y to a namespace of the test, where a bridge joins it to the guest's card.
touch "$ROOT/run/netns/desk"
unshare --net="$ROOT/run/netns/desk" true
run ns lab.Y ip link set X netns "$ROOT/run/netns/desk"
run ns desk sh -c "ip link add bridge type bridge; ip tuntap add tap0 mode tap; for d in bridge tap0 X; do ip link set \$d up; done
  ip link set X master bridge; ip link set tap0 master bridge; tc filter show dev X ingress; tc filter show dev X egress"
expect_equal "filters on the cable" "" "$(cat "$OUT")"
if pings pair.A "$D"; then fail "D of vinet still answers"; fi

program guest ip tc
start_guest guest desk tap0 192 ipip sit
# The neighbours of a computer that comes back with another card hear of it.
in_guest guest 120 "sysctl -w net.ipv4.conf.eth0.arp_notify=1
  ip addr add $near peer $far dev eth0; ip addr add $Y/32 dev lo; ip link set eth0 up
  ip route add $X via $far src $Y; ping -c 1 -W 5 $X"
in_guest guest 120 "ip link add outer type ipip local $Y remote $X ttl 64 tos inherit; ip link set outer up
  ip addr add $R peer $Q dev outer
  ip link add inner type ipip local $R remote $Q ttl 64 tos inherit; ip link set inner up
  ip addr add $D/32 dev inner; ip route add $A/32 dev inner src $D
  ip link add inner6 type sit local $R remote $Q ttl 64 tos inherit; ip link set inner6 up
  ip addr add $D6/128 dev inner6; ip route add $A6/128 dev inner6"

# Both ways, and whichever of the two opened it. IPv6 travels as protocol 41 in the link header.
capture wire lab.X Y ip proto 4
run ns pair.A ping -n -c 3 -W 5 -Q 0xb8 "$D"
run ns pair.A ping -n -c 3 -W 5 "$D6"
in_guest guest 120 "ping -c 3 $A
  ping -6 -c 3 $A6"
# What a link holds, to the byte, on either side.
run ns pair.A ping -n -c 1 -W 5 -M do -s 1432 "$D"
expect_exit 1 ns pair.A ping -n -c 1 -W 5 -M do -s 1433 "$D"
expect_match "too large for A" "mtu.1460" "$(cat "$OUT" "$ERR")"
in_guest guest 120 "ping -c 1 -s 1432 $A; cat /sys/class/net/inner/mtu"
expect_equal "MTU of the kernel's inner tunnel" 1460 "$(tail -n 1 "$OUT")"
wait_for 5 captured wire 28 "icmp or icmpv6.type == 128 or icmpv6.type == 129"
end_capture wire

mkdir "$STAGE/www"
head -c 4000000 /dev/urandom >"$STAGE/www/file"
vinet exec pair.A -- busybox httpd -f -p 80 -h "$STAGE/www" &
wait_for 5 listens pair.A 80
in_guest guest 120 "wget -q -O /tmp/file http://$A/file; sha256sum </tmp/file; httpd -p 80 -h /tmp"
expect_equal "what the guest downloaded" "$(sha256sum <"$STAGE/www/file")" "$(cat "$OUT")"
for host in "$D" "[$D6]"; do
  run ns pair.A timeout 120 busybox wget -q -O "$STAGE/got" "http://$host/file"
  cmp "$STAGE/got" "$STAGE/www/file" || fail "what A downloaded from $host is not the file"
done

# The echo's headers are vinet's, the reply's the kernel's: the same but for the addresses.
headers() { fields wire "icmp.type == $1 && ip.dsfield == 0xb8" ip.src ip.dst ip.version ip.proto ip.ttl ip.len ip.dsfield \
  ip.flags.df ip.hdr_len ip.flags.mf ip.frag_offset ip.checksum.status | head -n 1; }
same="4,4,4 4,4,1 64,64,64 124,104,84 0xb8,0xb8,0xb8"
rest="20,20,20 0,0,0 0,0,0 1,1,1"
expect_equal "written by vinet" "$X,$Q,$A $Y,$R,$D $same 1,1,1 $rest" "$(headers 8)"
expect_equal "written by the kernel" "$Y,$R,$D $X,$Q,$A $same 1,1,0 $rest" "$(headers 0)"  # Linux answers an echo without DF
headers6() { fields wire "icmpv6.type == $1" ip.src ip.dst ip.version ip.proto ip.ttl ip.len ip.flags.df ipv6.src ipv6.dst \
  ipv6.hlim | head -n 1; }
same="4,4,6 4,41 64,64 144,124 1,1"
expect_equal "IPv6, written by vinet" "$X,$Q $Y,$R $same $A6 $D6 64" "$(headers6 128)"
expect_equal "IPv6, written by the kernel" "$Y,$R $X,$Q $same $D6 $A6 64" "$(headers6 129)"

# Nothing on the way to A was refused.
run vinet stats pair.A-D --json
expect_equal "drops at A" "{}" "$(jq -c '.[] | select(.node == "A").drops' "$OUT")"
end_guest guest
umount "$ROOT/run/netns/desk"
rm "$ROOT/run/netns/desk"
leave_nothing
