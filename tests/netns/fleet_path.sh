#!/usr/bin/env bash
# Base paths between machines of a fleet shrink and grow under running internets: faults.md F-29. Links follow, in all
# layers, whether the network says so or swallows what is too big; TCP goes on; and so do the calls between the daemons.
#
#      A ----- B ----- D   line, dual: 1,460     v4: the same without IPv6
#      a ------------- d   upper, on line: 1,440
#      m1 ~ core ~ m2 ~ core ~ m3
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
command -v nft >/dev/null || skip "no nft"

fleet_begin 3
{ fleet_description && cat; } >"$STAGE/line.vinet" <<'END'
internet line on fleet { host A at M1; router B at M2; host D at M3; A -- B -- D }
internet v4 on fleet [ipv6 = off] { host A at M1; host B at M2; A -- B }
internet upper on line { host a at A; host d at D; a -- d }
END
run vinet_at 1 up "$STAGE/line.vinet"

core() { nsenter --net="$STAGE/net/core" -- "$@"; }
# A black hole from now on: core takes no more bytes from m2, gives it no more, and says nothing.
swallow() {
  core nft "add table ip dark; add chain ip dark f { type filter hook ${2:-output} priority 0; }; add rule ip dark f ${1/#[0-9]*/icmp type destination-unreachable counter drop}"
  [[ $1 != [0-9]* ]] || core ip link set c2 mtu "$1"
}
heal() { core nft delete table ip dark && core ip link set c2 mtu 1500; }
mtu() { at_node "$1" "$2" ip link show dev "$3" 2>>"$LOG" | grep -o 'mtu [0-9]*' | cut -c 5-; }
links() {
  echo "$(mtu 1 line.A B) $(mtu 2 line.B A) $(mtu 2 line.B D) $(mtu 3 line.D B) $(mtu 1 v4.A B) $(mtu 2 v4.B A)" \
    "$(mtu 1 upper.a d) $(mtu 3 upper.d a)"
}
links_are() {  # LINE V4 UPPER
  [[ $(links) == "$1 $1 $1 $1 $2 $2 $3 $3" ]]
}
become() {  # SECONDS LINE V4 UPPER
  local deadline=$((SECONDS + $1)) begin=$SECONDS tick
  until links_are "${@:2}"; do
    ((SECONDS <= deadline)) || fail "links are $(links) instead of ${*:2} after $1 s"
    read -rt 0.1 tick <>"$STAGE/tick" || true
  done
  echo "$((SECONDS - begin)) s until ${*:2}" | tee -a "$LOG" >&2
}
sends() {  # FROM TO BYTES: in one piece, on m1 and m3 (v4: m2)
  at_node 1 "$1" ping -n -c 2 -i 0.1 -W 2 -M do -s $(($3 - 28)) "$2"
}
# Two streams of TCP, begun before anything happens, and fed while it does.
listens_at() { at_node "$1" "$2" ss -Hlnt "sport = :$3" | grep -q .; }
"$BUILD/sockcat" pattern 400000 >"$STAGE/piece"
stream() {  # NAME M FROM M TO
  at_node "$4" "$5" "$BUILD/sockcat" listen 5000 >"$STAGE/arrived-$1" & STREAMS+=($!)
  wait_for 5 listens_at "$4" "$5" 5000
  mkfifo "$STAGE/feed-$1"
  at_node "$2" "$3" "$BUILD/sockcat" connect "$(fleet_identity "$4" "$5")" 5000 <"$STAGE/feed-$1" >>"$LOG" & STREAMS+=($!)
}
STREAMS=() PIECES=0
stream line 1 line.A 3 line.D
stream upper 3 upper.d 1 upper.a
exec 8>"$STAGE/feed-line" 9>"$STAGE/feed-upper"
arrived() { (($(stat -c %s "$STAGE/arrived-$1") == PIECES * 400000)); }
feed() {
  PIECES=$((PIECES + 1))
  cat "$STAGE/piece" >&8 & FEEDING=($!)
  cat "$STAGE/piece" >&9 & FEEDING+=($!)
}
# A sender that heard nothing for 10 s tries again after 25 s at most (RFC 6298 §5.5).
tcp_goes_on() { wait "${FEEDING[@]}"; wait_for 30 arrived line; wait_for 30 arrived upper; }
D=$(fleet_identity 3 line.D) B=$(fleet_identity 2 v4.B) d=$(fleet_identity 3 upper.d)
all_carry() {  # LINE V4 UPPER
  run sends line.A "$D" "$1"
  expect_exit 1 sends line.A "$D" $(($1 + 1))
  run sends v4.A "$B" "$2"
  run sends upper.a "$d" "$3"
  feed
  tcp_goes_on
}
all_carry 1460 1460 1440

# A router in the middle carries less, and says so; with traffic, and without any but the daemons' own.
core ip link set c2 mtu 1400
feed
become 15 1360 1360 1340
tcp_goes_on
all_carry 1360 1360 1340
core ip link set c2 mtu 1500
become 20 1460 1460 1440
all_carry 1460 1460 1440
link_of_m2() { core ip link set c2 mtu "$1" && fleet_net_at 2 ip link set eth0 mtu "$1"; }
link_of_m2 1300  # less than IPv6 needs in all layers: fragmented outside
become 15 1300 1260 1280
all_carry 1300 1260 1280
link_of_m2 1500
become 20 1460 1460 1440

# A black hole, for links and calls alike, both ways.
swallow 1340
feed
become 30 1300 1300 1280
tcp_goes_on
all_carry 1300 1300 1280
echo 'internet more on fleet { host a at M1; host b at M2; a -- b }' >"$STAGE/more.vinet"
run vinet_at 1 up "$STAGE/more.vinet"
run fleet_pings 1 more.a 2 more.b
run vinet_at 1 down more
expect_match "the black hole swallowed something" "packets [1-9]" "$(core nft list ruleset)"
heal
become 20 1460 1460 1440

# The same behind a path on which nothing came back for long.
swallow 'ip protocol 4 drop' forward
SECONDS=0
wait_for 40 eval '((SECONDS > 12))'
expect_equal "MTUs of a path that is silent" "1460 1460" "$(mtu 1 line.A B) $(mtu 3 line.D B)"
heal
swallow 1340
feed
become 30 1300 1300 1280
tcp_goes_on
heal
become 20 1460 1460 1440
all_carry 1460 1460 1440

exec 8>&- 9>&-
wait "${STREAMS[@]}"
for ((i = 0; i < PIECES; i++)); do cat "$STAGE/piece"; done | sha256sum | cut -c 1-64 >"$STAGE/sum"
for name in line upper; do
  expect_equal "F-29: the stream over $name" "$(cat "$STAGE/sum")" "$(sha256sum <"$STAGE/arrived-$name" | cut -c 1-64)"
done

# What is in force outlives the daemon that found it.
core ip link set c2 mtu 1400
become 15 1360 1360 1340
for i in 1 2 3; do fleet_kill $i; done
run sends line.A "$D" 1360
run sends upper.a "$d" 1340
for i in 1 2 3; do fleet_start $i; done
core ip link set c2 mtu 1500
become 25 1460 1460 1440
expect_match "what m1 says" "base path to 10.99.2.2 carries 1400 bytes; planned were 1500" "$(fleet_events 1 path)"

fleet_clean
leave_nothing
