#!/usr/bin/env bash
# Two internets with shares 70:30 of one base link of 100 Mbit/s, both sending far more than fits: each gets its share
# within 10 %. What one leaves, the other takes. A third one, without a share, lives on what is left over. The shares go
# with their internets, and the base link has its rate as before.
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1  # a daemon would repair before `up` can

describe shares <<EOF
base lab { machine X, Y; X -- Y [rate = 100mbit] }
internet red on lab [share = 70mbit] { host a at X; host b at Y; a -- b }
internet blue on lab [share = 30mbit] { host a at X; host b at Y; a -- b }
internet none on lab { host a at X; host b at Y; a -- b }
EOF
up "$STAGE/shares.vinet"
all_reachable

received() { ns "$1.b" ip -s -j link show dev a | jq ".[0].stats64.rx.bytes"; }  # INTERNET
# flood INTERNET: sends from a to b, as fast as it goes, until `quiet`.
declare -A sender
flood() {
  ns_background "$1.a" "$BUILD/sockcat" udp-send "$(identity "$1.b")" 9 1400 1000000000 0 >>"$LOG" 2>&1
  sender[$1]=$BACKGROUND
}
quiet() { kill "${sender[$1]}" && wait "${sender[$1]}" || true; }
# What each of the internets got of the next so many megabytes, in percent: part MEGABYTES INTERNET...
arrived() {
  local sum=0 net
  for net in "${@:2}"; do sum=$((sum + $(received "$net") - ${start[$net]})); done
  ((sum >= $1 * 1000000))
}
declare -A start part
parts() {
  local net sum=0 since
  for net in "${@:2}"; do start[$net]=$(received "$net"); done
  since=${EPOCHREALTIME/./}
  wait_for 60 arrived "$@"
  mbit=0
  for net in "${@:2}"; do part[$net]=$(($(received "$net") - ${start[$net]})) && sum=$((sum + ${part[$net]})); done
  mbit=$((sum * 8 / (${EPOCHREALTIME/./} - since)))
  for net in "${@:2}"; do part[$net]=$((100 * ${part[$net]} / sum)); done
}

flood red
flood blue
parts 10 red blue  # until queues are full
parts 40 red blue
echo "both: red ${part[red]} %, blue ${part[blue]} % of $mbit Mbit/s"
expect_less "red's part" 63 "${part[red]}"
expect_less "red's part" "${part[red]}" 77
expect_less "the link's use" 85 "$mbit"

quiet blue
parts 10 red
parts 30 red
echo "red alone: $mbit Mbit/s"
expect_less "what red gets alone" 85 "$mbit"

flood none
parts 10 red none
parts 40 red none
echo "with one that has no share: red ${part[red]} %, the other ${part[none]} % of $mbit Mbit/s"
expect_less "red beside one without share" 63 "${part[red]}"
quiet red
quiet none

# Shares are part of what is repaired, and go with their internets.
tc_of() { ns lab.X tc class show dev Y | grep -c "htb"; }
expect_equal "classes: root, default, two shares" 4 "$(tc_of)"
class=$(ns lab.X tc class show dev Y | awk '/rate 30Mbit/ { print $3 }')
ns lab.X tc class del dev Y classid "$class"
run vinet up "$STAGE/shares.vinet"
expect_match "repair" "blue: repaired" "$(cat "$OUT")"
expect_equal "classes after repair" 4 "$(tc_of)"
down blue
expect_equal "classes without blue" 3 "$(tc_of)"
down red
expect_match "the base link without shares" "tbf .*rate 100Mbit" "$(ns lab.X tc qdisc show dev Y)"
down none
leave_nothing
