#!/usr/bin/env bash
# Root inside a node does in its own network namespace whatever it likes: forges frames, takes foreign addresses, changes
# MAC, MTU, queues and offloads, adds tunnels, bridges and programs, moves or deletes its interface. No node of another
# internet and no machine gets a packet of it, nothing but packets of its own link leaves the machine, and it sees nothing
# of them. `vinet up` mends its node afterwards; in the long suite (node_escape_long) also the daemon by itself.
# faults.md F-114.
#
#      red:  a ---- b ---- c      root in red.a
#      blue: a ---- b ---- c      the same addresses, the same machines
#            X ~~~~ Y ~~~~ X
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/watch.sh"

describe both <<END
base lab { machine X, Y; X -- Y }
internet red on lab [pool = 10.77.0.0/24] { host a at X; router b at Y; host c at X; a -- b -- c }
internet blue on lab [pool = 10.77.0.0/24] { host a at X; router b at Y; host c at X; a -- b -- c }
END
frames=3000 rounds=(up)
head -c 4000000 /dev/urandom >"$STAGE/data"
[[ -z ${VINET_ESCAPE_LONG:-} ]] || frames=300000 rounds=(up daemon)

# --- what root does -----------------------------------------------------------------------------------------------------
red() { ns red.a "$@"; }
mac_behind() {  # the backside's: read by the test, for root cannot
  local peer
  peer=$(red ip -j link show dev b | jq -r '.[0].link_index')
  ns lab.X ip -j link | jq -r ".[] | select(.ifindex == $peer) | .address"
}
own6() { red ip -j -6 addr show dev b scope link | jq -r '[.[].addr_info[].local | strings][0]'; }
addresses() {
  echo "$X" "$Y" "$(address lab.X Y)" "$(address lab.Y X)" 127.0.0.1 0.0.0.0 255.255.255.255 224.0.0.1 224.0.0.5 \
    172.16.0.0 172.16.0.1 172.16.0.2 172.16.0.3 172.16.0.4 172.16.0.5 172.16.0.6 172.16.0.7 \
    "$(identity red.a)" "$(identity red.b)" "$(identity red.c)" "$(address red.a b)" \
    ::1 :: ff02::1 ff02::2 ff02::5 fe80::1 "$(identity red.a 6)" "$(identity red.c 6)" "$(identity blue.a 6)"
}
assault() { red "$BUILD/assault" "${1:-b}" "$RANDOM" "${2:-$frames}" "$MAC" $ADDRESSES; }
# A few frames after each change: it is the change that may open something.
some() { assault "${1:-b}" 400 >/dev/null; }

attack_frames() { assault >"$STAGE/taken" && expect_less "frames sent" 1000 "$(cat "$STAGE/taken")"; }
attack_mtu() {
  for mtu in 65535 68 1280 9000; do red ip link set dev b mtu $mtu && some; done
  red ip link set dev b mtu 65535 && assault b 1000 >/dev/null
}
attack_mac() {
  for mac in "$MAC" 02:00:00:00:00:01; do
    red ip link set dev b down && red ip link set dev b address "$mac" && red ip link set dev b up && some
  done
}
attack_flags() {
  red ip link set dev b promisc on allmulticast on arp on multicast on && some
  red ip link set dev b arp off && some
}
attack_addresses() {
  for address in "$X/16" "$Y/32" 127.1.1.1/8 172.16.0.1/12 169.254.1.1/16 "fd00::1/8" "fe80::1/64"; do
    red ip addr add "$address" dev b
  done
  red ip route add default dev b
  red ip -6 route add default dev b
  for address in "$(address lab.Y X)" "$(address lab.X Y)" 172.16.0.0; do
    if red ping -n -c 1 -W 0.5 "$address" >/dev/null; then fail "$address answers"; fi
  done
  red ping -n -b -c 1 -W 0.3 255.255.255.255 >/dev/null 2>&1 || true
  red ping -n -c 1 -W 0.3 ff02::1%b >/dev/null || true
  some
}
attack_queues() {
  red tc qdisc del dev b root 2>/dev/null || true
  some
  red tc qdisc add dev b clsact && some
  red tc qdisc del dev b clsact
  red tc qdisc add dev b root tbf rate 1gbit burst 1mb limit 10mb && some
}
attack_offloads() {
  red ethtool -K b tso off gso off tx off sg off rx off gro on >/dev/null 2>&1 && some
  red ethtool -K b tso on gso on tx on sg on tx-gso-partial on tx-gso-list on tx-sctp-segmentation on >/dev/null 2>&1 || true
  red ip link set dev b gso_max_size 65536 gso_max_segs 65535
  red ip link set dev b gso_max_size 400000 gso_ipv4_max_size 400000 2>/dev/null || true
  some
  for address in "$(identity red.c)" "$(identity red.c 6)"; do  # super-packets of more than 64 KiB: it may fail, not leak
    ns_background red.c "$BUILD/sockcat" listen 5000 >"$STAGE/got"
    wait_for 5 listens red.c 5000
    red timeout 3 "$BUILD/sockcat" connect "$address" 5000 <"$STAGE/data" || echo "no TCP with super-packets above 64 KiB"
    end_background "$BACKGROUND" 2>/dev/null
    cmp -n "$(stat -c %s "$STAGE/got")" "$STAGE/data" "$STAGE/got"
  done
}
attack_tunnels() {
  red ip link add name vx type vxlan id 7 remote "$Y" local "$X" dev b dstport 4789
  red ip link add link b name mv type macvlan mode bridge 2>/dev/null || true
  red ip link add name gr type gre remote "$Y" local "$X" 2>/dev/null || true
  red ip link add name ii type ipip remote "$Y" local "$X" 2>/dev/null || true
  red ip addr add "$X/32" dev lo
  red ip route add "$Y" dev b
  for device in vx mv gr ii; do
    red ip link set dev $device up 2>/dev/null && some $device
  done
  true
}
attack_bridge() {
  red ip link add name br0 type bridge stp_state 1 forward_delay 200
  red ip link add name v0 type veth peer name v1
  for device in b v0; do red ip link set dev $device master br0; done
  for device in br0 v0 v1; do red ip link set dev $device up; done
  some v1 && some br0 && some
}
attack_neighbours() {
  red sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.b.proxy_ndp=1 net.ipv4.conf.b.proxy_arp=1 net.ipv4.conf.all.forwarding=1 \
    net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.b.accept_local=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.all.accept_redirects=1
  red ip neigh replace "$X" lladdr "$MAC" dev b
  red ip -6 neigh replace fe80::1 lladdr "$MAC" dev b
  red ping -n -c 1 -W 0.3 fe80::1%b >/dev/null || true
  some
}
attack_programs() {  # of its own on its interface: every packet that comes is thrown back, or "into the peer"
  local index
  index=$(red ip -j link show dev b | jq -r '.[0].ifindex')
  sed "s/INDEX/$index/" >"$STAGE/p.c" <<'END'
static long (*redirect)(unsigned, unsigned long long) = (void *)23;
static long (*redirect_peer)(unsigned, unsigned long long) = (void *)155;
__attribute__((section("reflect"))) int throw_back(void *skb) { return redirect(INDEX, 0); }
__attribute__((section("into_peer"))) int throw_on(void *skb) { return redirect_peer(INDEX, 0); }
__attribute__((section("bounce"))) int xdp_tx(void *frame) { return 3; }
char gpl[] __attribute__((section("license"))) = "GPL";
END
  clang -O2 -target bpf -c "$STAGE/p.c" -o "$STAGE/p.o"
  red tc qdisc add dev b clsact
  for program in reflect into_peer bounce; do
    if [[ $program == bounce ]]; then
      red tc filter del dev b ingress
      red ip link set dev b mtu 1400
      red ip link set dev b xdp obj "$STAGE/p.o" sec bounce
    else
      red tc filter replace dev b ingress prio 1 handle 1 bpf da obj "$STAGE/p.o" sec $program
    fi
    mac=$(red ip -j link show dev b | jq -r '.[0].address')
    ns red.b "$BUILD/rawsend" a "$mac" 20 udp "$Y" "$X" 7
    ns red.b "$BUILD/rawsend" a "$mac" 20 echo "$(own6)" ff02::1
    ns red.b "$BUILD/rawsend" a "$mac" 20 ipip "$Y" "$X" 172.16.0.5 172.16.0.4 "$Y" "$X"
    some
  done
  red ip link set dev b xdp off
  red tc qdisc del dev b clsact  # what a node does to what comes in is its own matter: nobody mends it
}
attack_name() {
  red ip link set dev b down
  red ip link set dev b name eth0
  red ip link set dev eth0 alias "vinet:blue:a-b@a" up
  red ip link add name other type veth peer name another
  red ip link set dev other alias "vinet:lab:X-Y@X" up
  some eth0 && some other
}
attack_move() {  # into a network namespace of its own, where it is root too
  ns_background red.a unshare --net sleep 1000
  local child=$BACKGROUND
  inside() { nsenter --net="/proc/$child/ns/net" -- "$@"; }
  elsewhere() { (($(stat -Lc %i "/proc/$child/ns/net") != $(stat -Lc %i "$ROOT/run/netns/red.a"))) && ! [ "/proc/$child/ns/net" -ef /proc/self/ns/net ]; }
  wait_for 5 elsewhere
  red ip link set dev b netns "$child"
  inside ip addr add "$X/24" dev b
  inside ip link set dev b up mtu 9000
  inside "$BUILD/assault" b 5 400 "$MAC" $ADDRESSES >/dev/null
  end_background "$child"
}
attack_delete() { red ip link del dev b; }

# --- the rounds ---------------------------------------------------------------------------------------------------------
whole() { vinet up "$STAGE/both.vinet" | grep -qx 'red: unchanged' && pings red.a "$(identity red.c)"; }
for round in "${rounds[@]}"; do
  unset VINET_NO_DAEMON
  [[ $round == daemon ]] || export VINET_NO_DAEMON=1
  up "$STAGE/both.vinet"
  X=$(identity lab.X) Y=$(identity lab.Y)
  all_reachable
  watch "$STAGE/both.vinet"
  addresses=$(addresses)
  for attack in $(compgen -A function attack_); do
    MAC=$(mac_behind) ADDRESSES="$addresses $(own6)"
    $attack
    wait_for 30 whole
    unharmed "$attack, mended by $round"
  done
  end_watch
  # Its own device with the name of ours is in the way, and nobody takes it away: that is said, and a new node helps.
  red ip link set dev b down
  red ip link set dev b name eth0
  red ip link add name b type veth peer name third
  expect_exit 5 vinet up "$STAGE/both.vinet"
  expect_match "in the way" "device b in namespace red.a exists" "$(cat "$ERR")"
  run pings blue.a "$(identity blue.c)"
  down red
  up "$STAGE/both.vinet"
  all_reachable
  down --all
done
leave_nothing
