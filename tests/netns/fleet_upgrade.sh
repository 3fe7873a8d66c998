#!/usr/bin/env bash
# All daemons of a fleet are replaced by another build, whose programs are other code, and back, killed or ended, one after
# the other, under load and while packets are forged on the base: faults.md F-130, F-131. No packet of 100,000 is lost, no forged one
# arrives: there is no moment without programs.
#
#      a ----- b     red, blue and load, which carries it              forged by core, as from M1 to M2
#      m1 ~ core ~ m2
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
RATE=${RATE:-5000} PACKETS=100000

fleet_begin 2
fleet_empty
for net in red blue load; do
  { fleet_description && echo "internet $net on fleet { host a at M1; host b at M2; a -- b }"; } >"$STAGE/$net.vinet"
  run vinet_at 1 up "$STAGE/$net.vinet"
done
fleet_remember
link_of() {
  vinet_at 1 plan "$STAGE/$1.vinet" --json | jq -r '.internets[].links[] | select(.name == "a-b") | "\(.a.link_address),\(.b.link_address)"'
}
inner6() { at_node "$1" "$2" ip -j -6 addr show dev lo scope global | jq -r '[.[].addr_info[]?.local | strings][0]'; }
arguments=("base=10.99.1.2,10.99.2.2" "near=10.99.2.1" "device=c2"
  "mac=$(fleet_net_at 2 ip -j link show dev eth0 | jq -r '.[0].address')"
  "inner=$(fleet_identity 1 blue.a),$(fleet_identity 2 blue.b)" "inner6=$(inner6 1 blue.a),$(inner6 2 blue.b)"
  "link=$(link_of blue)" "other=$(link_of red)")
"$BUILD/witness" "$STAGE"/m2/run/netns/{blue,red}.b >"$STAGE/seen" & seer=$!
wait_for 5 grep -q listening "$STAGE/seen"
: >"$STAGE/told"
forge() {
  local from=0 group
  until [[ -e $STAGE/enough ]]; do
    for group in keys headers cuts; do
      nsenter --net="$STAGE/net/core" -- "$BUILD/forge" $group "${arguments[@]}" "from=$from" >"$STAGE/told.one"
      from=$(($(tail -n 1 "$STAGE/told.one" | cut -d' ' -f1) + 1))
      cat "$STAGE/told.one" >>"$STAGE/told"
    done
  done
}
nsenter --net="$STAGE/m2/run/netns/load.b" -- "$BUILD/stream" receive 7076 >"$STAGE/received" 2>>"$LOG" & receiver=$!
wait_for 5 eval "at_node 2 load.b ss -Hlnu 'sport = :7076' | grep -q ."
nsenter --net="$STAGE/m1/run/netns/load.a" -- "$BUILD/stream" send "$(fleet_identity 2 load.b)" 7076 "$RATE" >"$STAGE/sent" 2>>"$LOG" & sender=$!
forge & forger=$!

begin=$EPOCHREALTIME replaced=0
enough_sent() { awk -v a="$begin" -v b="$EPOCHREALTIME" -v r="$RATE" -v n="$PACKETS" 'BEGIN { exit !((b - a) * r > 1.1 * n) }'; }
until enough_sent && ((replaced >= 4)); do
  for i in 1 2; do
    fleet_kill $i "$( ((replaced % 2)) && echo TERM || echo KILL)"
    BUILD_OF_DAEMON=$BUILD/$( ((replaced / 2 % 2)) && echo vinet || echo vinet_next) fleet_start $i
    wait_for 20 vinet_at 1 verify
    replaced=$((replaced + 1))
  done
done
kill "$sender" && wait "$sender" || true
touch "$STAGE/enough"
wait "$forger"
wait_for 10 eval '[[ $(at_node 2 load.b ss -Hlunm "sport = :7076" | awk "{print \$2}") == 0 ]]'
kill "$receiver" && wait "$receiver" || true
wait_for 10 grep -q "^blue.b forged $(tail -n 1 "$STAGE/told" | cut -d' ' -f1) " "$STAGE/seen"
end_background "$seer"

sent=$(awk '{print $2}' "$STAGE/sent")
expect_less "F-130: packets" "$PACKETS" "$sent"
expect_match "F-130: what arrived" "^received $sent doubled 0 " "$(cat "$STAGE/received")"
awk '$2 == "link" && $3 == "delivered" { print "blue.b forged", $1, $4 } $2 == "other" && $3 == "delivered" { print "red.b forged", $1, $4 }' "$STAGE/told" | sort >"$STAGE/right"
sort "$STAGE/seen" | grep -v listening >"$STAGE/got"
expect_equal "F-131: exact copies that did not arrive" "" "$(comm -23 "$STAGE/right" "$STAGE/got" | head -5)"
expect_equal "F-131: forged packets that arrived" "" "$(comm -13 "$STAGE/right" "$STAGE/got" | head -5)"
fleet_holds "F-130: $replaced daemons replaced"
echo "$replaced daemons replaced, $sent packets, $(wc -l <"$STAGE/told") forged, $(wc -l <"$STAGE/right") exact copies among them"
run vinet_at 1 down --all
fleet_left_nothing "after down"
fleet_clean
leave_nothing
