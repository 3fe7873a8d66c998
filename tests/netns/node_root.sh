#!/usr/bin/env bash
# Root inside a node, acting in its own network namespace only, cannot reach the machine over the network: whatever it
# forges, no counter of the machine moves and no interface of it sees a packet. faults.md F-114.
#
#      A ------- B ------- D       root in A sends to the backside of its link, to X's addresses, with X's source, ...
#      X ~~~~~~~ Y ~~~~~~~ Z
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1  # a daemon would put back the MTU that root changes here

up figure7.vinet
X=$(identity lab.X) Y=$(identity lab.Y) A=$(address line.A B)
peer=$(ns line.A ip -j link show dev B | jq -r '.[0].link_index')
backside=$(ns lab.X ip -j -d link | jq -r ".[] | select(.ifindex == $peer) | .ifname")
mac=$(ns lab.X ip -j link show dev "$backside" | jq -r '.[0].address')
own6=$(ns line.A ip -j -6 addr show dev B scope link | jq -r '[.[].addr_info[].local | strings][0]')

expect_equal "addresses of the backside" "" "$(ns lab.X ip -o addr show dev "$backside")"
heard() { ns lab.X cat /proc/net/snmp /proc/net/snmp6 | grep -E '^(Ip|Icmp|Udp|Tcp|Ip6|Icmp6|Udp6)' |
  grep -E 'Ip6InReceives|Icmp6InMsgs|Udp6|^[IUT]'; }

capture lo lab.X lo
capture base lab.X Y
before=$(heard)
ns line.A ip link set dev B mtu 9000

# Packets that are for the machine, in frames for its backside, for everybody, for many.
for to in "$mac" ff:ff:ff:ff:ff:ff 01:00:5e:00:00:01 33:33:00:00:00:01; do
  for destination in "$X" 127.0.0.1 255.255.255.255 224.0.0.1 "$Y"; do
    for source in "$A" "$X" 127.0.0.1 0.0.0.0; do
      ns line.A "$BUILD/rawsend" B "$to" 20 echo "$source" "$destination"
      ns line.A "$BUILD/rawsend" B "$to" 20 udp "$source" "$destination" 7
      ns line.A "$BUILD/rawsend" B "$to" 20 big "$source" "$destination"  # the program must drop it
    done
  done
  for destination in ::1 ff02::1 fe80::1 "$own6"; do
    ns line.A "$BUILD/rawsend" B "$to" 20 echo "$own6" "$destination"
  done
  ns line.A "$BUILD/rawsend" B "$to" 20 arp "$A" "$X"
done
# A forged packet of the base, as if it came from Y by the link: it may only travel inside, as what it is.
ns line.A "$BUILD/rawsend" B "$mac" 20 ipip "$Y" "$X" 172.16.0.1 172.16.0.0 "$Y" "$X"

# The ordinary ways: none of the machine's addresses answers.
for destination in "$X" "$Y" 169.254.0.1; do
  if pings line.A "$destination"; then fail "$destination answers"; fi
done
expect_equal "counters of the machine" "$before" "$(heard)"

ns line.A ip link set dev B mtu 1460

# The link itself works, and ends the captures.
run pings line.A "$(identity line.D)"
wait_for 5 captured base 1 "icmp.type == 0"
end_capture base
end_capture lo
expect_equal "packets on the machine's lo" "" "$(fields lo frame frame.number)"
expect_equal "what left the machine and was no packet of the link" "" \
  "$(fields base "not (ip.proto == 4)" ip.src ip.dst frame.protocols)"
leave_nothing
