# The measure of reality: the same internet without vinet. `plain_mirror INTERNET` reads the nodes of a running VI (devices,
# MACs, MTUs, addresses, routes, settings) from the kernel and makes a network namespace of each, joined by ordinary veth pairs
# with ARP and kernel forwarding. `node WORLD NAME COMMAND...` runs a command in the `plain` or the `vi` node of that name.
#
#   world_path WORLD NODE            its namespace as a file
#   in_both NODE COMMAND...          the same command in both
#   unlimit                          takes all limits of ICMP errors off in both, also that of a whole node, so that no answer
#                                    depends on the clock; nor does one about fragments that never come
#   chain_up K PLACEMENT [ATTRS]     a -- r0 -- ... -- r(K-1) -- b, `apart` on as many machines, `together` on one, or `mixed`
#                                    on three; ATTRS are of one link in the middle. Then its mirror.
#   look WORLD <SCENARIO             what a and b see: text of wirelook
#   compare NAME COMMAND...          runs COMMAND WORLD for both worlds; their texts must be equal. The text is in $SAME.
INTERNET=line

world_path() { if [[ $1 == vi ]]; then echo "$ROOT/run/netns/$INTERNET.$2"; else echo "$STAGE/plain/$2"; fi; }
node() { nsenter --net="$(world_path "$1" "$2")" -- "${@:3}"; }
in_both() { node vi "$@" && node plain "$@"; }

# What a vi node has, as commands of `ip -batch`.
plain_addresses() {
  node vi "$1" ip -j addr show | jq -r '
    .[] | .ifname as $dev | (if $dev == "lo" then "link set lo up" else "link set dev \($dev) mtu \(.mtu) up" end),
    (.addr_info[] | select(.scope == "global") |
      "addr add \(.local)\(if .address then " peer \(.address)" else "" end)/\(.prefixlen) dev \($dev)\(
        if .family == "inet6" then " nodad" else "" end)")'
}
plain_routes() {
  local family
  for family in 4 6; do
    node vi "$1" ip -$family route show proto 76 | sed 's/ error -[0-9]*//; s/ pref medium//; s/^/route add /'
  done
}
# What vinet sets in a namespace; everything else stays as in any new one.
plain_settings() {
  local key
  for key in ipv4.conf.{all,default}.rp_filter ipv4.icmp_ratemask ipv6.icmp.ratelimit ipv6.conf.all.disable_ipv6; do
    echo "net.$key=$(node vi "$1" sysctl -n "net.$key")"
  done
  # Forwarding of devices: the mirror's have their own.
  echo "net.ipv4.conf.all.forwarding=$(node vi "$1" sh -c 'grep -H . /proc/sys/net/ipv4/conf/*/forwarding | grep -v /lo/ | cut -d: -f2 | sort -n | tail -1')"
  echo "net.ipv6.conf.all.forwarding=$(node vi "$1" sysctl -n net.ipv6.conf.all.forwarding)"
  echo "net.ipv6.conf.default.accept_dad=0"  # addresses are there at once, as on a device without ARP
}

plain_mirror() {
  INTERNET=$1
  local nodes=() name line peers=() end
  mkdir -p "$STAGE/plain"
  for name in "$ROOT/run/netns/$1".*; do nodes+=("${name##*/"$1".}"); done
  for name in "${nodes[@]}"; do
    touch "$STAGE/plain/$name"
    unshare --net="$STAGE/plain/$name" true
    plain_settings "$name" | node plain "$name" sysctl -q -p - >/dev/null
    # "LINK NODE DEVICE INDEX MAC" of each of its devices
    node vi "$name" ip -j link show | jq -r --arg node "$name" '.[] | select(.ifname != "lo") |
      "\(.ifalias | split(":")[2] | split("@")[0]) \($node) \(.ifname) \(.ifindex) \(.address)"'
  done | sort >"$STAGE/plain.devices"
  local link other_link node1 dev1 index1 mac1 node2 dev2 index2 mac2
  while read -r link node1 dev1 index1 mac1 && read -r other_link node2 dev2 index2 mac2; do
    [[ $link == "$other_link" ]] || fail "plain_mirror: one end of $link only"
    node plain "$node1" ip link add name "$dev1" index "$index1" address "$mac1" type veth \
      peer name "$dev2" index "$index2" address "$mac2" netns "$STAGE/plain/$node2"
  done <"$STAGE/plain.devices"
  for name in "${nodes[@]}"; do
    plain_addresses "$name" | node plain "$name" ip -batch -
    # Neighbours are not asked again while the test looks.
    node plain "$name" sh -c 'for f in /proc/sys/net/ipv6/neigh/*/delay_first_probe_time; do echo 600 >$f; done'
  done
  for name in "${nodes[@]}"; do plain_routes "$name" | node plain "$name" ip -batch -; done
}
unlimit() {
  local world name
  for world in vi plain; do
    for name in $(ls "$STAGE/plain"); do
      node $world "$name" sysctl -qw net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0 \
        net.ipv4.icmp_msgs_per_sec=1000000 net.ipv4.icmp_msgs_burst=1000000 \
        net.ipv4.ipfrag_time=600 net.ipv6.ip6frag_time=600
    done
  done
}
plain_remove() { umount "$STAGE"/plain/* && rm -rf "$STAGE/plain"; }

chain_up() {
  local k=$1 placement=$2 attributes=${3:-} machines i places=() middle=$(($1 / 2))
  case $placement in
    apart) machines=$((k + 2)) ;;
    together) machines=1 ;;
    mixed) machines=3 ;;
  esac
  for ((i = 0; i < k + 2; i++)); do
    case $placement in
      apart) places+=("m[$i]") ;;
      together) places+=("m[0]") ;;
      mixed) places+=("m[$(((i + 1) / 2 % 3))]") ;;  # 0 1 1 2 2 0 0 1 1 2: links of both kinds
    esac
  done
  {
    echo "base lab {"
    echo "  machine m[$machines]"
    ((machines == 1)) || echo "  chain(m)"
    echo "}"
    echo "internet line on lab {"
    echo "  host a at ${places[0]}"
    echo "  host b at ${places[k + 1]}"
    for ((i = 0; i < k; i++)); do echo "  router r$i at ${places[i + 1]}"; done
    ((k == 0)) || echo "  a -- r0"
    for ((i = 1; i < k; i++)); do echo "  r$((i - 1)) -- r$i $( ((i != middle)) || echo "$attributes")"; done
    if ((k == 0)); then echo "  a -- b"; else echo "  r$((k - 1)) -- b $( ((k != 1)) || echo "$attributes")"; fi
    echo "}"
  } | describe chain
  K=$k FIRST=r0 LAST=r$((k - 1)) MIDDLE=r$((middle == 0 ? 0 : middle - 1))
  up "$STAGE/chain.vinet"
  ((k > 0)) || FIRST=b LAST=a
  plain_mirror line
  A4=$(address line.a $FIRST) A6=$(address line.a $FIRST 6)
  B4=$(identity line.b) B6=$(identity line.b 6)
  FAR4=$(address line.b "$LAST") FAR6=$(address line.b "$LAST" 6)
}
chain_down() {
  plain_remove
  down line
}

look() {
  local gateway
  gateway=$(node "$1" "$FIRST" ip -j link show dev a | jq -r '.[0].address')
  "$BUILD/wirelook" "$(world_path "$1" a)" "$FIRST" "$gateway" "$A4" "$(world_path "$1" b)" "$LAST" "$FAR4"
}

compare() {
  local name=$1 world
  shift
  for world in plain vi; do
    LOG=$STAGE/$name.$world  # what lib.sh shows when something fails there
    ("$@" "$world") >"$LOG" 2>&1
  done
  LOG=$STAGE/log
  SAME=$STAGE/$name.vi
  diff -u --label "plain kernel" --label "on the VI" "$STAGE/$name.plain" "$STAGE/$name.vi" >"$STAGE/difference" ||
    fail "$name, $K routers: what the end nodes see differs:"$'\n'"$(cut -c1-400 "$STAGE/difference" | head -60)"
}
