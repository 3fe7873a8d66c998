# The scenarios by which a VI is compared with plain kernel routers (plain.sh). Each is a function of a world that writes what
# the end nodes see. `reality K PLACEMENT...` runs them all for chains of K routers.
#
#      a -- r0 -- ... -- MIDDLE -- ... -- b       one link behind MIDDLE has an MTU of 1,300, all others 1,460
source "$NETNS_DIR/plain.sh"
for tool in nft nmap mtr tracepath traceroute; do command -v "$tool" >/dev/null || skip "no $tool"; done

# Both families: FORMAT with src and dst of each, names with 4 or 6. `pair NAME WORDS [WORDS-OF-6]`
pair() {
  echo "send $1 src=$A4 dst=$B4 $2"
  echo "send ${1}_6 src=$A6 dst=$B6 ${3-$2}"
}

# One decrement a router; TTL n ends at the n-th node, which says so and quotes.
see_ttl() {
  local ttl proto
  for ((ttl = 0; ttl <= K + 2; ttl++)); do
    for proto in udp tcp icmp; do pair "$proto-ttl-$ttl" "proto=$proto ttl=$ttl dport=$((33434 + ttl))"; done
  done | look "$1"
}

# Errors that routers and hosts answer with, by routes. The kernel answers each source five times, then once a second
# (route.error_burst), which no test wants to wait for: so each packet has a source of its own out of a's block.
another() { SOURCE4=${A4%.*}.$((${SOURCE4##*.} + 1)); }
see_routes() {
  local kind proto
  SOURCE4=$A4
  for kind in unreachable prohibit throw blackhole; do
    node "$1" "$MIDDLE" ip route add "$kind" "$B4"
    node "$1" "$MIDDLE" ip -6 route add "$kind" "$B6"
    for proto in udp tcp icmp; do
      [[ $kind == blackhole ]] || another
      pair "route-$kind-$proto" "src=$SOURCE4 proto=$proto" "proto=$proto"
    done >"$STAGE/lines"
    look "$1" <"$STAGE/lines"
    printf '%s\n' "udp socket-$kind dst=$B4" "udp socket6-$kind dst=$B6" | look "$1"
    node "$1" "$MIDDLE" ip route del "$kind" "$B4"
    node "$1" "$MIDDLE" ip -6 route del "$kind" "$B6"
  done
  another
  local unrouted=$SOURCE4
  another
  local assigned_to_nobody=$SOURCE4
  another
  look "$1" <<END
send no-route src=$unrouted dst=192.0.2.1
send no-route_6 src=$A6 dst=2001:db8::1
send unassigned src=$assigned_to_nobody dst=${B4%.*}.$((${B4##*.} + 9))
send unassigned_6 src=$A6 dst=${B6%:*}:$(printf %x $((0x${B6##*:} + 9)))
send foreign-source src=192.0.2.7 dst=$B4
send foreign-source_6 src=2001:db8::7 dst=$B6
send loopback src=$A4 dst=127.0.0.1
send loopback_6 src=$A6 dst=::1
send from-loopback src=127.0.0.1 dst=$B4
send from-nowhere src=0.0.0.0 dst=$B4
send from-multicast src=224.0.0.1 dst=$B4
send class-e src=$SOURCE4 dst=240.0.0.1
send to-zero src=$A4 dst=0.0.0.0
END
}

# A router's filter that answers.
see_filter() {
  local code port=100
  printf 'table inet reality {\n chain way {\n type filter hook forward priority 0\n' >"$STAGE/rules"
  {
    for code in net-unreachable host-unreachable prot-unreachable port-unreachable net-prohibited host-prohibited admin-prohibited; do
      echo "meta nfproto ipv4 udp dport $((++port)) reject with icmp type $code" >>"$STAGE/rules"
      echo "send filter-$code src=$A4 dst=$B4 dport=$port"
      echo "udp filter-socket-$code dst=$B4 dport=$port"
    done
    for code in no-route admin-prohibited addr-unreachable port-unreachable policy-fail reject-route; do
      echo "meta nfproto ipv6 udp dport $((++port)) reject with icmpv6 type $code" >>"$STAGE/rules"
      echo "send filter6-$code src=$A6 dst=$B6 dport=$port"
      echo "udp filter6-socket-$code dst=$B6 dport=$port"
    done
    pair filter-reset "proto=tcp dport=99"
    pair filter-drop "dport=98"
  } >"$STAGE/lines"
  printf 'tcp dport 99 reject with tcp reset\n udp dport 98 drop\n }\n}\n' >>"$STAGE/rules"
  node "$1" "$MIDDLE" nft -f "$STAGE/rules"
  look "$1" <"$STAGE/lines"
  node "$1" "$MIDDLE" nft delete table inet reality
}

# A way back through the interface that it came from.
see_redirect() {
  node "$1" r0 ip route add 203.0.113.1 via "$A4" dev a
  node "$1" r0 ip -6 route add 2001:db8:1::1 via "$A6" dev a
  look "$1" <<END
send redirect src=$A4 dst=203.0.113.1 ttl=9
send redirect_6 src=$A6 dst=2001:db8:1::1 ttl=9
END
  node "$1" r0 ip route del 203.0.113.1
  node "$1" r0 ip -6 route del 2001:db8:1::1
}

# Path MTU: what is too large for the link in the middle is refused with its MTU, or cut there.
see_mtu() {
  local size
  {
    for size in 1299 1300 1301 1308 1460; do
      pair "df-$size" "proto=icmp flags=2 data=$((size - 28))" "proto=icmp data=$((size - 48))"
    done
    pair "df-udp" "flags=2 dport=4000 data=1400 tos=0x28"
    pair "df-tcp" "flags=2 proto=tcp data=1400"
    for size in 1300 1301 1460; do echo "send cut-$size src=$A4 dst=$B4 dport=4000 data=$((size - 28)) tos=0xb8"; done
    echo "send cut-options src=$A4 dst=$B4 dport=4000 data=1400 opts=9404000001010101"
    pair own-fragments "dport=4000 data=3000 frag=1200" "dport=4000 data=3000 frag=1200"
    pair own-small-fragments "dport=4000 data=100 frag=8"
    echo "send own-fragments-cut-again src=$A4 dst=$B4 dport=4000 data=4000 frag=1400"
    for size in 1272 1273 1432 1433; do
      echo "udp socket-do-$size dst=$B4 dport=4000 df=do data=$size count=2"
      echo "udp socket6-do-$size dst=$B6 dport=4000 df=do data=$((size - 20)) count=2"
    done
    echo "udp socket-echo-65507 dst=$FAR4 dport=4000 data=65507 echo=1"
    echo "udp socket6-learn dst=$FAR6 dport=4000 data=1400 count=3 echo=1"  # lost, told, and back: both ends know
    echo "udp socket6-echo-65507 dst=$FAR6 dport=4000 data=65507 echo=1"
    echo "udp socket-65508 dst=$B4 dport=4000 data=65508"
    echo "tcp connection-after dst=$B4 dport=4000"
    echo "tcp connection6-after dst=$B6 dport=4000"
  } | look "$1"
}

# Headers that are odd or wrong: options, extension headers, lengths, checksums.
see_headers() {
  local name opts
  while read -r name opts; do
    echo "send opt-$name src=$A4 dst=$B4 proto=icmp opts=$opts"
    echo "send opt-$name-udp src=$A4 dst=$B4 opts=$opts"
  done >"$STAGE/lines" <<'END'
record-route 07270400000000000000000000000000000000000000000000000000000000000000000000000000
record-route-full 070704
record-route-one 07070400000000
record-route-pointer 07070300000000
record-route-pointer-odd 07070500000000
record-route-length 07020400
record-route-twice 0707040000000007070400000000
timestamp 441405000000000000000000000000000000000000
timestamp-address 44140501000000000000000000000000000000000000
timestamp-full 4404050f
timestamp-pointer 44080400000000
timestamp-flag 44080503000000000000
router-alert 94040000
router-alert-odd 94040001
security 820b0000000000000000000000
stream 88040001
unknown 99040000
unknown-copied 1e040000
length-zero 9900
length-one 9901
length-beyond 9908
nop-only 01010101
end-then-garbage 00ffffff
cipso 860c00000001010600000000
END
  {
    cat "$STAGE/lines"
    echo "send loose-source-route src=$A4 dst=${FAR4} proto=icmp opts=830704$(hex4 "$B4")"
    echo "send strict-source-route src=$A4 dst=${FAR4} proto=icmp opts=890704$(hex4 "$B4")"
    echo "send source-route-spent src=$A4 dst=$B4 proto=icmp opts=830708$(hex4 "$B4")"
    echo "let src=$A4 dst=$B4"
    echo "send ihl-4 ihl=4"
    echo "send ihl-15 ihl=15"
    echo "send ihl-6 ihl=6"
    # What is neither IPv4 nor IPv6 no link carries, and no router forwards: on one link a sniffer would see it on a cable.
    ((K == 0)) || echo "send version-5 version=5"
    echo "send version-6 version=6"
    echo "send length-larger totlen=100"
    echo "send length-smaller totlen=30"
    echo "send length-header totlen=20"
    echo "send length-tiny totlen=19"
    echo "send length-zero totlen=0"
    echo "send header-checksum ipsum=bad"
    echo "send reserved-flag flags=4"
    echo "send reserved-and-df flags=6 dport=4000"
    echo "send fragment-last off=1480 data=40"
    echo "send fragment-beyond off=65528 data=40"
    echo "send fragment-first flags=1 data=24"
    echo "send id-zero id=0"
    echo "send protocol-unknown proto=253"
    echo "let src=$A6 dst=$B6"
    ((K == 0)) || echo "send version6-5 version=5"
    echo "send version6-4 version=4"
    echo "send length6-larger totlen=100"
    echo "send length6-smaller totlen=20"
    echo "send length6-zero totlen=0"
    echo "send protocol6-unknown proto=253"
    echo "send none-next nh=59 proto=17"
    for name in 1e 5e 9e de; do  # the two first bits say what to do with an unknown option
      echo "send hop-option-$name nh=0 ext=1100${name}0400000000"
      echo "send end-option-$name nh=60 ext=1100${name}0400000000"
    done
    echo "send hop-padding nh=0 ext=1100010400000000 dport=4000"
    echo "send hop-router-alert nh=0 ext=1100050200000100 dport=4000"
    echo "send hop-length nh=0 ext=11ff010400000000"
    echo "send hop-option-length nh=0 ext=1100012000000000"
    echo "send hop-jumbo nh=0 ext=1100c20400010001"
    echo "send hop-not-first nh=60 ext=00000104000000001100010400000000"
    echo "send hop-icmp nh=0 proto=icmp ext=3a00010400000000"
    echo "send routing-0 nh=43 ext=1102000100000000$(printf '00%.0s' {1..16})"
    echo "send routing-0-spent nh=43 ext=1102000000000000$(printf '00%.0s' {1..16}) dport=4000"
    echo "send routing-unknown nh=43 ext=1100fd0100000000"
    echo "send routing-unknown-spent nh=43 ext=1100fd0000000000 dport=4000"
    echo "send fragment-atomic nh=44 ext=1100000000000001 dport=4000"
    echo "send fragment-odd-length nh=44 ext=1100000100000002 data=21"
    echo "send fragment-beyond6 nh=44 ext=1100fff800000003 data=40"
    echo "send destination-options nh=60 ext=1100010400000000 dport=4000"
    echo "send end-unknown-type nh=139 ext=1100010400000000"
  } | look "$1"
}
hex4() { printf '%02x' ${1//./ }; }

# Every protocol, every TOS, checksums that are none or wrong, sizes from nothing to the MTU.
see_payloads() {
  local n
  {
    for n in {0..255}; do pair "proto-$n" "proto=$n data=24 seed=$n" "proto=$n nh=$n data=24 seed=$n"; done
    for n in {0..255}; do pair "tos-$n" "tos=$n dport=4000 seed=$n"; done
    for n in 0 1 0xfffff 0x80000; do echo "send flow-$n src=$A6 dst=$B6 flow=$n dport=4000"; done
    for n in 0 1 7 8 19 20 21 63 64 65 255 256 575 576 577 1023 1024 1231 1232 1233 1251 1252 1279 1280; do
      pair "size-$n" "proto=254 data=$n seed=$n flags=2" "proto=254 data=$n seed=$n"
    done
    pair sum-zero "dport=4000 sum=zero"
    pair sum-bad "dport=4000 sum=bad"
    pair sum-bad-tcp "proto=tcp dport=4000 sum=bad"
    pair sum-bad-icmp "proto=icmp sum=bad"
    pair sctp "proto=132 hex=9c400f9fa1b2c3d400000000010000140000000100010000000a000a00000001"
    # A tenant's own tunnels, of which vinet's headers are no different.
    pair own-ipip "proto=4 hex=4500002000010000401166c90a0000110a0000409c400fa0000c000074657374"
    pair own-6in4 "proto=41 hex=6000000000083b40fd000000000000000000000000000001fd0000000000000000000000000000027465737474657374"
    pair own-gre "proto=47 hex=0000080045000014000000004001000001020304050607080000"
    pair vxlan "dport=4789 hex=0800000000002a00ffffffffffff0200000000010800"
    pair esp "proto=50 data=64"
    pair ah "proto=51 hex=3b04000000000001000000010000000000000000"
  } | look "$1"
}

# Every size that fits a link of 1,460, and the first that do not; contents as if random.
see_sizes() {
  local n
  {
    for n in {0..1440}; do pair "size-$n" "proto=254 data=$n seed=$((n + 1)) flags=2" "proto=254 data=$((n - (n > 20 ? 20 : 0))) seed=$((n + 1))"; done
    for n in {1441..1445}; do pair "too-large-$n" "proto=254 data=$n flags=2" "proto=254 data=$n"; done
  } | look "$1"
}

# What programs are told.
see_sockets() {
  look "$1" <<END
udp refused dst=$B4 dport=9 count=2
udp refused_6 dst=$B6 dport=9 count=2
udp router-refused dst=$R4 dport=9
udp router-refused_6 dst=$R6 dport=9
udp ttl-1 dst=$B4 ttl=1
udp ttl-1_6 dst=$B6 ttl=1
udp no-route dst=192.0.2.1
udp no-route_6 dst=2001:db8::1
udp broadcast-refused dst=255.255.255.255
udp broadcast dst=255.255.255.255 broadcast=1
udp multicast dst=224.0.0.251 dport=5353
udp tos dst=$FAR4 dport=4000 tos=0xb9 echo=1
udp tos_6 dst=$FAR6 dport=4000 tos=0xb9 echo=1
udp empty dst=$FAR4 dport=4000 data=0 echo=1
udp empty_6 dst=$FAR6 dport=4000 data=0 echo=1
tcp connection dst=$B4 dport=4000
tcp connection_6 dst=$B6 dport=4000
tcp connection-router dst=$R4 dport=4000
tcp refused dst=$B4 dport=9
tcp refused_6 dst=$B6 dport=9
tcp no-route dst=192.0.2.1
tcp no-route_6 dst=2001:db8::1
END
}

# What connect() says of ways that are closed. The first SYN's error finds the socket busy, so each takes a second.
see_connects() {
  local kind
  for kind in unreachable prohibit throw; do
    node "$1" "$MIDDLE" ip route add "$kind" "$B4"
    node "$1" "$MIDDLE" ip -6 route add "$kind" "$B6"
    printf '%s\n' "tcp connect-$kind dst=$B4 dport=4000" "tcp connect6-$kind dst=$B6 dport=4000" | look "$1"
    node "$1" "$MIDDLE" ip route del "$kind" "$B4"
    node "$1" "$MIDDLE" ip -6 route del "$kind" "$B6"
  done | grep -v "^A < "  # how many SYNs were answered is the clock's
}

# The tools that people look with. Times are masked, and how long nmap took.
untimed() { sed -E 's/ *[0-9.]+ ?ms/ T/g; s/time [0-9.]+/time T/; s/^rtt .*//; s/pipe .*//; /^(Starting Nmap|Nmap done)/d; s/ \([0-9.]+s latency\)//; /^Start: /d'; }
see_tools() {
  local target
  for target in "$B4" "$B6"; do
    node "$1" a traceroute -n -w 3,0,0 -q 2 "$target"
    node "$1" a traceroute -n -w 3,0,0 -q 2 -I "$target"
    node "$1" a traceroute -n -w 3,0,0 -q 2 -T -p 4000 "$target"
    node "$1" a traceroute -n -w 3,0,0 -q 1 -F "$target" 1400
    node "$1" a tracepath -n "$target"
    node "$1" a mtr -n -r -c 1 -i 0.1 -G 0.1 "$target" | awk '{ print $1, $2, $3, $4 }'
    node "$1" a ping -n -c 3 -i 0.1 -W 1 -s 1400 "$target"
  done 2>&1 | untimed
  {
    node "$1" a ping -n -c 1 -W 2 -R "$B4"
    node "$1" a ping -n -c 1 -W 2 -T tsonly "$B4" | sed -E 's/[0-9]+ absolute.*//; s/^[[:space:]]+-?[0-9]+$/T/'
    node "$1" a ping -n -c 1 -W 1 -b 255.255.255.255 || true
    node "$1" a ping -n -c 1 -W 2 ff02::1%r0
    node "$1" a nmap -n -sn --reason "$B4" "$R4"
    node "$1" a nmap -n -Pn -T5 -sS -p 79-81 --reason "$B4"
    node "$1" a nmap -n -Pn -T5 -6 -sS -p 79-81 --reason "$B6"
    node "$1" a nmap -n -Pn -T5 -sU -p 9,53 --reason "$B4"
    node "$1" a nmap -n -Pn -T5 -sO -p 1,17,47,253 "$B4"
  } 2>&1 | untimed
}

# Answers to many at once, and those that wait for fragments in vain.
see_limits() {
  {
    pair burst "ttl=1 count=12"
    ((K == 0)) || pair burst-refused "dport=9 count=12"
    pair burst-echo "proto=icmp count=12"
  } | look "$1"
  node "$1" b sysctl -qw net.ipv4.ipfrag_time=1 net.ipv6.ip6frag_time=1
  { echo "send waits-for-fragment src=$A4 dst=$B4 flags=1 data=24"
    echo "send waits-for-fragment_6 src=$A6 dst=$B6 nh=44 ext=1100000100000002 data=24 wait=1600"; } | look "$1" | sort  # the two clocks tick apart
  node "$1" b sysctl -qw net.ipv4.ipfrag_time=600 net.ipv6.ip6frag_time=600
}

# On one link: what does not go through routers. Multicast, broadcast, discovery.
see_link() {
  local group mac
  mac=$(node vi a ip -j link show dev b | jq -r '.[0].address' | tr -d :)
  {
    for group in 224.0.0.1 224.0.0.2 224.0.0.5 224.0.0.9 224.0.0.18 224.0.0.22 224.0.0.251 239.255.255.250 255.255.255.255 \
      "${A4%.*}.255"; do
      echo "send to-$group src=$A4 dst=$group dport=5353 ttl=1"
      echo "send ping-$group src=$A4 dst=$group proto=icmp ttl=1"
    done
    for group in ff02::1 ff02::2 ff02::5 ff02::9 ff02::16 ff02::fb ff02::1:6 ff05::2 ff0e::101; do
      echo "send to-$group src=$LINK_A dst=$group dport=5353 ttl=1"
      echo "send ping-$group src=$LINK_A dst=$group proto=icmp ttl=1"
    done
    echo "send ospf-hello src=$A4 dst=224.0.0.5 proto=89 ttl=1 tos=0xc0 hex=0201002c0a000001000000000000000000000000000000000000000000010200000000050000000000000000"
    echo "send ospf3-hello src=$LINK_A dst=ff02::5 proto=89 nh=89 ttl=1 hex=0301001c0a000001000000000000000000000001010000130001000500000000"
    echo "send vrrp src=$A4 dst=224.0.0.18 proto=112 ttl=255 hex=210164010001000000000000"
    echo "send mdns src=$A4 dst=224.0.0.251 dport=5353 sport=5353 ttl=255 hex=000000000001000000000000056c6f63616c0000010001"
    echo "send igmp2-report src=$A4 dst=224.0.0.251 proto=2 ttl=1 opts=94040000 hex=16000904e00000fb"
    echo "send igmp3-report src=$A4 dst=224.0.0.22 proto=2 ttl=1 opts=94040000 hex=2200fa010000000104000000e00000fb"
    echo "send igmp-query src=$A4 dst=224.0.0.1 proto=2 ttl=1 opts=94040000 hex=1164ee9b00000000"
    echo "send mld2-report src=$LINK_A dst=ff02::16 proto=icmp nh=0 ext=3a00050200000100 ttl=1 type=143 echo=0 hex=04000000ff0200000000000000000000000000fb"
    echo "send solicit src=$LINK_A dst=$LINK_B proto=icmp type=135 echo=0 seq=0 ttl=255 hex=$(hex6 "$LINK_B")0101$mac show=1"
    echo "send solicit-end-address src=$LINK_A dst=$B6 proto=icmp type=135 echo=0 seq=0 ttl=255 hex=$(hex6 "$B6")0101$mac show=1"
    echo "send solicit-far src=$LINK_A dst=$LINK_B proto=icmp type=135 echo=0 seq=0 ttl=254 hex=$(hex6 "$LINK_B") show=1"
    echo "send router-solicit src=$LINK_A dst=ff02::2 proto=icmp type=133 echo=0 seq=0 ttl=255 data=0"
    echo "send router-advertise src=$LINK_A dst=ff02::1 proto=icmp type=134 echo=0x4000 seq=0 ttl=255 data=8 seed=0"
    echo "send link-local src=$LINK_A dst=$LINK_B proto=icmp"
    echo "send link-local-udp src=$LINK_A dst=$LINK_B dport=4000"
    echo "send dhcp src=0.0.0.0 dst=255.255.255.255 sport=68 dport=67 data=240"
    pair hop-limit-0 "ttl=0 dport=4000"
    pair whole-mtu "proto=icmp flags=2 data=1432" "proto=icmp data=1412"
    pair over-mtu "proto=icmp flags=2 data=1433" "proto=icmp data=1413"
  } | look "$1"
}
# Linux joins the group of a solicited node only where there is ARP. A virtual link is point to point and has none.
see_solicited_group() {
  local tail
  tail=$(hex6 "$LINK_B")
  tail=${tail: -6}
  look "$1" <<<"send solicit src=$LINK_A dst=ff02::1:ff${tail:0:2}:${tail:2} proto=icmp type=135 echo=0 seq=0 ttl=255 hex=$(hex6 "$LINK_B") show=1"
}
hex6() { awk -v a="$1" 'BEGIN {
  n = split(a, side, "::"); l = split(side[1], left, ":"); r = n > 1 ? split(side[2], right, ":") : 0
  for (i = 1; i <= l; i++) out = out pad(left[i])
  if (n > 1) { for (i = l + r; i < 8; i++) out = out "0000"; for (i = 1; i <= r; i++) out = out pad(right[i]) }
  print out }
  function pad(x) { return substr("0000" x, length(x) + 1) }'; }

reality() {  # K PLACEMENT TOPIC...
  local topic
  if [[ ${*:3} == sizes ]]; then chain_up "$1" "$2"; else chain_up "$1" "$2" "[mtu = 1300]"; fi
  R4=$(identity "line.$MIDDLE") R6=$(identity "line.$MIDDLE" 6)
  for topic in "${@:3}"; do
    [[ $topic == limits ]] || unlimit
    compare "$topic" "see_$topic"
    [[ -z ${VINET_KEEP:-} ]] || cp "$SAME" "$VINET_KEEP/$topic.$1.$2"
  done
  chain_down
}
quick_topics=(ttl routes filter redirect headers payloads sockets mtu)
slow_topics=(limits tools connects)
# An equal nothing proves nothing: the last text has so many lines of this kind.
expect_lines() { expect_equal "lines like '$2' in $SAME" "$1" "$(grep -Ec "$2" "$SAME")"; }
