#!/usr/bin/env bash
# A base that drops what is too big and says nothing (RFC 2923 §2.1): echoes through the links find out what it
# carries, and that it has grown again.
#
#      A ------------ D      1,460
#      X ~~~~ T ~~~~ Y       T~Y shrinks; no ICMP error leaves T
source "$(dirname "$0")/lib.sh"
command -v nft >/dev/null || skip "no nft"

describe dark <<'END'
base lab {
  machine X, T, Y
  X -- T -- Y
}
internet dark on lab { host A at X; host D at Y; A -- D }
END
up "$STAGE/dark.vinet"
ns lab.T nft -f - <<'END'
table ip dark {
  chain out { type filter hook output priority 0; icmp type destination-unreachable counter drop; }
}
END
mtus() { for end in "A D" "D A"; do set -- $end; ns "dark.$1" ip -j link show dev "$2" | jq '.[0].mtu'; done; }
mtus_are() { [[ "$(mtus | xargs)" == "$1 $1" ]]; }
base_mtu() { ns lab.T ip link set Y mtu "$1" && ns lab.Y ip link set T mtu "$1"; }

for path in 1437 1300 1499; do
  base_mtu $path
  inner=$((path - 40 < 1280 ? 1280 : path - 40))
  wait_for 25 mtus_are $inner
  for family in 4 6; do
    run ns dark.A ping -n -c 3 -i 0.1 -W 2 -M do -s $((inner - (family == 4 ? 28 : 48))) "$(identity dark.D $family)"
  done
done
base_mtu 1500
wait_for 15 mtus_are 1460
expect_match "T was silent because it was made to be" "packets [1-9]" "$(ns lab.T nft list ruleset)"
leave_nothing
