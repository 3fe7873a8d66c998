#!/usr/bin/env bash
# An internet keeps its `share` of a base link, whatever floods beside it: small packets, many links at once, forged
# packets of a node's root, forged packets of a stranger on the base, all of them together. faults.md F-115.
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

# background NODE COMMAND...: until `quiet`.
senders=()
background() { ns_background "$1" "${@:2}" >>"$LOG" 2>&1 && senders+=("$BACKGROUND"); }
quiet() {
  local pid
  for pid in "${senders[@]}"; do end_background "$pid"; done
  senders=()
}
udp() { background "blue.p$1" "$BUILD/sockcat" udp-send "$(identity "blue.q$1")" 9 "$2" 1000000000 0; }

# Bytes that red's class, and all classes of X's base device have sent.
sent() { ns lab.X tc -s class show dev Y | awk '/^class/ { rate[$3] = $0 } /^class/ { class = $3 } /^ Sent/ { n[class] = $2 }
  END { for (c in n) if (rate[c] ~ / root /) all = n[c]; else if (rate[c] ~ / rate 7Mbit/) red = n[c]; print red, all }'; }
arrived() {
  read -r red all < <(sent)
  ((all - all_before >= $1))
}
kept() {  # WHAT floods: red's part of the next megabyte
  local red_before all_before
  read -r red_before all_before < <(sent)
  wait_for 30 arrived 200000  # until queues are full
  red_before=$red all_before=$all
  wait_for 30 arrived 1000000
  part=$((100 * (red - red_before) / (all - all_before)))
  echo "red beside $1: $part %"
  expect_less "red's part beside $1" 63 "$part"
  quiet
}

background red.a "$BUILD/sockcat" udp-send "$(identity red.b)" 9 1400 1000000000 0
red_sender=${senders[0]} senders=()
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
end_background "$red_sender"
leave_nothing
