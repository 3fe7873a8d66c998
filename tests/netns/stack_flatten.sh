#!/usr/bin/env bash
# Flattened is the same as layer by layer: random internets on internets, random packets between their hosts (and what is sent
# back: TTL exceeded, unreachable, too big), sent once with all stacks flattened and once with `flatten = no`: the same
# bytes at the hosts, and on every base link. And what flattened means for the internet below: nothing of its nodes changes
# when another comes and goes on it, and its hosts' interfaces do not carry the other's packets; layer by layer, backsides and
# filters of ours come and go, and they do. SEED (printed) and SEEDS repeat a run.
#
#      random   stack_make.sh            fixed   up    p ---------- s
#                                                low   a --- b --- c
#                                                lab   X ~~~ Y ~~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/stack_make.sh"
SEED=${SEED:-$(date +%s)} SEEDS=${SEEDS:-2} DEPTH=${DEPTH:-2-5} PACKETS=${PACKETS:-30}
echo "SEED=$SEED SEEDS=$SEEDS DEPTH=$DEPTH PACKETS=$PACKETS"

# Of each internet that has two hosts with one link: INTERNET HOST DEVICE ROUTER ITS-DEVICE HOST DEVICE IDENTITIES MTU.
looks() {
  jq -r '.internets[] | . as $net | [.links[] | [.a, .b], [.b, .a]] as $ends |
    [.nodes[] | .name as $name | select(.kind == "host") | [$ends[] | select(.[0].node == $name)] | select(length == 1) | .[0]] |
    select(length >= 2) | .[0] as $a | .[-1] as $b |
    def node($n): $net.nodes[] | select(.name == $n);
    [$net.name, $a[0].node, $a[0].device, $a[1].node, $a[1].device, $b[0].node, $b[0].device,
     node($a[0].node).identity, node($b[0].node).identity, node($a[0].node).identity6 // "-", node($b[0].node).identity6 // "-"] |
    join(" ")' "$STAGE/plan"
}
next_address() { echo "${1%.*}.$((${1##*.} + $2))"; }
pick() { local -n var=$1; local words=("${@:2}"); var=${words[RANDOM % ${#words[@]}]}; }  # VARIABLE WORD...
# Lines for wirelook: packets of all kinds from A to B, of the sizes that a link of MTU carries.
random_packets() {  # A4 B4 A6 B6 MTU
  local n src dst size proto ttl flags port extra six
  for ((n = 0; n < PACKETS; n++)); do
    pick size 0 1 8 100 500 1000 $(($5 - 60)) $(($5 - 28)) $((RANDOM % ($5 - 60)))
    pick port 4000 9
    pick six no no yes
    if [[ $3 == - || $six == no ]]; then
      pick dst "$2" "$2" "$2" "$2" "$2" "$2" 192.0.2.1 "$(next_address "$2" 40)" 255.255.255.255 224.0.0.1
      pick src "$1" "$1" "$1" "$1" "$1" "$(next_address "$1" 20)"
      pick proto udp tcp icmp icmp 47 50 4 253
      pick flags 0 2 2
      pick ttl 64 64 64 1 2 3 255
      pick extra "" "" "" opts=94040000 opts=01010101 frag=800 sum=bad ipsum=bad
      extra+=" flags=$flags id=$((RANDOM + 1))"
    else
      size=$((size > 40 ? size - 40 : size))
      src=$3
      pick dst "$4" "$4" "$4" 2001:db8::1 ff02::1
      pick proto udp tcp icmp icmp 47 50 41
      pick ttl 64 64 1 2 255
      pick extra "" "" "" frag=800 sum=bad
      extra+=" flow=$RANDOM"
    fi
    echo "send p$n src=$src dst=$dst proto=$proto ttl=$ttl tos=$((RANDOM % 256)) dport=$port data=$size seed=$RANDOM $extra"
  done
}

# Sends all the lines in a world of this kind: what hosts see in $1.hosts, what the base's links carry in $1.base.
world() {  # FLATTEN
  local net a device_a router device_r b device_b a4 b4 a6 b6 machine device file mtu
  print_stack "$1" | describe world
  up "$STAGE/world.vinet"
  for file in "$ROOT"/run/netns/v*; do
    nsenter --net="$file" sysctl -qw net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000000 \
      net.ipv4.icmp_msgs_burst=1000000 net.ipv4.ipfrag_time=600 net.ipv6.ip6frag_time=600
  done
  vinet plan "$STAGE/world.vinet" --json >"$STAGE/plan"
  jq -r '.bases[].links[] | "\(.a.machine) \(.a.device)"' "$STAGE/plan" >"$STAGE/base_links"
  while read -r machine device; do capture "$1.$machine.$device" "lab.$machine" "$device" ip proto 4; done <"$STAGE/base_links"
  looks >"$STAGE/looks"
  while read -r net a device_a router device_r b device_b a4 b4 a6 b6; do
    mtu=$(ns "$net.$a" ip -j link show dev "$device_a" | jq '.[0].mtu')
    [[ -e $STAGE/lines.$net ]] || random_packets "$a4" "$b4" "$a6" "$b6" "$mtu" >"$STAGE/lines.$net"
    echo "### $net, $a to $b"
    "$BUILD/wirelook" "$ROOT/run/netns/$net.$a" "$device_a" "$(ns "$net.$router" ip -j link show dev "$device_r" | jq -r '.[0].address')" "$a4" \
      "$ROOT/run/netns/$net.$b" "$device_b" "$b4" <"$STAGE/lines.$net"
  done <"$STAGE/looks" >"$STAGE/$1.hosts"
  while read -r machine device; do
    end_capture "$1.$machine.$device"
    echo "### $machine.$device"
    "$BUILD/layers" <"$STAGE/$1.$machine.$device.pcap" | sort
  done <"$STAGE/base_links" >"$STAGE/$1.base"
  down --all
}

most_headers() {
  awk '/^4/ { for (n = 0; length($(n + 1)) == 40; n++); if (n > most) most = n } END { print most + 0 }' "$STAGE/yes.base"
}

for ((seed = SEED, compared = 0; compared < SEEDS; seed++)); do
  ((seed < SEED + 20 * SEEDS)) || fail "$((seed - SEED)) random stacks, and hardly a packet on the base"
  RANDOM=$seed
  depth=$((${DEPTH%-*} + RANDOM % (${DEPTH#*-} - ${DEPTH%-*} + 1)))
  make_stack $depth $((depth + 1))
  rm -f "$STAGE"/lines.*
  for flatten in yes no; do world $flatten; done
  for what in hosts base; do
    # Multicast reports, to ff02::16, are sent by every kernel when it pleases.
    for way in yes no; do sed -i /ff020000000000000000000000000016/d "$STAGE/$way.$what"; done
    diff "$STAGE/yes.$what" "$STAGE/no.$what" >"$STAGE/difference" ||
      fail "seed $seed: $what differ (< flattened, > layer by layer):"$'\n'"$(head -c 3000 "$STAGE/difference")"
  done
  expect_no_match "wirelook" "not answered" "$(cat "$STAGE/yes.hosts")"
  on_base=$(grep -c '^4' "$STAGE/yes.base") || true
  ((on_base < 50)) || ((++compared))  # else all of it lies on one machine, or no internet has two hosts
  echo "seed $seed: $depth deep, $(wc -l <"$STAGE/looks") internets looked at, $(grep -c '^[AB] <' "$STAGE/yes.hosts") packets at hosts," \
    "$on_base on the base, at most $(most_headers) headers, all the same"
done

# --- the nodes below ----------------------------------------------------------------------------------------------------
describe low <<'EOF'
base lab { machine X, Y, Z; X -- Y -- Z }
internet low on lab { host a at X; router b at Y; host c at Z; a -- b -- c }
EOF
nodes=(low.a low.b low.c)
state() {  # addresses, routes, rules, queues, filters, devices of all lower nodes; then settings
  local node
  for node in "${nodes[@]}"; do
    ns $node bash -c "$(declare -f inventory_of_namespace); inventory_of_namespace" | sed "s/^/$node: /"
    ns $node sysctl -a 2>/dev/null | grep -E 'forwarding|rp_filter|accept_local|disable_ipv6|mtu' | sed "s/^/$node: /"
  done | without_numbers | sort
}
# That the interfaces of lower hosts have carried.
packets() { local node; for node in low.a low.c; do ns $node ip -j -s link show dev b; done | jq -s '[.[][].stats64 | .rx.packets, .tx.packets] | add'; }
up "$STAGE/low.vinet"
for flatten in yes no; do
  describe up <<<"internet up on low [flatten = $flatten] { host p at a; host s at c; p -- s }"
  state >"$STAGE/before.low"
  up "$STAGE/up.vinet"
  state >"$STAGE/during.low"
  before=$(packets) router=$(ns low.b ip -j -s link show dev a | jq '.[0].stats64.rx.packets')
  run ns up.p ping -q -n -c 100 -i 0.002 -W 2 "$(identity up.s)"
  moved=$(($(packets) - before))
  expect_less "packets through the router below" 99 $(($(ns low.b ip -j -s link show dev a | jq '.[0].stats64.rx.packets') - router))
  diff "$STAGE/before.low" "$STAGE/during.low" >"$STAGE/difference" || true
  if [[ $flatten == yes ]]; then
    expect_equal "flattened: what changed in the nodes below" "" "$(cat "$STAGE/difference")"
    expect_less "flattened: packets that moved the counters of the hosts below" $moved 20
  else
    expect_less "layer by layer: the same" 399 $moved
    expect_equal "layer by layer: what was taken away below" "" "$(grep '^<' "$STAGE/difference" || true)"
    backsides=$(for node in "${nodes[@]}"; do
      ns $node ip -j link | jq -r '.[] | select((.ifalias // "") | startswith("vinet:up:")).ifname'; done | paste -sd'|')
    expect_equal "layer by layer: new below, and neither a backside, marked ours, nor a filter of ours" "" \
      "$(grep '^>' "$STAGE/difference" | grep -vE "$backsides|qdisc clsact|filters of |direct-action|protocol all bpf" || true)"
    for node in low.a low.c; do  # what root in a node could reach, else, and what its kernel would send there
      ns $node ip -j addr show | jq -r '.[] | select((.ifalias // .ifname) | test("^vinet:up:|^v[0-9a-f]{14}$")) | .addr_info[].local'
      ns $node ip -6 route show table all | grep -E "$backsides" || true
    done >"$STAGE/addresses"
    expect_equal "layer by layer: addresses and IPv6 routes of backsides below" "" "$(cat "$STAGE/addresses")"
    expect_less "layer by layer: lines that are new" 3 "$(grep -c '^>' "$STAGE/difference")"
  fi
  down up
  state >"$STAGE/after.low"
  diff "$STAGE/before.low" "$STAGE/after.low" || fail "flatten = $flatten: something of up is left in the nodes below"
done
leave_nothing
