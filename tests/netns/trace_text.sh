#!/usr/bin/env bash
# trace as people read it, as in VI Figure 7: each hop, its machine, the headers there; IPv4 and IPv6; time exceeded and
# no route are reported as what they are.
#
#      A -- B -- C -- D -- E -- F    on X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1  # a daemon would mend what is broken here

up figure11.vinet
for option in "" -6; do
  run vinet trace fig11.A fig11.F $option
  for machine in X Y Z; do expect_match "machines" "lab\.$machine " "$(cat "$OUT")"; done
  for base in lab.X lab.Y lab.Z; do expect_match "headers" "$(identity $base)" "$(cat "$OUT")"; done
done
ns fig11.D ip link set E down
expect_exit 1 vinet trace fig11.A fig11.F
expect_match "where it ended" "unreachable|no answer|lost|dropped|exceeded" "$(cat "$OUT" "$ERR")"
expect_exit 4 vinet trace fig11.A fig11.Q
leave_nothing
