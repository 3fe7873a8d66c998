#!/usr/bin/env bash
# Internets on internets, up to four deep (DEPTH; eight in stack_depth_long.sh): each layer adds exactly one header of 20 bytes, on every base link, whatever lies
# between: machines in transit, routers of the layer itself, routers of the layers below. Flattened, and layer by layer.
# Every field of every header is right; the MTU is what is left, to the byte. stack_depth_long.sh has all combinations.
#
#      l2   a ------ m ------ b        row: each link over one base link
#      l1   a ------ m ------ b        over: from l3 on, m-b goes through router a of the layer below, so that the way
#      lab  X ~~~~~~ Y ~~~~~~ Z              from a to b leads over X-Y as often as the layer is high
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/stack.sh"
DEPTH=${DEPTH:-4} WORLDS=${WORLDS:-"row flatten = yes;over flatten = no"}

crossings() {  # SHAPE LAYER BASE-LINK: how often a packet from a to b goes over it
  case $1-$3 in
    over-X) echo $(($2 % 2 ? $2 : $2 - 1)) ;;
    *) echo 1 ;;
  esac
}
IFS=';' read -ra worlds <<<"$WORLDS"
for world in "${worlds[@]}"; do
  read -r shape how <<<"$world"
  stack $shape "$DEPTH" "$how" | describe stack
  up "$STAGE/stack.vinet"
  capture X lab.X Y ip proto 4
  capture Z lab.Z Y ip proto 4
  declare -A want=([X]= [Z]=)
  for ((k = 1; k <= DEPTH; k++)); do
    mtu=$((1480 - 20 * k)) tos=$(printf 0x%02x $((4 * k)))  # which layer's a packet is, its DSCP tells
    ttl=63
    [[ $shape == row ]] || ttl=$((64 - k % 2))
    for family in 4 6; do
      to=$(identity "l$k.b" $family)
      run ns "l$k.a" ping -n -c 1 -W 2 -s 100 -Q "$tos" "$to"
      expect_match "TTL through l$k" " ttl=$ttl " "$(cat "$OUT")"
      for link in X Z; do
        for ((n = 4 * $(crossings $shape $k $link); n > 0; n--)); do want[$link]+="$((k + 1)) $tos right"$'\n'; done
      done
      headers=$((family == 4 ? 28 : 48))
      run ns "l$k.a" ping -n -c 1 -W 2 -Q "$tos" -M "do" -s $((mtu - headers)) "$to"
      expect_exit 1 ns "l$k.a" ping -n -c 1 -W 0.1 -M "do" -s $((mtu - headers + 1)) "$to"
      expect_match "one byte more in l$k" "mtu[:=] ?$mtu" "$(cat "$OUT" "$ERR")"
    done
  done
  for link in X Z; do
    wait_for 5 captured $link $(($(wc -l <<<"${want[$link]}") - 1)) "ip.dsfield.dscp != 0"
    end_capture $link
    expect_equal "$shape, $how: echoes on $link-Y (headers, TOS, fields)" "$(sort <<<"${want[$link]%$'\n'}")" \
      "$(judge_layers $link "ip.dsfield.dscp != 0" "$([[ $shape == row ]] || echo 1)" | sort)"
  done
  all_reachable
  down --all
done
leave_nothing
