#!/usr/bin/env bash
# `vinet verify` finds nothing where all is as planned, with the daemon killed too; and whatever is altered by hand it
# names: what, where, planned and found. Nobody mends it meanwhile, and verify does not.
#
#      line:  A -- B -- D        X ~~~ Y ~~~ Z; one, two: the very same file, so that each has strangers
source "$(dirname "$0")/lib.sh"

# With a daemon, with the daemon killed, and through it by one who is not root.
up figure11.vinet
run vinet verify
expect_match "a sound internet" "fig11: 6 nodes, 5 links, [0-9]+ addresses, [0-9]+ routes, 40 map entries, 20 filters as planned; 160 ways walked" "$(cat "$OUT")"
run vinet verify --json
expect_equal "in JSON" '[true,["lab","fig11"],0]' \
  "$(jq -c '[.as_planned, [.objects[].name], ([.objects[].kernel.faults[]] | length)]' "$OUT")"
daemon=$(vinet status --json | jq .daemon.pid)
kill -9 "$daemon"
wait_for 5 eval "! kill -0 $daemon"
run vinet verify fig11
[[ $(vinet --no-daemon status --json | jq .daemon) == null ]] || fail "verify has started a daemon"
run vinet down --all  # by another daemon, which takes away what the killed one left

export VINET_NO_DAEMON=1
up figure1.vinet
run vinet verify
expect_match "two internets" "star: 5 nodes, 4 links" "$(cat "$OUT")"
expect_no_match "faults" "fault" "$(cat "$OUT")"
expect_exit 4 vinet verify nothing
expect_exit 4 vinet verify star.hub
run vinet down --all

up figure11.vinet
map_of() {  # MACHINE MAP
  local program id
  program=$(ns "$1" tc filter show block 30313 | sed -nE 's/.* id ([0-9]+) name vi_.*/\1/p' | head -1)
  for id in $(bpftool -j prog show id "$program" | jq '.map_ids[]'); do
    [[ $(bpftool -j map show id "$id" | jq -r .name) != "$2" ]] || echo "$id"
  done
}
# Damage: what verify must say, the command, and, where `up` does not mend it, the command that does. `see` looks at all
# that was broken since the last time, and mends it.
breaks() {  # REGEX COMMAND [MEND]
  eval "$2" >>"$LOG" 2>&1 || fail "cannot break: $2"
  REGEXES+=("$1") MENDS+=("${3:-true}")
}
see() {
  local regex mend
  expect_exit 1 vinet verify fig11
  for regex in "${REGEXES[@]}"; do expect_match "what is broken" "$regex" "$(cat "$OUT")"; done
  for mend in "${MENDS[@]}"; do eval "$mend" >>"$LOG" 2>&1 || fail "cannot mend: $mend"; done
  run vinet up "$EXAMPLES/figure11.vinet"
  run vinet verify fig11
  REGEXES=() MENDS=()
}
REGEXES=() MENDS=()
backside() { ns lab."$1" ip -j link show | jq -r --arg alias "vinet:fig11:$2" '.[] | select(.ifalias == $alias) | .ifname'; }
first() { bpftool -j map dump id "$(map_of "lab.$1" "$2")" | jq -r ".[0].$3 | join(\" \")"; }
peer=$(ns fig11.A ip -j route show dev B proto kernel | jq -r '.[0].dst')
pool=$(ns fig11.A ip -j route show proto 76 | jq -r '[.[] | select(.gateway)][0].dst')

# In nodes.
breaks "fig11.A: route to $pool: planned via [0-9.]+ dev B, found nothing" "ns fig11.A ip route del $pool proto 76"
breaks "fig11.A: foreign route to 10.0.0.64/30: planned .*, found blackhole" \
  "ns fig11.A ip route add blackhole 10.0.0.64/30" "ns fig11.A ip route del blackhole 10.0.0.64/30"
breaks "fig11.A: IPv4 rule 100: planned nothing, found look up table 77" "ns fig11.A ip rule add priority 100 table 77" \
  "ns fig11.A ip rule del priority 100"
breaks "fig11.A: address [0-9.]+/32: planned on lo, found nothing" "ns fig11.A ip addr del $(identity fig11.A)/32 dev lo"
breaks "fig11.B: interface A \(link A-B\): mtu: planned 1460, found 1400" "ns fig11.B ip link set A mtu 1400"
breaks "fig11.B: interface A \(link A-B\): forwarding: planned on, found off" "ns fig11.B sysctl -qw net.ipv4.conf.A.forwarding=0"
breaks "fig11.B: IPv6 forwarding of device A: planned on, found off" "ns fig11.B sysctl -qw net.ipv6.conf.A.forwarding=0" \
  "ns fig11.B sysctl -qw net.ipv6.conf.A.forwarding=1"
breaks "fig11.F: interface E \(link E-F\): planned is there, found nothing" "ns fig11.F ip link del E"
breaks "fig11.C: namespace: planned is there, found nothing" "umount $ROOT/run/netns/fig11.C && rm $ROOT/run/netns/fig11.C"
see
breaks "fig11.A: route to the peer $peer: planned dev B, found nothing" "ns fig11.A ip route del $peer dev B proto kernel" \
  "ns fig11.A ip route add $peer dev B proto kernel scope link src $(address fig11.A B)"

# In machines: backsides that are open, strangers' filters, a base device without ours.
b=$(backside X A-B@A)
breaks "lab.X: backside $b \(link A-B\): address 10.9.9.9/32: planned nothing" "ns lab.X ip addr add 10.9.9.9/32 dev $b" \
  "ns lab.X ip addr del 10.9.9.9/32 dev $b"
breaks "lab.X: IPv6 of device $b: planned off, found on" "ns lab.X sysctl -qw net.ipv6.conf.$b.disable_ipv6=0" \
  "ns lab.X sysctl -qw net.ipv6.conf.$b.disable_ipv6=1"
# A filter of a stranger, of a kind that this kernel has.
foreign() { ns "$1" tc filter add "${@:2}" prio 5 protocol ip u32 match u32 0 0 classid 1:1 || ns "$1" tc filter add "${@:2}" prio 5 matchall classid 1:1; }
breaks "lab.X: filter of the block of all backsides: planned none before vi_backside, found (u32|matchall) filter, priority 5" \
  "foreign lab.X block 30313" "ns lab.X tc filter del block 30313 prio 5"
breaks "lab.Y: filter of base device Z: planned none before vi_base, found (u32|matchall) filter, priority 5" \
  "foreign lab.Y dev Z ingress" "ns lab.Y tc filter del dev Z ingress prio 5"
breaks "lab.Y: filter of base device X: planned vi_base, found nothing" "ns lab.Y tc filter del dev X ingress"
if command -v clang >/dev/null; then  # what comes before all filters
  echo '__attribute__((section("xdp"), used)) int pass(void *c) { return 2; }' >"$STAGE/p.c"
  clang -O2 -target bpf -c "$STAGE/p.c" -o "$STAGE/p.o"
  breaks "lab.Z: device Y: planned no XDP program, found one is attached" \
    "ns lab.Z ip link set dev Y xdpgeneric obj $STAGE/p.o sec xdp" "ns lab.Z ip link set dev Y xdpgeneric off"
fi
see

# In maps.
breaks "lab.X: vi_links entry of fig11.A-B at A: planned .*, found nothing" \
  "bpftool map delete id \$(map_of lab.X vi_links) key \$(first X vi_links key)"
breaks "lab.X: vi_own entry of fig11.A-B at A: planned .*, found nothing" \
  "bpftool map delete id \$(map_of lab.X vi_own) key \$(first X vi_own key)"
key=$(first X vi_keys key) value=$(first X vi_keys value)
breaks "lab.X: vi_keys entry of fig11.A-B at A: planned .*, found nothing" \
  "bpftool map delete id \$(map_of lab.X vi_keys) key $key"
breaks "lab.X: vi_keys entry of a stranger into fig11.A-B at A: planned nothing, found base 1.2.3.4 -> " \
  "bpftool map update id \$(map_of lab.X vi_keys) key 1 2 3 4 ${key#* * * * } value $value"
breaks "lab.X: vi_own entry of a device that is gone: planned nothing, found 9.9.9.9, of device number 4711" \
  "bpftool map update id \$(map_of lab.X vi_own) key 0 0 0 0 0 0 0 0 9 9 9 9 0 0 0 0 value hex 67 12 00 00"
see

# What a tenant may do is a note, and no fault.
ns fig11.A ip addr add 10.9.9.9/32 dev lo
ns fig11.A ip route add 203.0.113.0/24 dev lo
run vinet verify fig11
expect_match "what a tenant added" "note: fig11.A: address 10.9.9.9/32: planned nothing, found on lo" "$(cat "$OUT")"
expect_match "what a tenant added" "note: fig11.A: 1 foreign route: planned nothing, found to 203.0.113.0/24" "$(cat "$OUT")"

# A dead machine: much is missing, all of it is told, and nothing crashes.
umount "$ROOT/run/netns/lab.Y" && rm "$ROOT/run/netns/lab.Y"
expect_exit 1 vinet verify --canary
expect_match "a dead machine" "lab.Y: namespace: planned is there, found nothing" "$(cat "$OUT")"
down --all
leave_nothing
