#!/usr/bin/env bash
# The base shrinks and grows under running internets, at the sender's own interface and behind a router of the base;
# links follow by themselves, in both families, with the addresses as before. Where a link has IPv6 and its path is too
# small for that, its packets are fragmented outside.
#
#      A ------------ D     dual, 1,460; and the same as v4, without IPv6
#      X ~~~~ T ~~~~ Y      base links of 1,500
source "$(dirname "$0")/lib.sh"

describe dual <<'END'
base lab {
  machine X, T, Y
  X -- T -- Y
}
internet dual on lab { host A at X; host D at Y; A -- D }
internet v4 on lab [ipv6 = off] { host A at X; host D at Y; A -- D }
END
up "$STAGE/dual.vinet"

vl_mtu() { ns "$1.$2" ip -j link show dev "$3" | jq '.[0].mtu'; }
links_are() {  # DUAL V4
  [[ "$(vl_mtu dual A D) $(vl_mtu dual D A) $(vl_mtu v4 A D) $(vl_mtu v4 D A)" == "$1 $1 $2 $2" ]]
}
addresses() { for node in A D; do ns dual.$node ip -o addr show scope global; done; }
base_mtu() {  # ONE OTHER BYTES
  ns "lab.$1" ip link set "$2" mtu "$3"
  ns "lab.$2" ip link set "$1" mtu "$3"
}
keep_sending() {  # what makes a base say that packets are too big
  ns dual.A ping -n -q -c 1 -W 1 -s 1400 "$(identity dual.D)"
  ns v4.D ping -n -q -c 1 -W 1 -s 1400 "$(identity v4.A)"
  links_are "$@"
}
carries() {  # INTERNET FAMILY MTU
  local D
  D=$(identity "$1.D" "$2")
  local size=$(($3 - ($2 == 4 ? 28 : 48)))
  run ns "$1.A" ping -n -c 3 -i 0.1 -W 2 -M do -s $size "$D"
  expect_exit 1 ns "$1.A" ping -n -c 1 -W 2 -M do -s $((size + 1)) "$D"
  expect_match "the error, IPv$2" "mtu[ :=]+$3" "$(cat "$OUT" "$ERR")"
  ns_background "$1.D" "$BUILD/sockcat" listen 5000 >"$STAGE/arrived"
  wait_for 5 listens "$1.D" 5000
  ns "$1.A" "$BUILD/sockcat" connect "$D" 5000 <"$STAGE/sent"
  wait "$BACKGROUND"
  cmp "$STAGE/sent" "$STAGE/arrived" || fail "IPv$2: TCP arrived damaged"
}
all_carry() {  # DUAL V4
  carries dual 4 "$1"
  carries dual 6 "$1"
  carries v4 4 "$2"
  expect_equal "addresses" "$before" "$(addresses)"
}

"$BUILD/sockcat" pattern 3000000 >"$STAGE/sent"
before=$(addresses)
all_carry 1460 1460
for hop in "X T" "T Y"; do
  base_mtu $hop 1400
  wait_for 20 keep_sending 1360 1360
  all_carry 1360 1360
  base_mtu $hop 1300
  wait_for 20 keep_sending 1280 1260
  all_carry 1280 1260
  base_mtu $hop 1500
  wait_for 20 links_are 1460 1460
  all_carry 1460 1460
done
run vinet events --json
expect_match "events" "base path to lab.Y carries 1300 bytes; planned were 1500" "$(cat "$OUT")"

# What is in force outlives the daemon.
base_mtu T Y 1300
wait_for 20 keep_sending 1280 1260
daemon=$(vinet status --json | jq .daemon.pid)
kill -KILL "$daemon"
all_carry 1280 1260
before_it=$(vinet events --json | jq -s length)
another() { vinet ls && [[ $(vinet status --json | jq .daemon.pid) != @(null|"$daemon") ]]; }
wait_for 10 another
base_mtu T Y 1400  # a change that it must notice
wait_for 20 keep_sending 1360 1360
expect_no_match "what the new daemon did first" "as planned" "$(vinet events --json | jq -s ".[$before_it:]")"
down --all
leave_nothing
