#!/usr/bin/env bash
# As deep as a packet of 1,500 bytes goes. One stack of 70 internets, each a -- m -- b on the one below: every layer's echo
# carries one header more than that of the layer below, on both base links, transit or not, up to 71 headers before the last 80 bytes.
# Layer 45 (580 bytes inside) pings to the byte, traceroutes and carries TCP, 69 carries TCP, 70 pings, whole and in
# fragments; 71 is refused with the arithmetic, and so is 11 with IPv6, and nothing is made then.
#
# 45 layers, each pushing its own header (`flatten = no`), ping and carry TCP as well.
#
#      l70  a ------ m ------ b
#      ...
#      l1   a ------ m ------ b
#      lab  X ~~~~~~ Y ~~~~~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/stack.sh"
DEPTH=${DEPTH:-70}

# --- refused ------------------------------------------------------------------------------------------------------------
for shape in row pair; do
  stack $shape 71 "ipv6 = off" | describe refused
  expect_exit 3 vinet up "$STAGE/refused.vinet"
  expect_match "71" "mtu of 60; IPv4 needs 68.* = 1500 - 20 \(base\) - 71 \* 20 \(links of l1 to l71\) = 60" "$(cat "$ERR")"
  stack $shape 11 | describe refused
  expect_exit 3 vinet up "$STAGE/refused.vinet"
  expect_match "11 with IPv6" "IPv6, which needs an mtu of 1280, and has 1260.*1500 - 20 \(base\) - 11 \* 20 \(links of l1 to l11\) = 1260.*ipv6 = off" "$(cat "$ERR")"
done
nothing_left "after what was refused"

# --- every layer --------------------------------------------------------------------------------------------------------
start=$EPOCHREALTIME
stack row "$DEPTH" "ipv6 = off" | describe stack
up "$STAGE/stack.vinet"
awk -v a="$start" -v b="$EPOCHREALTIME" -v n="$DEPTH" 'BEGIN { printf "%d layers up after %.1f s\n", n, b - a }'
capture X lab.X Y ip proto 4
capture Z lab.Z Y ip proto 4
want=
for ((k = 1; k <= DEPTH; k++)); do
  tos=$(printf 0x%02x $((4 * (k % 63 + 1))))
  run ns "l$k.a" ping -n -c 1 -W 2 -s 32 -Q "$tos" "$(identity "l$k.b")"
  expect_match "one router in l$k" " ttl=63 " "$(cat "$OUT")"
  want+="$((k + 1)) $tos right"$'\n'"$((k + 1)) $tos right"$'\n'
done
for link in X Z; do
  wait_for 10 captured $link $((2 * DEPTH)) "ip.dsfield.dscp != 0"
  end_capture $link
  expect_equal "echoes on $link-Y (headers, TOS, fields)" "$(sort <<<"${want%$'\n'}")" "$(judge_layers $link "ip.dsfield.dscp != 0" | sort)"
done

# --- what is left inside ------------------------------------------------------------------------------------------------
mtu_of() { ns "$1" ip -j link show dev m | jq '.[0].mtu'; }
edge() {  # LAYER: what fits, to the byte
  local mtu=$((1480 - 20 * $1)) b
  b=$(identity "l$1.b")
  run ns "l$1.a" ping -n -c 1 -W 2 -M "do" -s $((mtu - 28)) "$b"
  expect_exit 1 ns "l$1.a" ping -n -c 1 -W 0.1 -M "do" -s $((mtu - 27)) "$b"
  expect_match "one byte more" "mtu[:=] ?$mtu" "$(cat "$OUT" "$ERR")"
  run ns "l$1.a" ping -n -c 1 -W 2 -M dont -S 1000000 -s 1000 "$b"
  run ns "l$1.a" traceroute -n -w 2 -q 1 "$b" 28
  expect_equal "way through l$1" "$(address "l$1.m" a) $b" "$(awk 'NR > 1 { print $2 }' "$OUT" | xargs)"
}
transfer() {  # LAYER BYTES
  "$BUILD/sockcat" pattern "$2" >"$STAGE/data"
  ns_background "l$1.b" "$BUILD/sockcat" listen 5000 >"$STAGE/got"
  wait_for 5 listens "l$1.b" 5000
  start=$EPOCHREALTIME
  run ns "l$1.a" timeout 30 "$BUILD/sockcat" connect "$(identity "l$1.b")" 5000 <"$STAGE/data"
  wait "$BACKGROUND"
  cmp "$STAGE/data" "$STAGE/got"
  awk -v n="$2" -v k="$1" -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "l%d: %d bytes of TCP, %.0f Mbit/s\n", k, n, n * 8e-6 / (b - a) }'
}
for ((k = 16; k <= DEPTH; k++)); do
  case $k in
    16) edge 16 && transfer 16 50000000 ;;
    45) expect_equal "MTU at depth 45" 580 "$(mtu_of l45.a)" && edge 45 && transfer 45 20000000 ;;
    69) edge 69 && transfer 69 1000000 ;;
    70) expect_equal "MTU at depth 70" 80 "$(mtu_of l70.a)" && edge 70 ;;
  esac
done
run vinet ping-all "l$DEPTH"
down --all

# --- layer by layer -----------------------------------------------------------------------------------------------------
stack pair 45 "ipv6 = off, flatten = no" | describe stack
up "$STAGE/stack.vinet"
for k in 40 41 45; do run pings l$k.a "$(identity l$k.b)"; done
transfer 45 5000000
leave_nothing
