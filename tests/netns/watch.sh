# Is a node's root, who does what he likes in red.a, seen anywhere outside his internet? For tests whose internets red and
# blue are a -- b -- c on machines X, Y and X.
#
#   watch FILE            begins: blue's nodes, the machines' lo and own stacks, what leaves X
#   unharmed WHAT         fails if anything came there since, or if blue does not work
#   end_watch             ends it
mark=vi-forged-packet  # tests/support/forge.h
hex() { printf '0x%02x%02x%02x%02x' ${1//./ }; }
key_filter() {  # FILE INTERNET LINK: as tcpdump knows its packets, either way
  local a b x y
  read -r a b < <(vinet plan "$1" --json | jq -r ".internets[] | select(.name == \"$2\") | .links[] |
    select(.name == \"$3\") | \"\(.a.link_address) \(.b.link_address)\"")
  x=$(hex "$X") y=$(hex "$Y") a=$(hex "$a") b=$(hex "$b")
  [[ $3 == a-b ]] || { read -r a b <<<"$b $a"; }
  echo "(ip[9] = 4 and ip[12:4] = $x and ip[16:4] = $y and ip[32:4] = $a and ip[36:4] = $b) or
    (ip[9] = 4 and ip[12:4] = $y and ip[16:4] = $x and ip[32:4] = $b and ip[36:4] = $a)"
}
machines=(X Y)
heard() {  # what the machines' own stacks have got (what they send is the daemon's: it tries paths)
  local machine
  for machine in "${machines[@]}"; do
    ns lab.$machine awk -v machine="$machine" '
      /^(Ip|Icmp|Udp|Tcp|UdpLite): [A-Z]/ { split($0, name) }
      /^(Ip|Icmp|Udp|Tcp|UdpLite): [0-9-]/ { for (i = 2; i <= NF; i++) if (name[i] ~ /^(In|NoPorts|Forw)/) print machine, $1, name[i], $i }
      /^(Ip6InReceives|Icmp6In|Udp6In|Udp6NoPorts)/ { print machine, $1, $2 }' /proc/net/snmp /proc/net/snmp6
  done
}
dropped_by_Y() { vinet show lab.Y --json | jq -c '[.counters[] | [.internet, .link, .node, .drops]]'; }
watch() {
  local node nodes=()
  for node in blue.a blue.b blue.c; do nodes+=("$ROOT/run/netns/$node"); done
  for node in lab.X@lo lab.Y@lo; do nodes+=("$ROOT/run/netns/$node"); done
  : >"$STAGE/seen"
  "$BUILD/witness" "${nodes[@]}" >"$STAGE/seen" &
  WITNESS=$!
  wait_for 5 grep -q listening "$STAGE/seen"
  capture base lab.X Y "not ($(key_filter "$1" red a-b)) and not ($(key_filter "$1" red b-c)) and
    not ($(key_filter "$1" blue a-b)) and not ($(key_filter "$1" blue b-c))"
  HEARD=$(heard) DROPPED=$(dropped_by_Y) echoes=0
}
unharmed() {  # WHAT was done
  local leaked
  expect_equal "$1: what the machines' stacks got" "$HEARD" "$(heard)"
  expect_equal "$1: what Y dropped" "$DROPPED" "$(dropped_by_Y)"
  echoes=$((echoes + 1))
  run pings blue.a "$(identity blue.c)"
  echoed() { (($(grep -cE "^blue.c other 84 " "$STAGE/seen") == echoes)); }  # all before it is told, then
  wait_for 5 echoed
  expect_equal "$1: packets in blue and on lo" "" "$(grep -vE '^blue.* other 84 4500|^listening' "$STAGE/seen" || true)"
  leaked=$(tcpdump -n -r "$STAGE/base.pcap" "not arp and not icmp6" 2>/dev/null)
  expect_equal "$1: what left X and was no link's" "" "$leaked"
  if grep -qa "$mark" "$STAGE/base.pcap"; then fail "$1: a forged packet on the base"; fi
}
end_watch() {
  end_capture base
  end_background "$WITNESS"
}
