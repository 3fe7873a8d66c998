#!/usr/bin/env bash
# stats of stacks: a flattened link counts its packets at its own ends, and the links below show them as carried; not
# flattened, every layer counts. Drops by reason, `source` among them. A base or machine takes in what stands on it.
#
#      upper    p ------------- s
#      lower    a ---- b ------ c
#               X ~~~~ Y ~~~~~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/stack.sh"
export VINET_NO_DAEMON=1

describe_stack() {  # FLATTEN
  describe stack <<END
$(lower_of_three)
internet upper on lower [flatten = $1, ipv6 = off] {
  host p at a
  host s at c
  p -- s
}
END
}
at() {  # NAME LINK NODE EXPRESSION
  vinet stats "$1" --json | jq ".[] | select(.link == \"$2\" and .node == \"$3\") | $4"
}
ten() { run ns upper.p ping -n -q -c 10 -i 0.01 -W 2 "$(identity upper.s)"; }

describe_stack yes
up "$STAGE/stack.vinet"
ten
expect_equal "upper's own" '[10,10]' "$(at upper p-s p '[.tx_packets, .rx_packets]' | jq -c)"
expect_equal "bytes inside" '[840,840]' "$(at upper p-s s '[.tx_bytes, .rx_bytes]' | jq -c)"
expect_equal "a has counted" '[0,0]' "$(at lower a-b a '[.tx_packets, .rx_packets]' | jq -c)"
expect_equal "a has carried" '{"rx_bytes":1040,"rx_packets":10,"tx_bytes":1040,"tx_packets":10}' "$(at lower a-b a .carried | jq -cS)"
expect_equal "b, in transit, has counted" '[10,10]' "$(at lower b-c b '[.tx_packets, .rx_packets]' | jq -c)"
expect_equal "b has carried" 0 "$(at lower b-c b '.carried.tx_packets + .carried.rx_packets')"
expect_equal "c has carried" '[10,10]' "$(at lower b-c c '[.carried.tx_packets, .carried.rx_packets]' | jq -c)"
run vinet stats lower
expect_match "text" 'lower\.a-b +a +lab\.X +0 +0 +0 +0 +10 +10' "$(cat "$OUT")"
run vinet stats --busy
expect_match "all" 'upper\.p-s +p +lab\.X +10 +840 +10 +840 +0 +0' "$(cat "$OUT")"
expect_equal "a machine takes in all layers" '["lower","upper"]' "$(vinet stats lab.X --json | jq -c '[.[] | select(.link != "").internet] | unique')"

# Root in a lower host sends with an address of what stands on it: dropped, and counted.
q=$(vinet show upper.p-s --json | jq -r .plan.a.link_address)
ns lower.a ip addr add "$q/32" dev lo
ns lower.a ping -n -q -c 3 -i 0.01 -W 1 -I "$q" "$(identity lower.b)" >/dev/null || true
expect_equal "forged sources" 3 "$(at lower a-b a .drops.source)"
run vinet down --all

describe_stack no
up "$STAGE/stack.vinet"
ten
expect_equal "upper's own" '[10,10]' "$(at upper p-s p '[.tx_packets, .rx_packets]' | jq -c)"
expect_equal "where it is counted" '"lower.a"' "$(at upper p-s p .machine)"
expect_equal "a has counted" '[10,10,0]' "$(at lower a-b a '[.tx_packets, .rx_packets, .carried.tx_packets]' | jq -c)"
expect_equal "a machine takes in what is not flattened" '["lower","upper"]' "$(vinet stats lab.X --json | jq -c '[.[] | select(.link != "").internet] | unique')"
run vinet down --all
leave_nothing
