#!/usr/bin/env bash
# A stranger says "fragmentation needed" about packets of a link, and of everything else: links keep their MTU, for what
# the base says is believed only if echoes agree. When the base has really become smaller, they follow as ever.
# faults.md F-113.
#
#      A ------------ D      1,460
#      X ~~~~~~~~~~~~ Y      lies to Y, as if X were the router that says so
source "$(dirname "$0")/lib.sh"

describe lies <<'END'
base lab { machine X, Y; X -- Y }
internet lies on lab { host A at X; host D at Y; A -- D }
END
up "$STAGE/lies.vinet"
X=$(identity lab.X) Y=$(identity lab.Y)
link=$(vinet plan "$STAGE/lies.vinet" --json | jq -r '.internets[].links[] | "\(.a.link_address),\(.b.link_address)"')
mtus() { for end in "A D" "D A"; do set -- $end; ns "lies.$1" ip -j link show dev "$2" | jq '.[0].mtu'; done; }
mtus_are() { [[ "$(mtus | xargs)" == "$1 $1" ]]; }
base_mtu() { ns lab.X ip link set Y mtu "$1" && ns lab.Y ip link set X mtu "$1"; }
whole_packets_pass() {
  local family
  for family in 4 6; do
    run ns lies.D ping -n -c 3 -i 0.1 -W 2 -M do -s $((1460 - (family == 4 ? 28 : 48))) "$(identity lies.A $family)"
  done
}
mtus_are 1460
# Lies, without a pause, for longer than a search takes.
for ((until = SECONDS + 4; SECONDS < until;)); do
  run ns lab.X "$BUILD/forge" lies device=Y "mac=$(ns lab.Y ip -j link show dev X | jq -r '.[0].address')" from=0 \
    "base=$X,$Y" "link=$link" other=192.0.2.1,192.0.2.2 "near=$(address lab.Y X)" \
    "inner=$(identity lies.A),$(identity lies.D)" "inner6=$(identity lies.A 6),$(identity lies.D 6)"
  expect_equal "MTUs under lies" "1460 1460" "$(mtus | xargs)"
  whole_packets_pass
done
expect_match "what Y's own stack believes" "mtu lock 552" "$(ns lab.Y ip route get "$X")"
expect_no_match "events" "MTU" "$(vinet events)"

base_mtu 1400
wait_for 15 mtus_are 1360
leave_nothing
