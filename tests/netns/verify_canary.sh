#!/usr/bin/env bash
# `vinet verify --canary`: between two internets with the same addresses on the same machines nothing passes; a key that
# leads packets of one into a node of the other is found out by the packet that arrives there. Nothing is left behind.
#
#      one:  a -- b -- c     two:  a -- b -- c      all from 10.77.0.0/24
#      X ~~~~~~~~ Y ~~~~~~~~ Z
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1

for name in one two; do
  describe $name <<END
base lab {
  machine X, Y, Z
  X -- Y -- Z
}

internet $name on lab [pool = 10.77.0.0/24] {
  host a at X
  router b at Y
  host c at Z
  a -- b -- c
}
END
  up "$STAGE/$name.vinet"
done
expect_equal "identities" "$(identity one.c)" "$(identity two.c)"

sockets() { for node in one.{a,b,c} two.{a,b,c} lab.{X,Y,Z}; do ns $node cat /proc/net/packet /proc/net/raw; done; }
sockets >"$STAGE/sockets"
begin=$SECONDS
run vinet verify --canary
((SECONDS - begin < 10)) || fail "it took $((SECONDS - begin)) s"
text=$(cat "$OUT")
expect_match "the canary" "canary: 6 of 6 nodes listen: isolated" "$text"
expect_match "own links" "over own links +16 sent, all arrived" "$text"
expect_match "exact copies" "on the base, exact copies +8 sent, all arrived" "$text"
for kind in "one field of the key wrong" "to foreign end addresses" "to foreign link and base addresses" "in IP-in-IP with foreign keys"; do
  expect_match "$kind" "$kind +[0-9]+ sent, none arrived" "$text"
done
sockets | cmp -s "$STAGE/sockets" - || fail "sockets are left"
run vinet verify one --canary --json
expect_equal "in JSON" '[true,0]' "$(jq -c '[.as_planned, (.canary.faults | length)]' "$OUT")"

# Isolation really broken: Y takes what one.a sends for two.b's.
map_of() {  # MACHINE MAP
  local program id
  program=$(ns "$1" tc filter show block 30313 | sed -nE 's/.* id ([0-9]+) name vi_.*/\1/p' | head -1)
  for id in $(bpftool -j prog show id "$program" | jq '.map_ids[]'); do
    [[ $(bpftool -j map show id "$id" | jq -r .name) != "$2" ]] || echo "$id"
  done
}
number() { ns lab.Y ip -j link show | jq --arg alias "vinet:$1" '.[] | select(.ifalias == $alias) | .ifindex'; }
keys=$(map_of lab.Y vi_keys)
entry() {  # the entry of machine Y that leads to this backside, KEY or VALUE
  bpftool -j map dump id "$keys" | jq -r --argjson n "$(number "$1")" \
    '.[] | select(([.value[8:12][] | ltrimstr("0x") | explode | map(if . > 96 then . - 87 else . - 48 end) | .[0] * 16 + .[1]]
      | .[0] + .[1] * 256 + .[2] * 65536) == $n) | .'"$2"' | join(" ")'
}
# shellcheck disable=SC2046
bpftool map update id "$keys" key $(entry one:a-b@b key) value $(entry two:a-b@b value)
expect_exit 1 vinet verify --canary
text=$(cat "$OUT")
expect_match "the path of the packet" \
  "one.a: canary out of interface b over link one.a-b to 10.77.0.[0-9]+: planned arrives at one.b on interface a, found arrived at two.b on interface a" "$text"
expect_match "forged too" "lab.X: canary with the exact key of link one.a-b to one.b: planned arrives at one.b on interface a, found arrived at two.b" "$text"
expect_match "the check of the kernel" "lab.Y: vi_keys entry of one.a-b at b: planned base .*, found leads to vinet:two:a-b@b" "$text"

# A machine that takes what a node sends: its backside has lost its filter. The machine's stack sees the packet.
run vinet up "$STAGE/one.vinet"
run vinet verify --canary
backside=$(ns lab.X ip -j link show | jq -r '.[] | select(.ifalias == "vinet:one:a-b@a") | .ifname')
ns lab.X tc qdisc del dev "$backside" clsact
ns lab.X sysctl -qw "net.ipv4.conf.$backside.rp_filter=0" "net.ipv4.conf.$backside.accept_local=1"
expect_exit 1 vinet verify one --canary
expect_match "the machine is reached" "one.a: canary out of interface b to base address 192.168.0.[0-9]+ of lab.X: planned reaches nobody else, found arrived at the stack of machine lab.X" "$(cat "$OUT")"
down --all
leave_nothing
