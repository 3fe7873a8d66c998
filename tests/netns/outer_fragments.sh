#!/usr/bin/env bash
# Fragments of base packets. Those of a link are put together and delivered, in whatever order they come; what stays
# incomplete is counted as `fragment`, and what has a wrong key is dropped. Strangers' fragments reach the machine's own
# stack. No daemon is needed for it. (Without IPv6, whose own packets would be counted.)
#
#      A ------------ D
#      X ~~~~~~~~~~~~ Y      forged next to Y, from X
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1

describe pair <<'END'
base lab { machine X, Y; X -- Y }
internet pair on lab [ipv6 = off] { host A at X; host D at Y; A -- D }
END
up "$STAGE/pair.vinet"
run vinet plan "$STAGE/pair.vinet" --json
read -r Q R <<<"$(jq -r '.internets[0].links[0] | "\(.a.link_address) \(.b.link_address)"' "$OUT")"
X=$(identity lab.X) Y=$(identity lab.Y)
mac=$(ns lab.Y ip -j link show dev X | jq -r '.[0].address')

# Of link A-D at Y, and of the machine.
all_counts() {
  vinet show lab.Y --json | jq -r '
    ([.counters[] | select(.link == "A-D")][0]) as $one | ([.counters[] | select((.link // "") == "")][0]) as $rest |
    "rx \($one.rx_packets) fragment \($one.drops.fragment // 0) unknown_key \($one.drops.unknown_key // 0) not_ours \($rest.drops.not_ours // 0)"'
}
echoes() { ns pair.D nstat -asz IcmpInEchos | awk '$1 == "IcmpInEchos" { print $2 }'; }
id=100
parts() {  # ORDER [LINK_SOURCE [LINK_DESTINATION]]
  ns lab.X "$BUILD/rawsend" Y "$mac" 1 parts "$X" "$Y" "${2:-$Q}" "${3:-$R}" \
    "$(identity pair.A)" "$(identity pair.D)" "$1" $((++id))
}
# Sends these fragments; the counters move by so much, and as many echoes reach D's stack as packets its link.
expect_parts() {  # WHAT RX FRAGMENT UNKNOWN_KEY NOT_OURS ARGUMENTS...
  local -a before
  local after echoes
  read -ra before <<<"$(all_counts)"
  echoes=$(echoes)
  parts "${@:6}"
  after="rx $((before[1] + $2)) fragment $((before[3] + $3)) unknown_key $((before[5] + $4)) not_ours $((before[7] + $5))"
  echo "$after" >"$STAGE/want"
  counted() { all_counts >"$STAGE/counts" && cmp "$STAGE/counts" "$STAGE/want"; }
  echo "$1: ${*:6}" >>"$LOG"
  wait_for 5 counted
  expect_equal "$1: echoes in D" $((echoes + $2)) "$(echoes)"
}

for order in 012 021 0012 0112; do expect_parts "the first one first, $order" 1 0 0 0 $order; done
# What comes before the first fragment also passes to the machine's stack, counted as not ours.
for order in 102 201; do expect_parts "a late first one, $order" 1 0 0 1 $order; done
for order in 120 210; do expect_parts "the first one last, $order" 1 0 0 2 $order; done
expect_parts "the last one missing" 0 1 0 0 01
expect_parts "one missing" 0 1 0 0 02
expect_parts "the first one missing" 0 0 0 2 12
expect_parts "a stranger's link source" 0 0 1 2 012 203.0.113.9
expect_parts "no link address of ours" 0 0 0 3 012 "$Q" 203.0.113.9

# What is not ours is put together by the machine's own stack.
before=$(ns lab.Y nstat -asz IpReasmOKs | awk '$1 == "IpReasmOKs" { print $2 }')
parts 012 "$Q" 203.0.113.9
reassembled() { (($(ns lab.Y nstat -asz IpReasmOKs | awk '$1 == "IpReasmOKs" { print $2 }') > before)); }
wait_for 5 reassembled

# A flood of fragments without their first one fills nothing up.
for flood in {1..20}; do
  ns lab.X "$BUILD/rawsend" Y "$mac" 200 parts "$X" "$Y" "$Q" "$R" "$(identity pair.A)" "$(identity pair.D)" 12 $((++id))
done
expect_parts "after a flood" 1 0 0 0 012
leave_nothing
