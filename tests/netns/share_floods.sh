#!/usr/bin/env bash
# An internet keeps its `share` of a base link, whatever floods beside it: small packets, many links at once, forged
# packets of a node's root, forged packets of a stranger on the base, all of them together.
#
#      red   a ----- b       share 70 %, packets of 1,400 bytes, more than its share
#      blue  p[6] -- q[6]    share 30 %, floods
#            X ~~~~~ Y       10 Mbit/s
source "$(dirname "$0")/lib.sh"

describe floods <<END
base lab { machine X, Y; X -- Y [rate = 10mbit] }
internet red on lab [share = 7mbit] { host a at X; host b at Y; a -- b }
internet blue on lab [share = 3mbit] { host p[6] at X; host q[6] at Y; for i in 0..5 { p[i] -- q[i] } }
END
up "$STAGE/floods.vinet"
all_reachable
X=$(identity lab.X) Y=$(identity lab.Y)

share=$((7000 * 1442 / 1482))  # kbit/s, as `ip -s` counts in red.b what has 40 bytes more on the base

# background NODE COMMAND...: until `quiet`.
senders=()
background() { ns_background "$1" "${@:2}" >>"$LOG" 2>&1 && senders+=("$BACKGROUND"); }
quiet() {
  local pid
  for pid in "${senders[@]}"; do end_background "$pid"; done
  senders=()
}
udp() { background "blue.p$1" "$BUILD/sockcat" udp-send "$(identity "blue.q$1")" 9 "$2" 1000000000 0; }

received() { ns red.b ip -s -j link show dev a | jq ".[0].stats64.rx.bytes"; }
arrived() { (($(received) - start >= $1)); }
# measure WHAT: red's kbit/s beside what floods now; in $kbit.
measure() {
  local since
  start=$(received)
  wait_for 30 arrived 150000  # until queues are full
  start=$(received) since=${EPOCHREALTIME/./}
  wait_for 30 arrived 700000
  kbit=$((8000 * ($(received) - start) / (${EPOCHREALTIME/./} - since)))
  echo "red beside $1: $kbit kbit/s"
}
kept() {  # WHAT
  measure "$1"
  expect_less "red's share beside $1" $((share * 9 / 10)) "$kbit"
  quiet
}

background red.a "$BUILD/sockcat" udp-send "$(identity red.b)" 9 1400 1000000000 0
red=${senders[0]} senders=()
udp 0 1400
kept "one flow of large packets"

udp 0 18
kept "a flood of small packets"

for link in 0 1 2 3 4 5; do udp $link 18; done
kept "floods of six links"

forge() { background "$1" "$BUILD/rawsend" "$2" "$3" 1000000000 ipip "$4" "$5" 172.16.0.0 172.16.0.1 "$X" "$Y"; }
forge blue.p0 q0 ff:ff:ff:ff:ff:ff "$X" "$Y"
kept "forged packets of a node's root"

mac=$(ns lab.Y ip -j link show dev X | jq -r '.[0].address')
forge lab.X Y "$mac" 203.0.113.9 "$Y"
kept "forged packets of a stranger"

for link in 0 1 2; do udp $link 18; done
forge blue.p3 q3 ff:ff:ff:ff:ff:ff "$X" "$Y"
forge lab.X Y "$mac" 203.0.113.9 "$Y"
kept "all of them"
end_background "$red"
leave_nothing
