#!/usr/bin/env bash
# A routing daemon as it is: BIRD runs OSPF in every node over the virtual links; neighbours become Full.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
command -v bird >/dev/null || skip "no bird"

up figure7.vinet
cat >"$STAGE/bird.conf" <<'END'
protocol device {}
protocol ospf v2 {
  ipv4 { import none; };
  area 0 { interface "*" { type ptp; hello 1; dead 5; }; };
}
END
for node in A B D; do
  id=$(identity line.$node)
  sed "1i router id $id;" "$STAGE/bird.conf" >"$STAGE/$node.conf"
  vinet exec line.$node bird -f -c "$STAGE/$node.conf" -s /run/bird.ctl >/dev/null 2>&1 &
done
neighbours() { vinet exec line.B birdc -s /run/bird.ctl show ospf neighbors; }
both_full() { (($(neighbours | grep -c Full) == 2)); }
wait_for 30 both_full
expect_match "neighbour" "$(identity line.A)" "$(neighbours)"
expect_match "neighbour" "$(identity line.D)" "$(neighbours)"
leave_nothing
wait || true
