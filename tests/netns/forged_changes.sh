#!/usr/bin/env bash
# Packets forged on the base while links, nodes and whole internets come, change and go, with a rest after each call of
# vinet to the maps: in no moment one is delivered that is not an exact copy, nor to another node than its own. faults.md F-110.
#
#      red:  a ---- b ---- c      changed, taken down and brought up again
#      blue: a ---- b ---- c      stays
#            X ~~~~ Y ~~~~ Z      forged in X, for a-b of red and of blue
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1
slowly() { run strace -f -qq -o /dev/null -e trace=bpf -e inject=bpf:delay_exit=2000 "$BUILD/vinet" --root "$ROOT" "$@"; }

write() {  # NAME STATEMENTS
  describe "$1" <<END
base lab { machine X, Y, Z; X -- Y -- Z }
internet $1 on lab [pool = 10.77.0.0/24] { host a at X; router b at Y; host c at Z; $2 }
END
}
for net in red blue; do write $net 'a -- b -- c' && up "$STAGE/$net.vinet"; done
link_addresses() {
  vinet plan "$STAGE/$1.vinet" --json |
    jq -r '.internets[].links[] | select(.name == "a-b") | "\(.a.link_address),\(.b.link_address)"'
}
X=$(identity lab.X) Y=$(identity lab.Y)
arguments=("base=$X,$Y" "near=$(address lab.Y X)" "device=Y" "mac=$(ns lab.Y ip -j link show dev X | jq -r '.[0].address')"
  "inner=$(identity red.a),$(identity red.b)" "inner6=$(identity red.a 6),$(identity red.b 6)"
  "link=$(link_addresses blue)" "other=$(link_addresses red)")

# red's nodes go and come: what is for them must in no moment arrive at blue's.
"$BUILD/witness" "$ROOT"/run/netns/blue.{a,b,c} >"$STAGE/seen" &
witness=$!
wait_for 5 grep -q listening "$STAGE/seen"
forge() {
  local from=0 group
  until [[ -e $STAGE/enough ]]; do
    for group in keys headers cuts; do
      ns lab.X "$BUILD/forge" $group "${arguments[@]}" "from=$from" >"$STAGE/told.one"
      from=$(($(tail -n 1 "$STAGE/told.one" | cut -d' ' -f1) + 1))
      cat "$STAGE/told.one" >>"$STAGE/told"
    done
  done
}
forge &
forger=$!
for statements in 'a -- b [mtu = 1300]; b -- c' 'host d at Y; a -- b -- c; a -- d'; do
  write red "$statements"
  slowly up "$STAGE/red.vinet"
done
slowly down red
slowly up "$STAGE/red.vinet"
touch "$STAGE/enough"
wait "$forger"
wait_for 10 grep -q "^blue.b forged $(tail -n 1 "$STAGE/told" | cut -d' ' -f1) " "$STAGE/seen"
end_background "$witness"

expect_less "forged packets" 2000 "$(wc -l <"$STAGE/told")"
awk '$2 == "link" && $3 == "delivered" { print "blue.b forged", $1, $4 }' "$STAGE/told" | sort >"$STAGE/right"
sort "$STAGE/seen" | grep -v listening >"$STAGE/got"
expect_equal "exact copies for blue that did not arrive" "" "$(comm -23 "$STAGE/right" "$STAGE/got" | head -5)"
expect_equal "forged packets that arrived" "" "$(comm -13 "$STAGE/right" "$STAGE/got" | head -5)"
echo "$(wc -l <"$STAGE/told") forged, $(wc -l <"$STAGE/right") exact copies among them"
all_reachable
leave_nothing
