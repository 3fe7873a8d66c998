#!/usr/bin/env bash
# Siblings on one lower internet, with the very same addresses; beside them one directly on the lab, with these too; another
# on top of one of them; several nodes on one node, also on routers; links that are local at each layer put nothing on a
# wire; IPv6 above a layer without. Each sees its own packets only, and none notices when another comes or goes.
#
#      top     p1 p2 on s:   p1 - p2    p1 - p3    p1 ---- q ---- w           links local at layers 3, 2
#      left    s ------- t ------- u    v, next to s: s - v (local at layer 1); right: the same
#      low     a ------- b ------- c    d, next to a; no IPv6
#      lab     X ~~~~~~~ Y ~~~~~~~ Z    beside: the same directly on it
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/stack.sh"

write() {  # FLATTEN
  describe world <<EOF
base lab { machine X, Y, Z; X -- Y -- Z }
internet low on lab [ipv6 = off] { host a, d at X; router b at Y; host c at Z; a -- b -- c; d -- b; a -- d }
internet beside on lab [pool = 10.77.0.0/24] { router s at X; host v at X; router t at Y; host u at Z; s -- t -- u; s -- v }
EOF
  for net in left right; do
    describe $net <<EOF
internet $net on low [flatten = $1, pool = 10.77.0.0/24] { router s at a; host v at d; router t at b; host u at c; s -- t -- u; s -- v }
EOF
  done
  describe top <<EOF
internet top on left [flatten = $1] {
  router p1 at s; host p2 at s; host p3 at v; router q at t; host w at u
  p1 -- q -- w; p1 -- p2; p1 -- p3
}
EOF
  cat "$STAGE"/{world,left,right,top}.vinet | describe all
}

# Echoes between two nodes, both families: so many headers on X-Y, on Y-Z; 0: none at all may be seen there.
look() {  # FROM TO HEADERS-ON-XY HEADERS-ON-YZ
  local family link n
  code=$((code + 1))
  for family in 4 6; do
    [[ $1 != low.* || $family == 4 ]] || continue
    run ns "$1" ping -n -c 1 -W 2 -Q $(printf 0x%02x $((4 * code))) "$(identity "$2" $family)"
    for link in X:$3 Z:$4; do
      ((${link#*:} == 0)) || for n in 1 2; do want[${link%:*}]+="${link#*:} $(printf 0x%02x $((4 * code))) right"$'\n'; done
    done
  done
}

for flatten in yes no; do
  write $flatten
  up "$STAGE/all.vinet"
  all_reachable
  run vinet verify
  expect_equal "identities of siblings" "$(identity left.u) $(identity left.u)" "$(identity right.u) $(identity beside.u)"

  capture X lab.X Y ip proto 4
  capture Z lab.Z Y ip proto 4
  declare -A want=([X]= [Z]=)
  code=0
  look low.a low.c 2 2
  look low.a low.d 0 0
  look beside.s beside.u 2 2
  look left.s left.u 3 3
  look right.v right.u 3 3
  look left.s left.v 0 0
  look top.p2 top.w 4 4
  look top.p1 top.p2 0 0
  look top.p1 top.p3 0 0
  look top.p3 top.q 4 0
  for link in X Z; do
    wait_for 5 captured $link "$(grep -c . <<<"${want[$link]}")" "ip.dsfield.dscp != 0"
    end_capture $link
    expect_equal "flatten = $flatten: echoes on $link-Y (headers, TOS, fields)" "$(sort <<<"${want[$link]%$'\n'}")" \
      "$(judge_layers $link "ip.dsfield.dscp != 0" | sort)"
  done

  # All the packets of left go to left.
  others=()
  for node in right.{s,t,u,v} beside.{s,t,u,v} top.{p1,p2,p3,q,w}; do others+=("$ROOT/run/netns/$node"); done
  "$BUILD/witness" "${others[@]}" >"$STAGE/seen" &
  witness=$!
  wait_for 5 grep -q listening "$STAGE/seen"
  for to in t u v; do
    for family in 4 6; do run ns left.s ping -n -q -c 20 -i 0.002 -W 2 "$(identity left.$to $family)"; done
  done
  run pings beside.s "$(identity beside.u)"
  wait_for 5 grep -q "^beside.u other" "$STAGE/seen"
  end_background "$witness"
  expect_equal "what others got of left's packets" "" "$(grep -vE '^beside|^listening' "$STAGE/seen" || true)"
  expect_equal "echo and answer in beside" 4 "$(grep -c '^beside' "$STAGE/seen")"

  # A stream through the top layer, while a sibling goes and comes, and while what it stands on may not go.
  ns_background top.w "$BUILD/stream" receive 7000 >"$STAGE/received" 2>>"$LOG"
  receiver=$BACKGROUND
  wait_for 5 listens top.w 7000
  ns_background top.p2 "$BUILD/stream" send "$(identity top.w)" 7000 500 >"$STAGE/sent" 2>>"$LOG"
  sender=$BACKGROUND
  down right
  up "$STAGE/right.vinet"
  expect_exit 5 vinet down low
  for name in left right top; do expect_match "what stands on low" "$name" "$(cat "$ERR")"; done
  expect_exit 5 vinet down left
  expect_match "what stands on left" "top" "$(cat "$ERR")"
  down beside
  end_background "$sender"
  arrived() { [[ $(ns top.w ss -Hlunm 'sport = :7000' | awk '{print $2}') == 0 ]]; }
  wait_for 5 arrived
  end_background "$receiver"
  expect_match "the stream through top" "^received $(awk '{print $2}' "$STAGE/sent") doubled 0 " "$(cat "$STAGE/received")"
  all_reachable
  down --recursive low
  expect_equal "what is left" "[]" "$(vinet ls --json | jq -c '[.[] | select(.kind == "internet").name]')"
  down --all
done
leave_nothing
