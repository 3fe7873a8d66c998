#!/usr/bin/env bash
# `vinet capture` of links: one interface a link and layer, all headers decoded, names, comments; nothing twice, nothing of
# other links; a link within one machine is never on a wire.
#
#      A ------------ B ------------ D ---- E      end layer
#      X ~~~~~~~~~~~~ Y ~~~~~~~~~~~~ Z      Z      base layer
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/vinet_capture.sh"

describe line <<'END'
base lab {
  machine X, Y, Z
  X -- Y -- Z
}

internet line on lab {
  host A at X
  router B at Y
  router D, E at Z
  A -- B -- D -- E
}
END
up "$STAGE/line.vinet"
vinet plan "$STAGE/line.vinet" --json >"$STAGE/plan"
link() { jq -r ".internets[].links[] | select(.name == \"$1\") | .$2.link_address" "$STAGE/plan"; }
X=$(identity lab.X) Y=$(identity lab.Y) Z=$(identity lab.Z)
q=$(link A-B a) r=$(link A-B b)
A=$(address line.A B) D=$(identity line.D) A6=$(address line.A B 6) D6=$(identity line.D 6)
E=$(identity line.E)

begin_vinet_capture ab line.A-B
begin_vinet_capture bd line.B-D line.D-E
run ns line.A ping -n -c 1 "$D"
run ns line.A ping -n -c 1 "$D6"
run ns line.A ping -n -c 1 "$E"
end_vinet_capture ab
end_vinet_capture bd

# The first echo and its reply, at every place where it passed, in order, with all headers that it had there.
is_clean ab
expect_equal "the first echo on A-B" "line.A-B at A|$A|$D|0x00000002
line.A-B on lab.X:Y|$X,$q,$A|$Y,$r,$D|0x00000002
line.A-B on lab.Y:X|$X,$q,$A|$Y,$r,$D|0x00000001
line.A-B at B|$A|$D|0x00000001
line.A-B at B|$D|$A|0x00000002
line.A-B on lab.Y:X|$Y,$r,$D|$X,$q,$A|0x00000002
line.A-B on lab.X:Y|$Y,$r,$D|$X,$q,$A|0x00000001
line.A-B at A|$D|$A|0x00000001" \
  "$(decoded ab "icmp && ip.addr == $D" frame.interface_name ip.src ip.dst frame.packet_flags_direction)"
expect_equal "the IPv6 echo on A-B" "line.A-B at A||$A6|
line.A-B on lab.X:Y|$X,$q|$A6|41
line.A-B on lab.Y:X|$X,$q|$A6|41
line.A-B at B||$A6|" \
  "$(decoded ab icmpv6.type==128 frame.interface_name ip.src ipv6.src ip.proto | sed 's/|4,41$/|41/')"
expect_equal "echoes of D-E, which is within Z" "line.D-E at D
line.D-E at E
line.D-E at E
line.D-E at D" "$(decoded bd "icmp && ip.addr == $E && frame.interface_name contains \"D-E\"" frame.interface_name)"
expect_equal "packets of A-B among those of the others" "" "$(decoded bd "ip.addr == $q" frame.interface_name)"
expect_equal "interfaces" "line.B-D at B
line.B-D at D
line.B-D on lab.Y:Z
line.B-D on lab.Z:Y
line.D-E at D
line.D-E at E" "$(interfaces bd)"

# What the file says of itself: section, interfaces, names of addresses of all layers.
capinfos "$STAGE/ab.pcapng" >"$OUT" 2>/dev/null
expect_match "comment of the file" "vinet [0-9.]+ capture line.A-B: internet line on lab" "$(cat "$OUT")"
expect_match "time" "nanoseconds \(9\)" "$(cat "$OUT")"
expect_match "filter" "ip proto 4 and \(\(ip\[12:4\] = 0x[0-9a-f]{8} and" "$(cat "$OUT")"
tcpdump -d "$(sed -n 's/.*Filter string = //p' "$OUT" | head -1)" >/dev/null 2>&1 || fail "tcpdump does not take the filter"
capinfos "$STAGE/bd.pcapng" >"$OUT" 2>/dev/null
expect_match "comment of a link within a machine" "nothing of this link goes over a wire" "$(strings "$STAGE/bd.pcapng")"
expect_equal "names" "lab.X,line.A-B@A,line.A|lab.Y,line.A-B@B,line.D" \
  "$(tshark -r "$STAGE/ab.pcapng" -Nn -Y "icmp.type == 8 && ip.addr == $D && ip.addr == $X" -T fields -E separator='|' -e ip.src_host -e ip.dst_host 2>/dev/null | head -1)"

# Of forged packets of the base, those that carry the link's key are the link's, the others are left over.
begin_vinet_capture forged line.A-B lab.X
mac=$(ns lab.X ip -j link show dev Y | jq -r '.[].address')
run ns lab.Y "$BUILD/rawsend" X "$mac" 3 ipip "$Y" "$X" "$r" "$q" "$D" "$A"
run ns lab.Y "$BUILD/rawsend" X "$mac" 2 ipip "$Y" "$X" "$r" "$r" "$D" "$A"
end_vinet_capture forged
by_interface() { decoded forged "$1" frame.interface_name | sort | uniq -c | sed 's/^ *//'; }
expect_equal "with the key" $'3 line.A-B on lab.X:Y\n3 line.A-B on lab.Y:X' "$(by_interface "ip.src == $r && ip.dst == $q && ip.dst == $A && ip.src == $D")"
expect_equal "with another" "2 lab.X:Y" "$(by_interface "ip.src == $r && ip.dst == $r && frame.packet_flags_direction == 1")"

# The fragments of a base packet are the link's too, though only the first one carries the key.
begin_vinet_capture parts line.A-B
mac=$(ns lab.Y ip -j link show dev X | jq -r '.[].address')
run ns lab.X "$BUILD/rawsend" Y "$mac" 1 parts "$X" "$Y" "$q" "$r" "$A" "$D" 012 77
run ns lab.X "$BUILD/rawsend" Y "$mac" 1 parts "$X" "$Y" "$r" "$q" "$A" "$D" 012 78
end_vinet_capture parts
expect_equal "fragments" $'3 line.A-B on lab.X:Y\n3 line.A-B on lab.Y:X' \
  "$(decoded parts "ip.id == 77" frame.interface_name | sort | uniq -c | sed 's/^ *//')"
expect_equal "fragments with another key" "" "$(decoded parts "ip.id == 78" frame.interface_name)"

# What is said in the end.
expect_match "summary" "packets on 4 interfaces in [0-9.]+ s, none dropped by the kernel" "$(cat "$STAGE/ab.said")"
expect_match "summary of an interface" "line.A-B on lab.X:Y +[0-9]+" "$(cat "$STAGE/ab.said")"
leave_nothing
