#!/usr/bin/env bash
# Kernel objects that strangers remove, alter, take or add: faults.md F-42, F-46 to F-51, F-53. What is ours comes back,
# what is theirs stays; and no packet goes astray meanwhile.
#
#      A -- B -- D        wa -- wd: a witness, to whom nothing may come
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/invariants.sh"

up figure7.vinet
describe witness <<<'internet witness on lab { host wa at X; host wd at Y; wa -- wd }
base lab { machine X, Y, Z; X -- Y -- Z }'
up "$STAGE/witness.vinet"
mkdir -p "$ROOT/run/netns"
make_name() { touch "$ROOT/run/netns/$1" && unshare --net="$ROOT/run/netns/$1" "${@:2}"; }
remove_name() { umount -l "$ROOT/run/netns/$1" && rm "$ROOT/run/netns/$1"; }
# F-50: a namespace, a device, a table, a route of strangers, all of names and kinds like ours.
make_name line.x ip addr add 10.0.0.1/32 dev lo
ip link add lab type veth peer name line.A
ip route add unreachable 10.250.0.0/16 proto 76
nft add table inet vinet 2>/dev/null || true
remember "$EXAMPLES/figure7.vinet"
told() { vinet events --json | jq -r .text | grep -q "$1"; }
whole() { holds i2 || same_inventory "$STAGE/whole" "$1"; all_reachable; }

# F-42: another's namespace under our name: never used, reported; ours again when it is gone.
remove_name line.A
make_name line.A sleep 0
wait_for 10 told "namespace line.A exists and is not vinet's"
expect_equal "F-42: addresses in the stranger's namespace" "" "$(ns line.A ip -o addr | grep -v ' lo ' || true)"
remove_name line.A
whole F-42

# F-46: nothing of ours is pinned, so no pin can be removed: filters hold the programs, programs the maps.
[[ -z $(find /sys/fs/bpf -iname '*vinet*' -o -name 'vi_*' 2>/dev/null) ]] || fail "F-46: something is pinned"

# F-47: entries of the map by which packets that arrive find their node.
map_of() {  # MAP of machine Y
  local program id
  program=$(ns lab.Y tc filter show dev X ingress | sed -nE 's/.* id ([0-9]+) name vi_.*/\1/p' | head -1)
  for id in $(bpftool -j prog show id "$program" | jq '.map_ids[]'); do
    [[ $(bpftool -j map show id "$id" | jq -r .name) != "$1" ]] || echo "$id"
  done
}
keys=$(map_of vi_keys)
entries() { bpftool -j map dump id "$keys" | jq -c '[.[] | {key, value}] | sort'; }
entries >"$STAGE/entries"
same_entries() { entries | cmp -s "$STAGE/entries" -; }
hex() { jq -r "$1 | map(ltrimstr(\"0x\")) | join(\" \")" "$STAGE/entries"; }  # bytes, as bpftool takes them
count=$(jq length "$STAGE/entries")
((count > 2)) || fail "F-47: only $count entries"
# What the witness hears and its neighbour did not say: wa asks for a router for ever (RFC 7559), by its own addresses.
own=$(ns witness.wa ip -j addr show dev wd | jq -r '[.[0].addr_info[].local | "src host " + .] | join(" or ")')
listen() { capture astray witness.wd wa -Q in "not ($own or src host $(identity witness.wa) or src host $(identity witness.wa 6))"; }
listen  # first to an address that is not wa's: the capture can see one
ns witness.wa ip addr add 10.99.0.1/32 dev lo
ns witness.wa ping -qnc 1 -W 0.1 -I 10.99.0.1 "$(identity witness.wd)" >>"$LOG" || true
wait_for 5 seen astray 1
ns witness.wa ip addr del 10.99.0.1/32 dev lo
end_capture astray
listen
for ((i = 0; i < count; ++i)); do
  for how in delete alter; do
    # shellcheck disable=SC2046
    if [[ $how == delete ]]; then bpftool map delete id "$keys" key hex $(hex ".[$i].key"); else
      bpftool map update id "$keys" key hex $(hex ".[$i].key") value hex $(hex ".[$i].value | .[0:4] |= map(\"0xff\")")
    fi
    ! same_entries || fail "F-47: nothing was altered"
    ns line.A ping -qnc 3 -i 0.01 -W 0.1 "$(identity line.D)" >>"$LOG" || true
    holds same_entries || fail "F-47: entry $i, $how: $(entries) instead of $(cat "$STAGE/entries")"
  done
done
end_capture astray
expect_equal "F-47: packets of others that the witness got" "" "$(tcpdump -n -r "$STAGE/astray.pcap" 2>/dev/null)"
whole F-47
watch witness.wa witness.wd
inventory >"$STAGE/whole"

# F-48: a stranger's filter beside ours.
ns lab.Y tc filter add dev X ingress pref 49999 protocol ip u32 match u32 0 0 classid 1:1 2>>"$LOG" ||
  ns lab.Y tc filter add dev X ingress pref 49999 matchall classid 1:1
filters() { ns lab.Y tc filter show dev X ingress | grep -c 'pref 49999'; }
theirs=$(filters)
ns line.B ip link del A
wait_for 10 eval '[[ -e $STAGE/whole ]] && ns line.B ip link show A'
wait_for 20 pings line.A "$(identity line.D)"
expect_equal "F-48: the stranger's filter" "$theirs" "$(filters)"
ns lab.Y tc filter del dev X ingress pref 49999
whole F-48

# F-49: a backside moved into another namespace.
peer=$(ns line.B ip -j link show dev A | jq -r '.[0].link_index')
device=$(ns lab.Y ip -j link | jq -r ".[] | select(.ifindex == $peer) | .ifname")
ns lab.Y ip link set "$device" netns /proc/1/ns/net
wait_for 10 eval '! ip link show "$device"'
whole F-49

# F-51: the base's settings.
ns lab.Y nft flush ruleset 2>/dev/null || true
ns lab.Y sysctl -qw net.ipv4.ip_forward=0
whole F-51

# F-53: no notification can be lost, for none is listened to; 20,000 changes hold up nothing.
awk -v pid="$DAEMON" '$3 == pid && $4 != "00000000" { exit 1 }' /proc/net/netlink || fail "F-53: the daemon listens"
for i in {1..10000}; do echo $'addr add 10.77.0.1/32 dev lo\naddr del 10.77.0.1/32 dev lo'; done >"$STAGE/batch"
ns line.B ip link del D
ns line.B ip -batch "$STAGE/batch"
whole F-53

invariants "F-50: strangers after all of this"
down --all
strangers | cmp -s "$STAGE/strangers" - || fail "F-50: down touched a stranger"
# An `up` that needs a name of theirs says so, before it makes anything.
make_name line.B sleep 0
expect_exit 5 vinet up "$EXAMPLES/figure7.vinet"
expect_match "F-50: what up says" "namespace line.B exists and is not vinet's" "$(cat "$ERR")"
remove_name line.B
remove_name line.x
ip link del lab
ip route del unreachable 10.250.0.0/16
nft delete table inet vinet 2>/dev/null || true
leave_nothing
